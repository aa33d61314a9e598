-- One source's rates of a currency, for a line that breaks where more than ten days have no rate: there is a row
-- without values. By the snapshots up to one; NULL: by all.
CREATE OR REPLACE MACRO series_by(of_currency, of_source, last_snapshot) AS TABLE
WITH days AS (
    SELECT observed_on, units_per_usd, lead(observed_on) OVER (ORDER BY observed_on) AS next_on
    FROM rates_by(last_snapshot) WHERE currency = of_currency AND source = of_source
)
SELECT
    observed_on, trimmed(units_per_usd) AS units_per_usd, usd_precise(units_per_usd) AS rate_precise,
    1 / units_per_usd::DOUBLE AS usd_per_unit
FROM days
UNION ALL
SELECT observed_on + 1, NULL, NULL, NULL FROM days WHERE next_on - observed_on > 10
ORDER BY observed_on;
COMMENT ON MACRO TABLE series_by IS 'The rates of one currency and source as the snapshots up to one had them (NULL: all), with a row without values in each hole of more than ten days';
