-- The same with a point for each sighting, for a few days of a source that publishes many times a day.
CREATE OR REPLACE MACRO line_by_sighting(of_base, of_quote, first_day, last_day) AS TABLE
WITH seen AS (
    SELECT source, observed_at, max_by(rate, fetch_id) AS rate FROM standing
    WHERE base = of_base AND quote = of_quote AND observed_at >= first_day::TIMESTAMP AND observed_at < last_day::TIMESTAMP + INTERVAL 1 DAY
    GROUP BY ALL
    UNION ALL
    SELECT source, observed_at, rate FROM rates
    WHERE source = 'peg' AND base = of_base AND quote = of_quote AND observed_on BETWEEN first_day AND last_day
),
points AS (
    SELECT
        source, observed_at, rate,
        unnest(line_points(observed_at, lead(observed_at) OVER (PARTITION BY source ORDER BY observed_at))) AS point
    FROM seen
)
SELECT
    title AS series, kind, source, point AS at,
    1 / rate::DOUBLE AS value, inverse_precise(rate)::DOUBLE AS inverse, trimmed(rate) AS printed
FROM (FROM points SELECT source, point, CASE WHEN point = observed_at THEN rate END AS rate)
JOIN drawn_sources(of_base, of_quote) USING (source)
ORDER BY kind DESC, source, point;
COMMENT ON MACRO TABLE line_by_sighting IS 'line_by_day with a point for each sighting';
