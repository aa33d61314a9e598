-- The same with six significant digits. 1 / 87.45 has them in seven decimals; a quotient that is or rounds up to a power
-- of ten, as of 10 or 10.000001, would have seven digits there, so it gets a decimal less. Six digits end at 999999.5,
-- which half to even makes 1000000. The digits of `exact` count from the thirteenth decimal.
CREATE OR REPLACE MACRO inverse_precise(rate) AS
    inverse_text(
        rate,
        length(exact(rate)::VARCHAR) - 8
        - (1999999 * exact(rate) <= 2 * power_of_ten(length(exact(rate)::VARCHAR) + 5))::INTEGER
    );
COMMENT ON MACRO inverse_precise IS 'Units of the base for one of the quote, as text with six significant digits, no exponent';
