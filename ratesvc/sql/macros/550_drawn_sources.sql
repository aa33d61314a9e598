-- The series of a pair, for a chart: its official and its market source side by side, never joined.
CREATE OR REPLACE MACRO drawn_sources(of_base, of_quote) AS TABLE
SELECT source, title, kind_of(source, official_source, market_source) AS kind
FROM pairs JOIN sources ON source IN (official_source, market_source)
WHERE base = of_base AND quote = of_quote;
COMMENT ON MACRO TABLE drawn_sources IS 'The official and the market source of a pair';
