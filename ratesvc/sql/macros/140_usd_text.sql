-- Dollars for one unit, with the given number of decimals and no exponent.
CREATE OR REPLACE MACRO usd_text(units, decimals) AS
    (half_even((10 ** (decimals + 8))::HUGEINT, exact(units)) // (10 ** decimals)::HUGEINT)::VARCHAR || '.'
    || lpad(
        (half_even((10 ** (decimals + 8))::HUGEINT, exact(units)) % (10 ** decimals)::HUGEINT)::VARCHAR,
        decimals, '0'
    );
COMMENT ON MACRO usd_text IS 'US dollars for one unit, from units per dollar, as text with the given number of decimals: rounded half to even, no exponent';
