CREATE OR REPLACE VIEW headline_daily AS
FROM in_force(
    DATE '1900-01-01', (SELECT greatest(max(observed_on), any_value(now_utc)::DATE) FROM clock LEFT JOIN daily ON true)
);
COMMENT ON VIEW headline_daily IS 'The headline rate in force for each currency and day: from the preferred source, or from the other one if that had no rate on the day or the ten days before. Later publications do not change the choice for a past day';
COMMENT ON COLUMN headline_daily.day IS 'The day';
COMMENT ON COLUMN headline_daily.currency IS 'ISO 4217 code';
COMMENT ON COLUMN headline_daily.source IS 'The source of the rate in force on that day';
COMMENT ON COLUMN headline_daily.kind IS 'official or market';
COMMENT ON COLUMN headline_daily.fallback IS 'Whether it replaces the preferred kind, which had no rate within reach';
COMMENT ON COLUMN headline_daily.observed_on IS 'The day that the rate was published for: the day itself, or up to ten days before';
COMMENT ON COLUMN headline_daily.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN headline_daily.usd_per_unit IS 'US dollars per unit';
COMMENT ON COLUMN headline_daily.seen_at IS 'When this service received the rate, UTC; NULL for a peg';
