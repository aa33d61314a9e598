CREATE TABLE IF NOT EXISTS fetches (
    fetch_id BIGINT NOT NULL,
    snapshot_id BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    url VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP NOT NULL,
    outcome VARCHAR NOT NULL,
    http_status INTEGER,
    bytes BIGINT,
    payload_sha256 VARCHAR,
    observations INTEGER NOT NULL,
    rejections INTEGER NOT NULL,
    error VARCHAR,
    asked_from DATE,
    asked_to DATE,
    etag VARCHAR,
    last_modified VARCHAR
);
COMMENT ON TABLE fetches IS 'One row per source and snapshot: who answered, with what, and what came of it';
COMMENT ON COLUMN fetches.fetch_id IS 'Counts up from 1';
COMMENT ON COLUMN fetches.snapshot_id IS 'The snapshot that it belongs to';
COMMENT ON COLUMN fetches.source IS 'The name of the source';
COMMENT ON COLUMN fetches.url IS 'The way that answered; where none did, the last one that was asked';
COMMENT ON COLUMN fetches.started_at IS 'When the source was asked, UTC';
COMMENT ON COLUMN fetches.finished_at IS 'When the answer was read, UTC';
COMMENT ON COLUMN fetches.outcome IS 'new (something was stored), unchanged (nothing differed), or failed';
COMMENT ON COLUMN fetches.http_status IS 'The HTTP status; NULL where no HTTP server answered';
COMMENT ON COLUMN fetches.bytes IS 'Size of the document';
COMMENT ON COLUMN fetches.payload_sha256 IS 'SHA-256 of the document, whose bytes are kept in raw/<sha256> of the data folder';
COMMENT ON COLUMN fetches.observations IS 'How many observations it brought that were stored';
COMMENT ON COLUMN fetches.rejections IS 'How many of its figures were set aside';
COMMENT ON COLUMN fetches.error IS 'What went wrong, or was set aside; also for ways that failed before another one answered';
COMMENT ON COLUMN fetches.asked_from IS 'The first day that was asked for; NULL for the newest document';
COMMENT ON COLUMN fetches.asked_to IS 'The last day that was asked for; NULL for the newest document';
COMMENT ON COLUMN fetches.etag IS 'The header ETag of the answer, to ask only for what has changed';
COMMENT ON COLUMN fetches.last_modified IS 'The header Last-Modified of the answer, for the same';
