-- The series of a currency, for a chart: its official and its market source side by side, never joined.
CREATE OR REPLACE MACRO drawn_sources(of_currency) AS TABLE
SELECT source, title, kind_of(source, official_source, market_source) AS kind
FROM currencies JOIN sources ON source IN (official_source, market_source)
WHERE currency = of_currency;
COMMENT ON MACRO TABLE drawn_sources IS 'The official and the market source of a currency';
