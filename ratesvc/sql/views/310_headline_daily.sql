CREATE OR REPLACE VIEW headline_daily AS
FROM in_force(
    DATE '1900-01-01', (SELECT greatest(max(observed_on), any_value(now_utc)::DATE) FROM clock LEFT JOIN daily ON true)
);
COMMENT ON VIEW headline_daily IS 'The headline rate in force for each pair and day: from the preferred source, or from the other one if that had no rate on the day or the ten days before. Later publications do not change the choice for a past day';
COMMENT ON COLUMN headline_daily.day IS 'The day';
COMMENT ON COLUMN headline_daily.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN headline_daily.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN headline_daily.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN headline_daily.source IS 'The source of the rate in force on that day';
COMMENT ON COLUMN headline_daily.kind IS 'official or market';
COMMENT ON COLUMN headline_daily.fallback IS 'Whether it replaces the preferred kind, which had no rate within reach';
COMMENT ON COLUMN headline_daily.observed_on IS 'The day that the rate was published for: the day itself, or up to ten days before';
COMMENT ON COLUMN headline_daily.rate IS 'Units of the quote for one of the base: the printed digits, or a cross rate of at most 12 digits';
COMMENT ON COLUMN headline_daily.inverse IS 'Units of the base for one of the quote';
COMMENT ON COLUMN headline_daily.computed IS 'Whether it is computed from two printed figures';
COMMENT ON COLUMN headline_daily.seen_at IS 'When this service received the rate, UTC; NULL for a peg';
