-- The first day of a chart range, from its last day: 1w, 1m, 3m, 6m, ytd, 1y, or all. A year to date begins on the last
-- day of the previous year, the reference day of `ytd`.
CREATE OR REPLACE MACRO range_start(span, last_day) AS CASE span
    WHEN '1w' THEN last_day::DATE - INTERVAL 7 DAYS
    WHEN '1m' THEN last_day::DATE - INTERVAL 1 MONTH
    WHEN '3m' THEN last_day::DATE - INTERVAL 3 MONTHS
    WHEN '6m' THEN last_day::DATE - INTERVAL 6 MONTHS
    WHEN 'ytd' THEN make_date(year(last_day::DATE) - 1, 12, 31)
    WHEN '1y' THEN last_day::DATE - INTERVAL 1 YEAR
    ELSE DATE '1900-01-01'
END::DATE;
COMMENT ON MACRO range_start IS 'The first day of a range that ends on a day: 1w, 1m, 3m, 6m, ytd, 1y or all';
