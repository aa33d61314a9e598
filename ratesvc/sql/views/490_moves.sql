CREATE OR REPLACE VIEW moves AS
SELECT
    position, currencies.currency, colour, headline.source, periods.period, headline.observed_on,
    headline.units_per_usd, previous_on, previous_units_per_usd, change_pct, change_shown
FROM currencies
CROSS JOIN periods
LEFT JOIN headline USING (currency)
LEFT JOIN (
    FROM changes_from((SELECT min(observed_on) FROM headline)) SELECT * EXCLUDE (units_per_usd)
) AS change
    ON change.currency = currencies.currency AND change.source = headline.source
    AND change.observed_on = headline.observed_on AND change.period = periods.period
ORDER BY position, back NULLS LAST;
COMMENT ON VIEW moves IS 'The change of each currency''s headline rate over every period up to now; NULL if there is no rate to compare with';
COMMENT ON COLUMN moves.position IS 'Place in the ticker, from 1';
COMMENT ON COLUMN moves.currency IS 'ISO 4217 code';
COMMENT ON COLUMN moves.colour IS 'The colour of its line in every chart';
COMMENT ON COLUMN moves.source IS 'The source of both rates';
COMMENT ON COLUMN moves.period IS 'previous, week, month, quarter, year or ytd';
COMMENT ON COLUMN moves.observed_on IS 'The day of the latest rate';
COMMENT ON COLUMN moves.units_per_usd IS 'Units per US dollar on that day';
COMMENT ON COLUMN moves.previous_on IS 'The day of the reference rate';
COMMENT ON COLUMN moves.previous_units_per_usd IS 'The reference rate, units per US dollar';
COMMENT ON COLUMN moves.change_pct IS 'The change in percent, not rounded; positive when the currency strengthened';
COMMENT ON COLUMN moves.change_shown IS 'change_pct with two decimals, rounded half to even';
