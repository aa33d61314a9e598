CREATE TABLE IF NOT EXISTS snapshots (
    snapshot_id BIGINT NOT NULL,
    taken_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    reason VARCHAR NOT NULL
);
COMMENT ON TABLE snapshots IS 'One row per round of requests to the sources; also the heartbeat of the jobs';
COMMENT ON COLUMN snapshots.snapshot_id IS 'Counts up from 1';
COMMENT ON COLUMN snapshots.taken_at IS 'When the first request started, UTC';
COMMENT ON COLUMN snapshots.finished_at IS 'When the last response was complete, UTC';
COMMENT ON COLUMN snapshots.reason IS 'schedule, manual, backfill, reparse, or archive (the bundled history)';
