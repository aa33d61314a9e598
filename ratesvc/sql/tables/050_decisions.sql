CREATE TABLE IF NOT EXISTS decisions (
    fetch_id BIGINT NOT NULL,
    decided_at TIMESTAMP NOT NULL,
    source VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    units_per_usd DECIMAL(18, 8) NOT NULL,
    decision VARCHAR NOT NULL,
    decided_by VARCHAR,
    reason VARCHAR NOT NULL
);
COMMENT ON TABLE decisions IS 'Decisions about single figures: by a person about held figures, and by the service about rates with a wrong date and held figures that their source replaced';
COMMENT ON COLUMN decisions.fetch_id IS 'The fetch with which the decision took effect';
COMMENT ON COLUMN decisions.decided_at IS 'When it was decided, UTC';
COMMENT ON COLUMN decisions.source IS 'The name of the source';
COMMENT ON COLUMN decisions.currency IS 'ISO 4217 code';
COMMENT ON COLUMN decisions.observed_at IS 'What the document says the rate is for, UTC';
COMMENT ON COLUMN decisions.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN decisions.decision IS 'accepted, rejected, superseded (a rate dated in the future by mistake: its bank then published earlier days; it is no longer used), or withdrawn (a held figure that its source replaced)';
COMMENT ON COLUMN decisions.decided_by IS 'The name of the person; NULL for the service itself';
COMMENT ON COLUMN decisions.reason IS 'The reason, as a sentence';
