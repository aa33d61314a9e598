-- Rounds numerator / denominator to a whole number, ties to the even one: twice the numerator and one denominator make
-- a half round up; less by one, unless the quotient is odd, a tie goes to the even one.
CREATE OR REPLACE MACRO half_even(numerator, denominator) AS
    sign(numerator)::HUGEINT
    * ((2 * abs(numerator) + denominator - 1 + abs(numerator) // denominator % 2) // (2 * denominator));
COMMENT ON MACRO half_even IS 'numerator / denominator rounded to a whole number, ties to the even one; both are whole numbers';
