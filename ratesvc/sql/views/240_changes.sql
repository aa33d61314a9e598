CREATE OR REPLACE VIEW changes AS
FROM changes_from(DATE '1900-01-01');
COMMENT ON VIEW changes IS 'Change in US dollars per unit for every publication and period, from the same source''s last publication on or before the target day; no row if that is too far back, and none for a copy';
COMMENT ON COLUMN changes.source IS 'The source of both rates';
COMMENT ON COLUMN changes.currency IS 'ISO 4217 code';
COMMENT ON COLUMN changes.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN changes.period IS 'previous, week, month, quarter, year or ytd';
COMMENT ON COLUMN changes.units_per_usd IS 'Units per US dollar on that day';
COMMENT ON COLUMN changes.previous_on IS 'The day of the reference rate';
COMMENT ON COLUMN changes.previous_units_per_usd IS 'The reference rate, units per US dollar';
COMMENT ON COLUMN changes.change_pct IS 'The change in percent, not rounded; positive when the currency strengthened';
COMMENT ON COLUMN changes.change_shown IS 'The displayed change: change_pct with two decimals, rounded half to even, exact';
