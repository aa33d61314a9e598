-- The percentage rounded for display: two decimals, half to even, computed from integers so that ties are exact.
CREATE OR REPLACE MACRO change_shown(previous_rate, latest_rate) AS
    (
        half_even((exact(latest_rate) - exact(previous_rate)) * 10000, exact(previous_rate))::DECIMAL(16, 0)
        * 0.01
    )::DECIMAL(18, 2);
COMMENT ON MACRO change_shown IS 'The displayed change: change_of with two decimals, rounded half to even, exact';
