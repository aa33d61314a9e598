-- To add a period, add a row.
CREATE OR REPLACE VIEW periods AS
FROM (
    VALUES
    ('previous', INTERVAL 1 DAY, reach() - 1),
    ('week', INTERVAL 7 DAYS, reach()),
    ('month', INTERVAL 1 MONTH, reach()),
    ('quarter', INTERVAL 3 MONTHS, reach()),
    ('year', INTERVAL 1 YEAR, reach()),
    ('ytd', NULL, reach())
) AS period(period, back, reach_days);
COMMENT ON VIEW periods IS 'The periods of `changes`, and how far back each looks for its reference rate';
COMMENT ON COLUMN periods.period IS 'The name of the period';
COMMENT ON COLUMN periods.back IS 'Distance back to the target day; NULL: the last day of the previous year';
COMMENT ON COLUMN periods.reach_days IS 'How many days before the target day the reference rate may be';
