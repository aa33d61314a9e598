-- 437.22, 87.4500, 9.3450, 0.1277, 0.04909 and 12194.2: four to six significant digits.
CREATE OR REPLACE MACRO usual_decimals(rate) AS CASE
    WHEN rate >= 10000 THEN 1
    WHEN rate >= 100 THEN 2
    WHEN rate >= 0.1 THEN 4
    WHEN rate >= 0.01 THEN 5
    ELSE 6
END;
COMMENT ON MACRO usual_decimals IS 'With how many decimals a rate is usually written in the direction in which banks print it';
