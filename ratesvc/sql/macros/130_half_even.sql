-- Rounds numerator / denominator to a whole number, ties to the even one: up if twice the remainder, plus one if the
-- quotient is odd, exceeds the denominator.
CREATE OR REPLACE MACRO half_even(numerator, denominator) AS
    sign(numerator)::HUGEINT * (
        abs(numerator) // denominator
        + (2 * (abs(numerator) % denominator) + abs(numerator) // denominator % 2 > denominator)::INTEGER
    );
COMMENT ON MACRO half_even IS 'numerator / denominator rounded to a whole number, ties to the even one; both are whole numbers';
