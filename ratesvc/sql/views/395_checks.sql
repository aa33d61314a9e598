-- What the log of fetches says about each source; publishing keeps these rows, because the log grows.
CREATE OR REPLACE VIEW checks AS
WITH newest AS (
    SELECT source, max(observed_on) AS last_observed_on
    FROM (
        SELECT source, observed_on FROM daily
        UNION ALL
        SELECT source, held_on FROM held_days
    )
    GROUP BY source
),
every_round AS MATERIALIZED (FROM rounds),
asked AS (
    SELECT source, min(started_at) AS first_at, max(started_at) AS last_at
    FROM fetches JOIN every_round USING (snapshot_id)
    WHERE reached IS DISTINCT FROM false AND asked_to IS NULL
    GROUP BY source
),
following AS (
    SELECT source, min(due_at) AS first_due_at, min(expected_on) AS first_due_on
    FROM calendar LEFT JOIN newest USING (source)
    WHERE expected_on > coalesce(last_observed_on, DATE '1900-01-01')
    GROUP BY source
)
SELECT
    source, last_observed_on, first_at, last_at, first_due_at, first_due_on,
    last_asked_at, last_outcome, last_success_at, last_way, last_error,
    (
        SELECT min(taken_at) FROM every_round
        WHERE NOT reached
        AND snapshot_id > coalesce((SELECT max(snapshot_id) FROM every_round WHERE reached), 0)
    ) AS unreachable_since,
    coalesce(history_failures, 0) AS history_failures, history_error
FROM sources
LEFT JOIN newest USING (source)
LEFT JOIN asked USING (source)
LEFT JOIN following USING (source)
LEFT JOIN (
    SELECT
        source,
        max(started_at) AS last_asked_at,
        max_by(outcome, fetch_id) AS last_outcome,
        max(finished_at) FILTER (outcome <> 'failed') AS last_success_at,
        -- "npm" of npm:package, the host of https://host/path
        max_by(regexp_extract(url, '^(https?://)?([^/:]+)', 2), fetch_id) FILTER (outcome <> 'failed') AS last_way,
        max_by({'error': error}, fetch_id).error AS last_error
    FROM fetches
    WHERE asked_to IS NULL
    GROUP BY source
) USING (source)
LEFT JOIN (
    SELECT source, count(DISTINCT asked_to) AS history_failures, max_by(error, fetch_id) AS history_error
    FROM fetches AS failed
    WHERE outcome = 'failed' AND asked_to IS NOT NULL
    AND NOT EXISTS (
        FROM fetches AS later
        WHERE later.source = failed.source AND later.fetch_id > failed.fetch_id AND later.outcome <> 'failed'
        AND failed.asked_to BETWEEN later.asked_from AND later.asked_to
    )
    GROUP BY source
) USING (source)
WHERE collected;
COMMENT ON VIEW checks IS 'The checks of each collected source up to now, and what has been received; freshness adds whether it is on schedule';
COMMENT ON COLUMN checks.source IS 'The name of the source';
COMMENT ON COLUMN checks.last_observed_on IS 'The latest day for which we have received a document';
COMMENT ON COLUMN checks.last_asked_at IS 'When it was last checked before this version was published, UTC; a later check that changed nothing made no new version';
COMMENT ON COLUMN checks.last_outcome IS 'Result of the last check: new, unchanged or failed';
COMMENT ON COLUMN checks.last_success_at IS 'When it last returned a readable document, UTC';
COMMENT ON COLUMN checks.last_way IS 'Where that document came from: a host, npm, or archive';
COMMENT ON COLUMN checks.last_error IS 'Errors of the last check, and figures set aside; including errors of addresses tried before one succeeded';
COMMENT ON COLUMN checks.unreachable_since IS 'Since when no source could be reached, UTC, probably a problem on our side; the same for all sources; NULL if one was reached at the last check';
COMMENT ON COLUMN checks.history_failures IS 'Number of requests for past days that failed and have not succeeded since; `ratesvc backfill` repeats them';
COMMENT ON COLUMN checks.history_error IS 'The error of the last failed request for past days';
COMMENT ON COLUMN checks.first_at IS 'When it was first checked, UTC; without checks at which no source could be reached';
COMMENT ON COLUMN checks.last_at IS 'When it was last checked, UTC; without checks at which no source could be reached';
COMMENT ON COLUMN checks.first_due_on IS 'The day that the document after last_observed_on is for';
COMMENT ON COLUMN checks.first_due_at IS 'When that document is normally out, UTC';
