CREATE OR REPLACE VIEW punctuality AS
WITH expected AS (
    SELECT source, expected_on, due_at, now_utc
    FROM calendar JOIN sources USING (source) CROSS JOIN clock
    WHERE collected AND publication AND due_at > now_utc - INTERVAL 60 DAYS AND due_at <= now_utc
),
first_seen AS (
    SELECT
        observations.source, observed_at::DATE AS expected_on,
        min(seen_at) FILTER (asked_to IS NULL AND reason <> 'archive') AS watched_at, min(seen_at) AS seen_at
    FROM observations JOIN fetches USING (fetch_id) JOIN snapshots ON snapshots.snapshot_id = fetches.snapshot_id
    WHERE observed_at >= (SELECT now_utc FROM clock) - INTERVAL 90 DAYS
    GROUP BY ALL
)
SELECT
    source, expected_on, due_at, seen_at,
    CASE
        WHEN watched_at <= due_at THEN 'on time'
        -- A source is not called late for a time at which we did not check it.
        WHEN NOT EXISTS (
            FROM fetches JOIN rounds USING (snapshot_id)
            WHERE fetches.source = expected.source AND reached IS DISTINCT FROM false AND asked_to IS NULL
            AND fetches.started_at BETWEEN due_at AND due_at + INTERVAL 6 HOURS
            AND fetches.finished_at < coalesce(watched_at, TIMESTAMP 'infinity')
        ) THEN CASE WHEN watched_at <= due_at + INTERVAL 1 HOUR THEN 'on time' ELSE 'not watched' END
        WHEN watched_at IS NOT NULL THEN 'late'
        WHEN seen_at IS NOT NULL THEN 'filled in'
        WHEN due_at > now_utc - INTERVAL 48 HOURS THEN 'overdue'
        ELSE 'missed'
    END AS outcome
FROM expected LEFT JOIN first_seen USING (source, expected_on)
ORDER BY source, expected_on;
COMMENT ON VIEW punctuality IS 'Whether each new rate due in the last 60 days was published on time, by its source''s calendar';
COMMENT ON COLUMN punctuality.source IS 'The name of the source';
COMMENT ON COLUMN punctuality.expected_on IS 'The day that the rate is for';
COMMENT ON COLUMN punctuality.due_at IS 'When it is normally out, UTC';
COMMENT ON COLUMN punctuality.seen_at IS 'When this service first received it, UTC; NULL if never';
COMMENT ON COLUMN punctuality.outcome IS 'on time; late; overdue (not received, less than 48 hours past due); missed (not received, 48 hours or more past due); filled in (received later as history); or not watched (unknown: this service did not check, or was offline, in the 6 hours after the due time)';
