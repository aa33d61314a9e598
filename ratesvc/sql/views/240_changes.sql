CREATE OR REPLACE VIEW changes AS
FROM changes_from(DATE '1900-01-01');
COMMENT ON VIEW changes IS 'For every publication and every period the change of US dollars per unit against the last publication of the same source on or before the wanted day; no row where that is too far back, and none for a copy';
COMMENT ON COLUMN changes.source IS 'The name of the source, of both rates';
COMMENT ON COLUMN changes.currency IS 'ISO 4217 code';
COMMENT ON COLUMN changes.observed_on IS 'The day of the rate';
COMMENT ON COLUMN changes.period IS 'previous, week, month, quarter, year or ytd';
COMMENT ON COLUMN changes.units_per_usd IS 'Units per US dollar on that day';
COMMENT ON COLUMN changes.previous_on IS 'The day of the reference';
COMMENT ON COLUMN changes.previous_units_per_usd IS 'Units per US dollar on the day of the reference';
COMMENT ON COLUMN changes.change_pct IS 'The change in percent, not rounded; positive when the currency strengthened';
COMMENT ON COLUMN changes.change_shown IS 'The same with two decimals, half-even, exact: what is displayed';
