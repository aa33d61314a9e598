CREATE TABLE IF NOT EXISTS published_versions (
    version VARCHAR NOT NULL,
    published_at TIMESTAMP NOT NULL,
    snapshot_id BIGINT,
    row_ids BIGINT[] NOT NULL
);
COMMENT ON TABLE published_versions IS 'Every published version, kept permanently; the view publications shows what it said. A version''s own row is in the versions after it';
COMMENT ON COLUMN published_versions.version IS 'The name of the version: its time of publication in UTC, to the millisecond, unless the clock was set back';
COMMENT ON COLUMN published_versions.published_at IS 'When it was published, UTC';
COMMENT ON COLUMN published_versions.snapshot_id IS 'The latest snapshot in it';
COMMENT ON COLUMN published_versions.row_ids IS 'The rows of its ticker, in their order';
