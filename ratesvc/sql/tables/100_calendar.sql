CREATE OR REPLACE TABLE calendar (
    source VARCHAR NOT NULL,
    expected_on DATE NOT NULL,
    due_at TIMESTAMP NOT NULL,
    publication BOOLEAN NOT NULL
);
COMMENT ON TABLE calendar IS 'The days for which each source is expected to publish a document, from 2026 to 400 days ahead. Derived from sources/ and from the pattern of the source''s own rows, daily and whenever the store is opened';
COMMENT ON COLUMN calendar.source IS 'The name of the source';
COMMENT ON COLUMN calendar.expected_on IS 'A day for which a document is expected';
COMMENT ON COLUMN calendar.due_at IS 'When it is normally out, UTC';
COMMENT ON COLUMN calendar.publication IS 'Whether a new rate is expected; false: only a copy of the last one, published on a day of rest under that day''s date, which shows that the source is active';
