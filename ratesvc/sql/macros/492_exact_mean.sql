-- DECIMAL division would give DOUBLE.
CREATE OR REPLACE MACRO exact_mean(total, number) AS
    (half_even(total, number)::DECIMAL(24, 0) * 0.0000000000001)::DECIMAL(38, 13);
COMMENT ON MACRO exact_mean IS 'total / number as a rate, where the total is a sum of `exact`: thirteen decimals, rounded half to even; NULL for a number of 0';
