CREATE TABLE IF NOT EXISTS rejections (
    fetch_id BIGINT NOT NULL,
    source VARCHAR NOT NULL,
    base VARCHAR NOT NULL,
    quote VARCHAR NOT NULL,
    observed_at TIMESTAMP,
    rate VARCHAR,
    reason VARCHAR NOT NULL,
    held BOOLEAN NOT NULL,
    rejection_id BIGINT NOT NULL,
    doubt VARCHAR,
    printed_step VARCHAR
);
COMMENT ON TABLE rejections IS 'Figures that were set aside, recorded once per figure and reason';
COMMENT ON COLUMN rejections.fetch_id IS 'The fetch that first returned it';
COMMENT ON COLUMN rejections.source IS 'The name of the source';
COMMENT ON COLUMN rejections.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN rejections.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN rejections.observed_at IS 'What the document says the rate is for, UTC';
COMMENT ON COLUMN rejections.rate IS 'The printed digits, as text because they may be out of range; NULL if there were none';
COMMENT ON COLUMN rejections.reason IS 'The reason, as a sentence';
COMMENT ON COLUMN rejections.held IS 'Whether it is accepted automatically once confirmed';
COMMENT ON COLUMN rejections.rejection_id IS 'ID, counting up from 1; the argument of `ratesvc held accept`';
COMMENT ON COLUMN rejections.doubt IS 'Why it is held: jump, neighbours (the document''s other currencies contradict it), step (its printed step does), slip, first, peg, date or alternating; NULL for a fault';
COMMENT ON COLUMN rejections.printed_step IS 'The change printed beside it in its document, in units of the quote; NULL if none is printed';
