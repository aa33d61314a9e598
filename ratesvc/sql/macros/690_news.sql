-- News since a day: headline moves of at least the threshold in percent from one publication to the next, unconfirmed
-- figures, corrections, events, and sources that are stale or dead. Two alternating figures for one time are one event
-- instead of many corrections.
CREATE OR REPLACE MACRO news(first_day, threshold) AS TABLE
SELECT
    'move' AS kind, step.source, step.currency, step.observed_on, rates.seen_at AS told_at,
    trimmed(step.change_shown) || '%' AS change, trimmed(step.units_per_usd) AS units_per_usd, NULL AS sentence
FROM changes_from(first_day) AS step
JOIN in_force(first_day, (SELECT max(observed_on) FROM daily)) AS shown
    ON shown.source = step.source AND shown.currency = step.currency AND shown.day = step.observed_on
JOIN rates ON rates.source = step.source AND rates.currency = step.currency AND rates.observed_on = step.observed_on
WHERE period = 'previous' AND abs(step.change_pct) >= threshold
UNION ALL
SELECT
    'unconfirmed', held.source, held.currency, held.observed_on, held.seen_at, trimmed(change_shown) || '%',
    trimmed(held.units_per_usd), 'not confirmed yet: ' || reason
FROM held JOIN currencies USING (currency)
WHERE doubt <> 'alternating' AND held.observed_on >= first_day AND held.source IN (official_source, market_source)
UNION ALL
SELECT
    'correction', source, currency, observed_on, seen_at, trimmed(change_shown) || '%', trimmed(units_per_usd),
    'from ' || trimmed(previous_units_per_usd) || ' to ' || trimmed(units_per_usd) || ' per dollar'
FROM corrections_from(first_day) AS correction
WHERE NOT EXISTS (
    FROM rejections
    WHERE doubt = 'alternating' AND rejections.source = correction.source
    AND rejections.currency = correction.currency AND rejections.observed_at = correction.observed_at
)
UNION ALL
SELECT
    CASE event WHEN 'peg contradicted' THEN 'peg' ELSE event END, source, currency, observed_on, seen_at,
    trimmed(from_peg) || '%', trimmed(units_per_usd), sentence
FROM events WHERE observed_on >= first_day
UNION ALL
SELECT
    'silence', source, NULL, last_observed_on,
    CASE state WHEN 'dead' THEN overdue_since + INTERVAL 240 HOURS ELSE stale_after(overdue_since) END, NULL, NULL,
    'we have received nothing newer than the rate for ' || last_observed_on
    || CASE state WHEN 'dead' THEN '; the next one is more than ten days overdue' ELSE '' END
FROM freshness WHERE state IN ('stale', 'dead') AND last_observed_on >= first_day
ORDER BY told_at DESC;
COMMENT ON MACRO TABLE news IS 'News since a day: moves of at least the threshold in percent, unconfirmed figures, corrections, events, and sources that are stale or dead';
