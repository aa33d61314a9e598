-- What a source is called depends on what it had at the last time that it was asked: while nobody has asked since a
-- document became due, it is not known to be late. Up to an hour of that is the pace of the jobs.
CREATE OR REPLACE MACRO source_state(due_at, asked_at, now_utc) AS CASE
    WHEN asked_at > due_at THEN state_of(due_at, asked_at)
    WHEN now_utc <= due_at + INTERVAL 1 HOUR THEN 'fresh'
    ELSE 'unknown'
END;
COMMENT ON MACRO source_state IS 'fresh, late, stale or dead as of the last time that the source was asked; unknown where that was before its next document became due';
