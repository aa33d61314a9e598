-- A point for each day; on a day that moved also its weakest and its strongest sighting, so that no extreme is lost.
-- Where more than ten days have no rate there is a point without value. `value` is exact, `rate` what is shown.
CREATE OR REPLACE MACRO line_by_day(of_currency, first_day, last_day) AS TABLE
WITH days AS (
    SELECT source, observed_on, open, high, low, close FROM ohlc('day')
    WHERE currency = of_currency AND since BETWEEN first_day AND last_day
),
points AS (
    SELECT source, observed_on, 3 AS place, close AS units_per_usd FROM days
    UNION ALL
    SELECT source, observed_on, CASE WHEN close >= open THEN 1 ELSE 2 END, low FROM days WHERE high > low
    UNION ALL
    SELECT source, observed_on, CASE WHEN close >= open THEN 2 ELSE 1 END, high FROM days WHERE high > low
    UNION ALL
    SELECT source, observed_on + 1, 4, NULL
    FROM (SELECT source, observed_on, lead(observed_on) OVER (PARTITION BY source ORDER BY observed_on) AS next_on FROM days)
    WHERE next_on - observed_on > 10
)
SELECT title AS series, kind, source, observed_on AS at, 1 / units_per_usd::DOUBLE AS value,
    usd_precise(units_per_usd)::DOUBLE AS rate, trimmed(units_per_usd) AS printed
FROM points JOIN drawn_sources(of_currency) USING (source)
ORDER BY kind DESC, source, observed_on, place;
COMMENT ON MACRO TABLE line_by_day IS 'The official and the market line of a currency between two days: a point for each day, and the extremes of a day that moved; a point without value where more than ten days have no rate';
