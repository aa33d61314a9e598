CREATE OR REPLACE VIEW freshness AS
WITH following AS (
    SELECT
        source,
        min(due_at) FILTER (due_at > now_utc) AS expected_next_at,
        min(expected_on) FILTER (due_at > now_utc) AS expected_next_on,
        count(*) FILTER (due_at >= first_at AND due_at < last_at) AS missed
    FROM calendar JOIN checks USING (source) CROSS JOIN clock
    WHERE publication AND expected_on > coalesce(last_observed_on, DATE '1900-01-01')
    GROUP BY source
)
SELECT
    source,
    CASE
        WHEN last_observed_on IS NULL THEN 'unknown'
        ELSE source_state(first_due_at, last_at, now_utc)
    END AS state,
    last_observed_on, expected_next_on, expected_next_at,
    CASE WHEN state IN ('late', 'stale', 'dead') THEN first_due_on END AS overdue_on,
    CASE WHEN state IN ('late', 'stale', 'dead') THEN first_due_at END AS overdue_since,
    CASE WHEN last_observed_on IS NOT NULL THEN coalesce(missed, 0) END AS missed,
    last_asked_at, last_outcome, last_success_at, last_way, last_error, unreachable_since, history_failures, history_error
FROM checks
CROSS JOIN clock
LEFT JOIN following USING (source)
ORDER BY source;
COMMENT ON VIEW freshness IS 'Whether each collected source is on schedule, and the result of the last check';
COMMENT ON COLUMN freshness.source IS 'The name of the source';
COMMENT ON COLUMN freshness.state IS 'fresh; late (we checked and did not receive the document that was due); stale (overdue by two days); dead (overdue by ten); or unknown (nothing was ever received, or there was no check since the next document became due). For the age of a rate see latest.state';
COMMENT ON COLUMN freshness.last_observed_on IS 'The latest day for which we have received a document';
COMMENT ON COLUMN freshness.expected_next_on IS 'The day that the next publication is for, by the source''s calendar';
COMMENT ON COLUMN freshness.expected_next_at IS 'When the next publication is normally out, UTC; never in the past';
COMMENT ON COLUMN freshness.overdue_on IS 'The day that the first overdue document, new or copy, is for; NULL if none is known to be overdue';
COMMENT ON COLUMN freshness.overdue_since IS 'When the first overdue document was due, UTC';
COMMENT ON COLUMN freshness.missed IS 'Number of new rates (not copies) overdue, of those that became due between our first and our last check; NULL if nothing was ever received';
COMMENT ON COLUMN freshness.last_asked_at IS 'When it was last checked before this version was published, UTC; a later check that changed nothing made no new version';
COMMENT ON COLUMN freshness.last_outcome IS 'Result of the last check: new, unchanged or failed';
COMMENT ON COLUMN freshness.last_success_at IS 'When it last returned a readable document, UTC';
COMMENT ON COLUMN freshness.last_way IS 'Where that document came from: a host, npm, or archive';
COMMENT ON COLUMN freshness.last_error IS 'Errors of the last check, and figures set aside; including errors of addresses tried before one succeeded';
COMMENT ON COLUMN freshness.unreachable_since IS 'Since when no source could be reached, UTC, probably a problem on our side; the same for all sources; NULL if one was reached at the last check';
COMMENT ON COLUMN freshness.history_failures IS 'Number of requests for past days that failed and have not succeeded since; `ratesvc backfill` repeats them';
COMMENT ON COLUMN freshness.history_error IS 'The error of the last failed request for past days';
