-- A new period of change is a new row here. `reach_days`: how far before the wanted day the reference may be.
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
COMMENT ON VIEW periods IS 'The periods of `changes`: how far back each looks for its reference';
COMMENT ON COLUMN periods.period IS 'Its name';
COMMENT ON COLUMN periods.back IS 'The wanted day is so far back; NULL: the last day of the previous year';
COMMENT ON COLUMN periods.reach_days IS 'How many days before the wanted day the reference may be';
