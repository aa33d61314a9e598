CREATE OR REPLACE VIEW headline_daily AS
FROM in_force(
    DATE '1900-01-01', (SELECT greatest(max(observed_on), any_value(now_utc)::DATE) FROM clock LEFT JOIN daily ON true)
);
COMMENT ON VIEW headline_daily IS 'For each currency and day the headline rate in force: of the preferred source, or of the other one where that had no rate on the day or the ten days before. What it says of a past day does not depend on who publishes today';
COMMENT ON COLUMN headline_daily.day IS 'The day';
COMMENT ON COLUMN headline_daily.currency IS 'ISO 4217 code';
COMMENT ON COLUMN headline_daily.source IS 'The source of the rate in force on that day';
COMMENT ON COLUMN headline_daily.kind IS 'official or market';
COMMENT ON COLUMN headline_daily.fallback IS 'Whether it stands in for the preferred kind, which had no rate within reach';
COMMENT ON COLUMN headline_daily.observed_on IS 'The day that the rate was printed for: the day itself, or up to ten days before';
COMMENT ON COLUMN headline_daily.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN headline_daily.usd_per_unit IS 'US dollars per unit';
COMMENT ON COLUMN headline_daily.seen_at IS 'When this service saw the rate, UTC; NULL for a peg';
