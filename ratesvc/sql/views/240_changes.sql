CREATE OR REPLACE VIEW changes AS
FROM changes_from(DATE '1900-01-01');
COMMENT ON VIEW changes IS 'The change of every pair for every publication and period, from the same source''s last publication on or before the target day; no row if that is too far back, and none for a copy';
COMMENT ON COLUMN changes.source IS 'The source of both rates';
COMMENT ON COLUMN changes.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN changes.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN changes.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN changes.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN changes.period IS 'previous, week, month, quarter, year or ytd';
COMMENT ON COLUMN changes.rate IS 'The rate of that day';
COMMENT ON COLUMN changes.previous_on IS 'The day of the reference rate';
COMMENT ON COLUMN changes.previous_rate IS 'The reference rate';
COMMENT ON COLUMN changes.change_pct IS 'The change of the pair in percent, not rounded; positive when one of the base costs more';
COMMENT ON COLUMN changes.change_shown IS 'change_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN changes.inverse_change_pct IS 'The change of the pair the other way round, not rounded; positive when the quote strengthened';
COMMENT ON COLUMN changes.inverse_change_shown IS 'inverse_change_pct with two decimals, rounded half to even, exact';
