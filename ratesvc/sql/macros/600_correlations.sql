-- Correlation (Pearson) of the daily changes of two currencies' headline rates, over the days from a day on for which
-- both have one. NULL if one of them never changes, or there are fewer than ten such days.
CREATE OR REPLACE MACRO correlations(of_base, of_quotes, first_day) AS TABLE
WITH daily_change AS (
    SELECT changes.quote, position, changes.observed_on, inverse_change_pct AS change_pct
    FROM changes_from(first_day) AS changes
    JOIN in_force(first_day, (SELECT max(observed_on) FROM daily)) AS shown
        ON shown.source = changes.source AND shown.base = changes.base AND shown.quote = changes.quote AND shown.day = changes.observed_on
    JOIN currencies ON currency = changes.quote
    WHERE period = 'previous' AND changes.base = of_base AND list_contains(of_quotes, changes.quote)
)
SELECT
    a.quote, b.quote AS other, count(*) AS days,
    CASE WHEN days >= 10 AND stddev(a.change_pct) > 0 AND stddev(b.change_pct) > 0
    THEN corr(a.change_pct, b.change_pct) END AS correlation
FROM daily_change AS a JOIN daily_change AS b USING (observed_on)
GROUP BY a.quote, b.quote, a.position, b.position
ORDER BY a.position, b.position;
COMMENT ON MACRO TABLE correlations IS 'Correlation (Pearson) of the daily changes of listed currencies in one base since a day; NULL for fewer than ten days in common';
