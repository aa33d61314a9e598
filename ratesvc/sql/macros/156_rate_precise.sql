-- As `inverse_precise`: 437.22 has 16 digits of `exact`, of which three are before the point. From 100,000 on all are.
CREATE OR REPLACE MACRO rate_precise(rate) AS
    rate_text(
        rate,
        greatest(
            19 - length(exact(rate)::VARCHAR)
            - (2000000 * exact(rate) >= 1999999 * power_of_ten(length(exact(rate)::VARCHAR)))::INTEGER,
            0
        )
    );
COMMENT ON MACRO rate_precise IS 'A rate as text with six significant digits, no exponent';
