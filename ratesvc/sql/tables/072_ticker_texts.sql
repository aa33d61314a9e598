CREATE TABLE IF NOT EXISTS ticker_texts (
    text_id BIGINT NOT NULL,
    text VARCHAR NOT NULL
);
COMMENT ON TABLE ticker_texts IS 'Each text that a ticker had, once, however many versions had it';
COMMENT ON COLUMN ticker_texts.text_id IS 'Counts up from 1';
COMMENT ON COLUMN ticker_texts.text IS 'The bytes of a ticker.json after its version and its time of publication; all of them if it does not begin with these';
