CREATE OR REPLACE MACRO inverse_text(rate, decimals) AS quotient_text(exact(1), exact(rate), decimals::INTEGER);
COMMENT ON MACRO inverse_text IS 'Units of the base for one of the quote, as text with the given number of decimals: rounded half to even, no exponent';
