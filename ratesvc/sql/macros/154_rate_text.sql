CREATE OR REPLACE MACRO rate_text(rate, decimals) AS quotient_text(exact(rate), exact(1), decimals::INTEGER);
COMMENT ON MACRO rate_text IS 'A rate as text with the given number of decimals: rounded half to even, no exponent';
