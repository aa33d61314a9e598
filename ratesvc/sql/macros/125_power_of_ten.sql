-- 10 ** 23 would be a DOUBLE, and not exact.
CREATE OR REPLACE MACRO power_of_ten(number) AS ('1' || repeat('0', number))::HUGEINT;
COMMENT ON MACRO power_of_ten IS 'Ten to a power, as an exact integer';
