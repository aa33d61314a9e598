CREATE TABLE IF NOT EXISTS observations (
    source VARCHAR NOT NULL,
    base VARCHAR NOT NULL,
    quote VARCHAR NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    rate DECIMAL(22, 13) NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    fetch_id BIGINT NOT NULL,
    confirmed_by BIGINT
);
COMMENT ON TABLE observations IS 'Every rate that differed from the last one received for the same source, pair and time; a second row is a correction';
COMMENT ON COLUMN observations.source IS 'The name of the source';
COMMENT ON COLUMN observations.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN observations.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN observations.observed_at IS 'The time that the rate is for, by its document, UTC; midnight if it prints only a day';
COMMENT ON COLUMN observations.rate IS 'Units of the quote for one of the base: the printed digits, or a cross rate of at most 12 digits';
COMMENT ON COLUMN observations.seen_at IS 'When this service received it, UTC; for a held figure, when it was confirmed';
COMMENT ON COLUMN observations.fetch_id IS 'The fetch that returned it';
COMMENT ON COLUMN observations.confirmed_by IS 'The fetch that confirmed a held figure; NULL for one that was accepted at once';
