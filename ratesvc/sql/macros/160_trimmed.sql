-- 87.45000000 as 87.45, and 0.00 as 0.
CREATE OR REPLACE MACRO trimmed(number) AS rtrim(rtrim(number::VARCHAR, '0'), '.');
COMMENT ON MACRO trimmed IS 'A number as text without trailing zeros: 87.45 for 87.45000000';
