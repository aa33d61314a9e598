-- One point a day; for a day whose rate moved also its weakest and strongest sighting, so that no extreme is lost.
-- `value` is exact, `inverse` is for display.
CREATE OR REPLACE MACRO line_by_day(of_base, of_quote, first_day, last_day) AS TABLE
WITH days AS (
    SELECT
        source, observed_on, open, high, low, close,
        line_points(observed_on, lead(observed_on) OVER (PARTITION BY source ORDER BY observed_on)) AS points
    FROM ohlc('day')
    WHERE base = of_base AND quote = of_quote AND since BETWEEN first_day AND last_day
),
points AS (
    SELECT source, observed_on, unnest(points)::DATE AS point, 3 AS place, close AS rate FROM days
    UNION ALL
    SELECT source, observed_on, observed_on, CASE WHEN close >= open THEN 1 ELSE 2 END, low FROM days WHERE high > low
    UNION ALL
    SELECT source, observed_on, observed_on, CASE WHEN close >= open THEN 2 ELSE 1 END, high FROM days WHERE high > low
)
-- No CASE around the macros: in one, DuckDB computes anew whatever a macro repeats.
SELECT
    title AS series, kind, source, point AS at,
    1 / rate::DOUBLE AS value, inverse_precise(rate)::DOUBLE AS inverse, trimmed(rate) AS printed
FROM (FROM points SELECT source, point, place, CASE WHEN point = observed_on THEN rate END AS rate)
JOIN drawn_sources(of_base, of_quote) USING (source)
ORDER BY kind DESC, source, point, place;
COMMENT ON MACRO TABLE line_by_day IS 'The official and the market line of a pair between two days: a point for each day, plus the extremes of a day whose rate moved; a point without a value in each gap of more than ten days';
