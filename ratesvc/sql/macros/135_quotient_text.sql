CREATE OR REPLACE MACRO quotient_text(numerator, denominator, decimals) AS
    rtrim(
        (half_even(numerator * power_of_ten(decimals), denominator) // power_of_ten(decimals))::VARCHAR || '.'
        || lpad(
            (half_even(numerator * power_of_ten(decimals), denominator) % power_of_ten(decimals))::VARCHAR, decimals, '0'
        ),
        '.'
    );
COMMENT ON MACRO quotient_text IS 'A quotient of two positive integers as text with the given number of decimals: rounded half to even, no exponent';
