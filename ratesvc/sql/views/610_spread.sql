CREATE OR REPLACE VIEW spread AS
SELECT
    position, market.currency, market.observed_on, official.observed_on AS official_on,
    official.source AS official_source, official.units_per_usd AS official_units,
    market.source AS market_source, market.units_per_usd AS market_units,
    change_of(official.units_per_usd, market.units_per_usd) AS gap_pct,
    change_shown(official.units_per_usd, market.units_per_usd) AS gap_shown
FROM (FROM rates JOIN currencies USING (currency) WHERE source = market_source) AS market
ASOF JOIN (FROM rates JOIN currencies USING (currency) SELECT rates.* WHERE source = official_source) AS official
    ON market.currency = official.currency AND market.observed_on >= official.observed_on
WHERE market.observed_on - official.observed_on <= reach()
ORDER BY position, market.observed_on;
COMMENT ON VIEW spread IS 'The spread between the market rate and the official rate in force (the last on the day or up to ten days before), for each day with a market rate';
COMMENT ON COLUMN spread.position IS 'Place in the ticker, from 1';
COMMENT ON COLUMN spread.currency IS 'ISO 4217 code';
COMMENT ON COLUMN spread.observed_on IS 'The day of the market rate';
COMMENT ON COLUMN spread.official_on IS 'The day of the official rate';
COMMENT ON COLUMN spread.official_source IS 'The official source; `peg` for an announced peg';
COMMENT ON COLUMN spread.official_units IS 'Units per US dollar, official';
COMMENT ON COLUMN spread.market_source IS 'The market source';
COMMENT ON COLUMN spread.market_units IS 'Units per US dollar, market';
COMMENT ON COLUMN spread.gap_pct IS 'The spread in percent; positive if a unit is worth more dollars on the market than officially';
COMMENT ON COLUMN spread.gap_shown IS 'gap_pct with two decimals, rounded half to even';
