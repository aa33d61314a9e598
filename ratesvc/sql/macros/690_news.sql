-- News since a day: headline moves against the dollar of at least the threshold in percent from one publication to the
-- next, unconfirmed figures, corrections, events, and sources that are stale or dead. Two alternating figures for one
-- time are one event instead of many corrections. Figures of one bank for several bases are one item, that of the dollar.
-- A change is that of the quote, as in the ticker.
CREATE OR REPLACE MACRO news(first_day, threshold) AS TABLE
SELECT
    'move' AS kind, step.source, step.base, step.quote, step.observed_on, rates.seen_at AS told_at,
    trimmed(step.inverse_change_shown) || '%' AS change, trimmed(step.rate) AS rate, NULL AS sentence
FROM changes_from(first_day) AS step
JOIN in_force(first_day, (SELECT max(observed_on) FROM daily)) AS shown
    ON shown.source = step.source AND shown.base = step.base AND shown.quote = step.quote AND shown.day = step.observed_on
JOIN rates ON rates.source = step.source AND rates.base = step.base AND rates.quote = step.quote AND rates.observed_on = step.observed_on
JOIN pairs ON pairs.base = step.base AND pairs.quote = step.quote AND in_ticker
WHERE period = 'previous' AND abs(step.inverse_change_pct) >= threshold
UNION ALL
SELECT
    'unconfirmed', held.source, held.base, held.quote, held.observed_on, held.seen_at, trimmed(inverse_change_shown) || '%',
    trimmed(held.rate), 'not confirmed yet: ' || reason
FROM held JOIN pairs USING (base, quote)
WHERE doubt <> 'alternating' AND held.observed_on >= first_day AND held.source IN (official_source, market_source)
QUALIFY held.base = 'USD' OR NOT bool_or(held.base = 'USD') OVER (PARTITION BY held.source, held.quote, held.observed_on)
UNION ALL
SELECT
    'correction', source, base, quote, observed_on, seen_at, trimmed(inverse_change_shown) || '%', trimmed(rate),
    'from ' || trimmed(previous_rate) || ' to ' || trimmed(rate) || ' per ' || base_unit
FROM corrections AS correction JOIN pairs USING (base, quote)
WHERE observed_on >= first_day AND NOT EXISTS (
    FROM rejections
    WHERE doubt = 'alternating' AND rejections.source = correction.source
    AND rejections.base = correction.base AND rejections.quote = correction.quote AND rejections.observed_at = correction.observed_at
)
QUALIFY base = 'USD' OR NOT bool_or(base = 'USD') OVER (PARTITION BY source, quote, observed_at)
UNION ALL
SELECT
    CASE event WHEN 'peg contradicted' THEN 'peg' ELSE event END, source, base, quote, observed_on, seen_at,
    trimmed(from_peg) || '%', trimmed(rate), sentence
FROM events WHERE observed_on >= first_day
UNION ALL
SELECT
    'silence', source, NULL, NULL, last_observed_on,
    CASE state WHEN 'dead' THEN overdue_since + INTERVAL 240 HOURS ELSE stale_after(overdue_since) END, NULL, NULL,
    'we have received nothing newer than the rate for ' || last_observed_on
    || CASE state WHEN 'dead' THEN '; the next one is more than ten days overdue' ELSE '' END
FROM freshness WHERE state IN ('stale', 'dead') AND last_observed_on >= first_day
ORDER BY told_at DESC;
COMMENT ON MACRO TABLE news IS 'News since a day: moves of at least the threshold in percent, unconfirmed figures, corrections, events, and sources that are stale or dead';
