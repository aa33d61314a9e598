-- Corrections: a source published a new figure for the same time. Pass a recent day for current ones.
CREATE OR REPLACE MACRO corrections_from(first_day) AS TABLE
SELECT
    source, currency, observed_at::DATE AS observed_on, observed_at, before::DECIMAL(38, 10) AS previous_units_per_usd, units_per_usd,
    change_shown(before, units_per_usd) AS change_shown, seen_at
FROM (
    SELECT
        * REPLACE (units_per_usd::DECIMAL(38, 10) AS units_per_usd),
        lag(units_per_usd) OVER (PARTITION BY source, currency, observed_at ORDER BY fetch_id) AS before
    FROM standing
    SEMI JOIN (  -- Few moments have more than one sighting, and only they need a window.
        SELECT source, currency, observed_at FROM standing WHERE observed_at >= first_day::TIMESTAMP
        GROUP BY ALL HAVING count(*) > 1
    ) USING (source, currency, observed_at)
)
WHERE before IS NOT NULL
ORDER BY seen_at;
COMMENT ON MACRO TABLE corrections_from IS 'The rows of the view corrections from a day on';
