CREATE TABLE IF NOT EXISTS ticker_rows (
    row_id BIGINT NOT NULL,
    text VARCHAR NOT NULL
);
COMMENT ON TABLE ticker_rows IS 'Each row that a ticker.json had, once, however many versions had it';
COMMENT ON COLUMN ticker_rows.row_id IS 'Counts up from 1';
COMMENT ON COLUMN ticker_rows.text IS 'The bytes between },{"pair": and the next one; the view publications puts them together';
