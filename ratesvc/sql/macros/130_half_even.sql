-- Rounds numerator / denominator to a whole number, ties to the even one.
CREATE OR REPLACE MACRO half_even(numerator, denominator) AS
    sign(numerator)::HUGEINT * (
        abs(numerator) // denominator
        + CASE
            WHEN 2 * (abs(numerator) % denominator) > denominator THEN 1
            WHEN 2 * (abs(numerator) % denominator) = denominator THEN (abs(numerator) // denominator) % 2
            ELSE 0
        END
    );
COMMENT ON MACRO half_even IS 'numerator / denominator rounded to a whole number, ties to the even one; both are whole numbers';
