-- The state of a source is that of its last check: without a check since a document became due, we cannot call it late.
-- Up to an hour between checks is normal for the jobs.
CREATE OR REPLACE MACRO source_state(due_at, asked_at, now_utc) AS CASE
    WHEN asked_at > due_at THEN state_of(due_at, asked_at)
    WHEN now_utc <= due_at + INTERVAL 1 HOUR THEN 'fresh'
    ELSE 'unknown'
END;
COMMENT ON MACRO source_state IS 'fresh, late, stale or dead as of the last check of the source; unknown if that was before its next document became due';
