CREATE TABLE IF NOT EXISTS publications (
    version VARCHAR NOT NULL,
    published_at TIMESTAMP NOT NULL,
    snapshot_id BIGINT,
    ticker VARCHAR NOT NULL
);
COMMENT ON TABLE publications IS 'The ticker of every published version, kept permanently. A version''s own row is in the versions after it';
COMMENT ON COLUMN publications.version IS 'The name of the version: its time of publication in UTC, to the millisecond, unless the clock was set back';
COMMENT ON COLUMN publications.published_at IS 'When it was published, UTC';
COMMENT ON COLUMN publications.snapshot_id IS 'The latest snapshot in it';
COMMENT ON COLUMN publications.ticker IS 'The bytes of its ticker.json';
