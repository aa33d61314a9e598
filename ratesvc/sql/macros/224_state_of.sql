CREATE OR REPLACE MACRO state_of(due_at, moment) AS CASE
    WHEN due_at IS NULL THEN 'dead'
    WHEN moment <= due_at THEN 'fresh'
    WHEN moment <= stale_after(due_at) THEN 'late'
    WHEN moment <= due_at + INTERVAL 240 HOURS THEN 'stale'
    ELSE 'dead'
END;
COMMENT ON MACRO state_of IS 'fresh, late, stale or dead at a given time, from the time when the next document is normally out';
