-- Corrections: a source published a new figure for the same time. Pass a recent day for current ones.
CREATE OR REPLACE MACRO corrections_from(first_day) AS TABLE
SELECT
    source, base || '/' || quote AS pair, base, quote, observed_at::DATE AS observed_on, observed_at,
    before::DECIMAL(38, 13) AS previous_rate, rate, change_shown(before, rate) AS change_shown,
    inverse_change_shown(before, rate) AS inverse_change_shown, seen_at
FROM (
    SELECT
        * REPLACE (rate::DECIMAL(38, 13) AS rate),
        lag(rate) OVER (PARTITION BY source, base, quote, observed_at ORDER BY fetch_id) AS before
    FROM standing
    SEMI JOIN (  -- Few moments have more than one sighting, and only they need a window.
        SELECT source, base, quote, observed_at FROM standing WHERE observed_at >= first_day::TIMESTAMP
        GROUP BY ALL HAVING count(*) > 1
    ) USING (source, base, quote, observed_at)
)
WHERE before IS NOT NULL
ORDER BY seen_at;
COMMENT ON MACRO TABLE corrections_from IS 'The rows of the view corrections from a day on';
