-- The same with a point for each sighting, for a few days of a source that publishes many times a day.
CREATE OR REPLACE MACRO line_by_sighting(of_currency, first_day, last_day) AS TABLE
WITH seen AS (
    SELECT source, observed_at, max_by(units_per_usd, fetch_id) AS units_per_usd FROM standing
    WHERE currency = of_currency AND observed_at >= first_day::TIMESTAMP AND observed_at < last_day::TIMESTAMP + INTERVAL 1 DAY
    GROUP BY ALL
    UNION ALL
    SELECT source, observed_at, units_per_usd FROM rates
    WHERE source = 'peg' AND currency = of_currency AND observed_on BETWEEN first_day AND last_day
),
points AS (
    SELECT
        source, observed_at, units_per_usd,
        unnest(line_points(observed_at, lead(observed_at) OVER (PARTITION BY source ORDER BY observed_at))) AS point
    FROM seen
)
SELECT
    title AS series, kind, source, point AS at,
    CASE WHEN point = observed_at THEN 1 / units_per_usd::DOUBLE END AS value,
    CASE WHEN point = observed_at THEN usd_precise(units_per_usd)::DOUBLE END AS rate,
    CASE WHEN point = observed_at THEN trimmed(units_per_usd) END AS printed
FROM points JOIN drawn_sources(of_currency) USING (source)
ORDER BY kind DESC, source, point;
COMMENT ON MACRO TABLE line_by_sighting IS 'line_by_day with a point for each sighting';
