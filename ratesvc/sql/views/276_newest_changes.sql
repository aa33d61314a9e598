-- The changes of the latest rates over every period; publishing keeps these rows.
CREATE OR REPLACE VIEW newest_changes AS
SELECT changed.* EXCLUDE (pair)
FROM changes_from(DATE '1900-01-01', newest_only := true) AS changed;
COMMENT ON VIEW newest_changes IS 'The change of the latest rate of each source and pair over every period; moves has those of the headline';
COMMENT ON COLUMN newest_changes.source IS 'The name of the source';
COMMENT ON COLUMN newest_changes.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN newest_changes.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN newest_changes.period IS 'previous, week, month, quarter, year or ytd';
COMMENT ON COLUMN newest_changes.observed_on IS 'The day of the latest rate';
COMMENT ON COLUMN newest_changes.rate IS 'The latest rate';
COMMENT ON COLUMN newest_changes.previous_on IS 'The day of the reference rate';
COMMENT ON COLUMN newest_changes.previous_rate IS 'The reference rate';
COMMENT ON COLUMN newest_changes.change_pct IS 'The change of the pair in percent, not rounded; positive when one of the base costs more';
COMMENT ON COLUMN newest_changes.change_shown IS 'change_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN newest_changes.inverse_change_pct IS 'The same of the pair the other way round, not rounded; positive when the quote strengthened';
COMMENT ON COLUMN newest_changes.inverse_change_shown IS 'inverse_change_pct with two decimals, rounded half to even, exact';
