CREATE OR REPLACE VIEW spread AS
SELECT
    position, market.pair, market.base, market.quote, market.observed_on, official.observed_on AS official_on,
    official.source AS official_source, official.rate AS official_rate,
    market.source AS market_source, market.rate AS market_rate,
    change_of(official.rate, market.rate) AS gap_pct,
    change_shown(official.rate, market.rate) AS gap_shown,
    inverse_change_of(official.rate, market.rate) AS inverse_gap_pct,
    inverse_change_shown(official.rate, market.rate) AS inverse_gap_shown
FROM (FROM rates JOIN pairs USING (base, quote) SELECT rates.*, position WHERE source = market_source) AS market
ASOF JOIN (FROM rates JOIN pairs USING (base, quote) SELECT rates.* WHERE source = official_source) AS official
    ON market.pair = official.pair AND market.observed_on >= official.observed_on
WHERE market.observed_on - official.observed_on <= reach()
ORDER BY position, market.observed_on;
COMMENT ON VIEW spread IS 'The spread between the market rate and the official rate in force (the last on the day or up to ten days before), for each day with a market rate';
COMMENT ON COLUMN spread.position IS 'Place in lists, from 1; the pairs of the ticker come first';
COMMENT ON COLUMN spread.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN spread.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN spread.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN spread.observed_on IS 'The day of the market rate';
COMMENT ON COLUMN spread.official_on IS 'The day of the official rate';
COMMENT ON COLUMN spread.official_source IS 'The official source; `peg` for an announced peg';
COMMENT ON COLUMN spread.official_rate IS 'The official rate';
COMMENT ON COLUMN spread.market_source IS 'The market source';
COMMENT ON COLUMN spread.market_rate IS 'The market rate';
COMMENT ON COLUMN spread.gap_pct IS 'The spread in percent, not rounded; positive if one of the base costs more on the market than officially';
COMMENT ON COLUMN spread.gap_shown IS 'gap_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN spread.inverse_gap_pct IS 'The same of the pair the other way round, not rounded; positive if one of the quote is worth more on the market than officially';
COMMENT ON COLUMN spread.inverse_gap_shown IS 'inverse_gap_pct with two decimals, rounded half to even, exact';
