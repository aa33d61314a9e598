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
COMMENT ON TABLE fetches IS 'One row per source and snapshot: the request, the response and the result';
COMMENT ON COLUMN fetches.fetch_id IS 'Counts up from 1';
COMMENT ON COLUMN fetches.snapshot_id IS 'The snapshot that it belongs to';
COMMENT ON COLUMN fetches.source IS 'The name of the source';
COMMENT ON COLUMN fetches.url IS 'The address that answered; if none did, the last one tried';
COMMENT ON COLUMN fetches.started_at IS 'When the request started, UTC';
COMMENT ON COLUMN fetches.finished_at IS 'When the response was read, UTC';
COMMENT ON COLUMN fetches.outcome IS 'new (something was stored), unchanged (nothing differed), or failed';
COMMENT ON COLUMN fetches.http_status IS 'The HTTP status; NULL if no HTTP server answered';
COMMENT ON COLUMN fetches.bytes IS 'Size of the document in bytes';
COMMENT ON COLUMN fetches.payload_sha256 IS 'SHA-256 of the document, whose bytes are kept in raw/<sha256> of the data folder';
COMMENT ON COLUMN fetches.observations IS 'Number of observations stored from it';
COMMENT ON COLUMN fetches.rejections IS 'Number of its figures that were set aside';
COMMENT ON COLUMN fetches.error IS 'Errors, and figures set aside; including errors of addresses tried before one succeeded';
COMMENT ON COLUMN fetches.asked_from IS 'The first day requested; NULL for the latest document';
COMMENT ON COLUMN fetches.asked_to IS 'The last day requested; NULL for the latest document';
COMMENT ON COLUMN fetches.etag IS 'The ETag header of the response, for conditional requests';
COMMENT ON COLUMN fetches.last_modified IS 'The Last-Modified header of the response, for conditional requests';
