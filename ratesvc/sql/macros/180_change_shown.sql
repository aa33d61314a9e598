-- The same, rounded for display: two decimals, half to even, computed from integers so that ties are exact.
CREATE OR REPLACE MACRO change_shown(previous_units, latest_units) AS
    (
        half_even((exact(previous_units) - exact(latest_units)) * 10000, exact(latest_units))::DECIMAL(16, 0)
        * 0.01
    )::DECIMAL(18, 2);
COMMENT ON MACRO change_shown IS 'The displayed change: change_of with two decimals, rounded half to even, exact';
