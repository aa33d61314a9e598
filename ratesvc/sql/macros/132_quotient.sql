-- In DuckDB, DECIMAL division gives DOUBLE, whose digits after the sixteenth are noise. Not by `half_even`, which would
-- repeat the arguments six times, and they may be queries.
CREATE OR REPLACE MACRO quotient(numerator, denominator) AS (
    ((exact(numerator) * power_of_ten(16) * 2 + exact(denominator)) // (exact(denominator) * 2))::DECIMAL(22, 0)
    * 0.0000000000000001
)::DECIMAL(38, 16);
COMMENT ON MACRO quotient IS 'One rate divided by another: sixteen decimals, rounded half up';
