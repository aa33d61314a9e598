-- Correlation (Pearson) of the daily changes of two currencies' headline rates, over the days from a day on for which
-- both have one. NULL if one of them never changes, or there are fewer than ten such days.
CREATE OR REPLACE MACRO correlations(of_currencies, first_day) AS TABLE
WITH daily_change AS (
    SELECT changes.currency, position, changes.observed_on, change_pct
    FROM changes_from(first_day) AS changes
    JOIN in_force(first_day, (SELECT max(observed_on) FROM daily)) AS shown
        ON shown.source = changes.source AND shown.currency = changes.currency AND shown.day = changes.observed_on
    JOIN currencies ON currencies.currency = changes.currency
    WHERE period = 'previous' AND list_contains(of_currencies, changes.currency)
)
SELECT
    a.currency, b.currency AS other, count(*) AS days,
    CASE WHEN days >= 10 AND stddev(a.change_pct) > 0 AND stddev(b.change_pct) > 0
    THEN corr(a.change_pct, b.change_pct) END AS correlation
FROM daily_change AS a JOIN daily_change AS b USING (observed_on)
GROUP BY a.currency, b.currency, a.position, b.position
ORDER BY a.position, b.position;
COMMENT ON MACRO TABLE correlations IS 'Correlation (Pearson) of the daily changes of listed currencies since a day; NULL for fewer than ten days in common';
