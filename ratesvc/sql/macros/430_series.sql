CREATE OR REPLACE MACRO series(of_currency, of_source) AS TABLE
SELECT
    point::DATE AS observed_on,
    CASE WHEN point = observed_on THEN trimmed(rate.units_per_usd) END AS units_per_usd,
    CASE WHEN point = observed_on THEN usd_precise(rate.units_per_usd) END AS rate_precise,
    CASE WHEN point = observed_on THEN rate.usd_per_unit END AS usd_per_unit
FROM (
    SELECT rates.*, unnest(line_points(observed_on, lead(observed_on) OVER (ORDER BY observed_on))) AS point
    FROM rates WHERE currency = of_currency AND source = of_source
) AS rate
ORDER BY point;
COMMENT ON MACRO TABLE series IS 'The rates of one currency and source, for a line, with a row of NULLs in each gap of more than ten days';
