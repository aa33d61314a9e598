CREATE TABLE IF NOT EXISTS rejections (
    fetch_id BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    observed_at TIMESTAMP,
    units_per_usd VARCHAR,
    reason VARCHAR NOT NULL,
    held BOOLEAN NOT NULL,
    rejection_id BIGINT NOT NULL,
    doubt VARCHAR,
    printed_step VARCHAR
);
COMMENT ON TABLE rejections IS 'Figures that were set aside; the same one for the same reason is noted once';
COMMENT ON COLUMN rejections.fetch_id IS 'The fetch that brought it first';
COMMENT ON COLUMN rejections.source IS 'The name of the source';
COMMENT ON COLUMN rejections.currency IS 'ISO 4217 code';
COMMENT ON COLUMN rejections.observed_at IS 'What the document says the rate is for, UTC';
COMMENT ON COLUMN rejections.units_per_usd IS 'The digits as printed, as text because they may be any; NULL where there were none';
COMMENT ON COLUMN rejections.reason IS 'Why, in a sentence';
COMMENT ON COLUMN rejections.held IS 'Whether it enters by itself once it is confirmed';
COMMENT ON COLUMN rejections.rejection_id IS 'Counts up from 1; `ratesvc held accept` takes it';
COMMENT ON COLUMN rejections.doubt IS 'Why it is held: jump, neighbours (the document''s other currencies contradict it), step (its printed step does), slip, first, peg, date or alternating; NULL for a fault';
COMMENT ON COLUMN rejections.printed_step IS 'The change that its document printed with it, in units per US dollar; NULL where it printed none';
