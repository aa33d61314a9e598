-- The same with six significant digits. 1 / 87.45 has them in seven decimals; a quotient that is or rounds up to a power
-- of ten, as of 10 or 10.000001, would have seven digits there, so it gets a decimal less. Six digits end at 999999.5,
-- which half to even makes 1000000. The digits of `exact` count from the eighth decimal.
CREATE OR REPLACE MACRO usd_precise(units) AS
    usd_text(
        units,
        length(exact(units)::VARCHAR)::INTEGER - 3
        - (1999999 * exact(units) <= 2 * (10 ** (length(exact(units)::VARCHAR) + 5))::HUGEINT)::INTEGER
    );
COMMENT ON MACRO usd_precise IS 'US dollars for one unit, from units per dollar, as text with six significant digits, no exponent';
