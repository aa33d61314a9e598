CREATE OR REPLACE TABLE calendar (
    source VARCHAR NOT NULL,
    expected_on DATE NOT NULL,
    due_at TIMESTAMP NOT NULL,
    publication BOOLEAN NOT NULL
);
COMMENT ON TABLE calendar IS 'The days for which each source is expected to print a document, from 2026 on, to 400 days ahead; written from sources/, and from what the source''s own rows say of its rhythm, whenever the store is opened, and daily';
COMMENT ON COLUMN calendar.source IS 'The name of the source';
COMMENT ON COLUMN calendar.expected_on IS 'A day for which a document is expected';
COMMENT ON COLUMN calendar.due_at IS 'By when it is normally out, UTC';
COMMENT ON COLUMN calendar.publication IS 'Whether a new rate is expected; false: only a copy of the last one, printed on a day of rest under its own date, which shows that the source is alive';
