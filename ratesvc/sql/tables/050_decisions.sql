CREATE TABLE IF NOT EXISTS decisions (
    fetch_id BIGINT NOT NULL,
    decided_at TIMESTAMP NOT NULL,
    source VARCHAR NOT NULL,
    base VARCHAR NOT NULL,
    quote VARCHAR NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    rate DECIMAL(22, 13) NOT NULL,
    decision VARCHAR NOT NULL,
    decided_by VARCHAR,
    reason VARCHAR NOT NULL
);
COMMENT ON TABLE decisions IS 'Decisions about single figures: by a person about held figures, and by the service about rates with a wrong date and held figures that their source replaced';
COMMENT ON COLUMN decisions.fetch_id IS 'The fetch with which the decision took effect';
COMMENT ON COLUMN decisions.decided_at IS 'When it was decided, UTC';
COMMENT ON COLUMN decisions.source IS 'The name of the source';
COMMENT ON COLUMN decisions.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN decisions.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN decisions.observed_at IS 'What the document says the rate is for, UTC';
COMMENT ON COLUMN decisions.rate IS 'Units of the quote for one of the base';
COMMENT ON COLUMN decisions.decision IS 'accepted, rejected, superseded (a rate dated in the future by mistake: its bank then published earlier days; it is no longer used), or withdrawn (a held figure that its source replaced)';
COMMENT ON COLUMN decisions.decided_by IS 'The name of the person; NULL for the service itself';
COMMENT ON COLUMN decisions.reason IS 'The reason, as a sentence';
