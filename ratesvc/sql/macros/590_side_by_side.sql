-- The rates of several currencies in one base from the first day in a range on which all have one. Each comes from one source: that
-- of its headline at the end of the range. On that first day `index` is 100 and `gained_pct` is 0. Gaps are rows of
-- NULLs, as in `history`.
CREATE OR REPLACE MACRO side_by_side(of_base, of_quotes, first_day, last_day) AS TABLE
WITH shown AS (
    SELECT base, quote, max_by(source, day) AS source FROM in_force(first_day, last_day)
    WHERE base = of_base AND list_contains(of_quotes, quote) GROUP BY ALL
),
points AS (
    SELECT
        quote, observed_on, rate,
        unnest(line_points(observed_on, lead(observed_on) OVER (PARTITION BY quote ORDER BY observed_on)))::DATE AS point
    FROM rates JOIN shown USING (base, quote, source)
    WHERE observed_on BETWEEN first_day AND last_day
),
chosen AS (
    SELECT quote, point AS observed_on, CASE WHEN point = points.observed_on THEN rate END AS rate
    FROM points
),
common AS (
    SELECT min(observed_on) AS start_on FROM (
        SELECT observed_on FROM chosen WHERE rate IS NOT NULL GROUP BY observed_on
        HAVING count(*) = (SELECT count(DISTINCT quote) FROM chosen)
    )
)
SELECT
    position, chosen.quote, colour, chosen.observed_on, start_on, chosen.rate,
    inverse_change_of(start.rate, chosen.rate) AS gained_pct,
    inverse_change_shown(start.rate, chosen.rate) AS gained_shown,
    100 + gained_pct AS index
FROM chosen
CROSS JOIN common
JOIN chosen AS start ON start.quote = chosen.quote AND start.observed_on = start_on
JOIN currencies ON currency = chosen.quote
WHERE chosen.observed_on >= start_on
ORDER BY position, chosen.observed_on;
COMMENT ON MACRO TABLE side_by_side IS 'The rates of a list of currencies in one base between two days, each from the source of its headline at the end, and the change since the first day on which all have a rate';
