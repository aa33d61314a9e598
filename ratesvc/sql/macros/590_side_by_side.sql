-- The rates of several currencies from the first day in a range on which all have one. Each comes from one source: that
-- of its headline at the end of the range. On that first day `index` is 100 and `gained_pct` is 0. Gaps are rows of
-- NULLs, as in `history`.
CREATE OR REPLACE MACRO side_by_side(of_currencies, first_day, last_day) AS TABLE
WITH shown AS (
    SELECT currency, max_by(source, day) AS source FROM in_force(first_day, last_day)
    WHERE list_contains(of_currencies, currency) GROUP BY currency
),
points AS (
    SELECT
        currency, observed_on, units_per_usd,
        unnest(line_points(observed_on, lead(observed_on) OVER (PARTITION BY currency ORDER BY observed_on)))::DATE AS point
    FROM rates JOIN shown USING (currency, source)
    WHERE observed_on BETWEEN first_day AND last_day
),
chosen AS (
    SELECT currency, point AS observed_on, CASE WHEN point = points.observed_on THEN units_per_usd END AS units_per_usd
    FROM points
),
common AS (
    SELECT min(observed_on) AS start_on FROM (
        SELECT observed_on FROM chosen WHERE units_per_usd IS NOT NULL GROUP BY observed_on
        HAVING count(*) = (SELECT count(DISTINCT currency) FROM chosen)
    )
)
SELECT
    position, chosen.currency, colour, chosen.observed_on, start_on, chosen.units_per_usd,
    change_of(base.units_per_usd, chosen.units_per_usd) AS gained_pct,
    change_shown(base.units_per_usd, chosen.units_per_usd) AS gained_shown,
    100 + gained_pct AS index
FROM chosen
CROSS JOIN common
JOIN chosen AS base ON base.currency = chosen.currency AND base.observed_on = start_on
JOIN currencies ON currencies.currency = chosen.currency
WHERE chosen.observed_on >= start_on
ORDER BY position, chosen.observed_on;
COMMENT ON MACRO TABLE side_by_side IS 'The rates of a list of currencies between two days, each from the source of its headline at the end, and the change since the first day on which all have a rate';
