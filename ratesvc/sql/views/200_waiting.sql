CREATE OR REPLACE VIEW waiting AS
FROM rejections
WHERE held
AND NOT EXISTS (
    FROM observations
    WHERE observations.source = rejections.source AND observations.currency = rejections.currency
    AND observations.observed_at = rejections.observed_at
    AND observations.units_per_usd = rejections.units_per_usd::DECIMAL(18, 8)
    AND coalesce(observations.confirmed_by, observations.fetch_id) >= rejections.fetch_id
)
AND NOT EXISTS (
    FROM decisions
    WHERE decisions.source = rejections.source
    AND decisions.currency = rejections.currency AND decisions.observed_at = rejections.observed_at
    AND decisions.units_per_usd = rejections.units_per_usd::DECIMAL(18, 8)
    AND (decision = 'rejected' OR decision = 'withdrawn' AND decisions.fetch_id >= rejections.fetch_id)
);
COMMENT ON VIEW waiting IS 'Held figures that may still be confirmed: not yet accepted, not rejected by a person, and not replaced by another figure of their source';
COMMENT ON COLUMN waiting.fetch_id IS 'The fetch that brought it first';
COMMENT ON COLUMN waiting.source IS 'The name of the source';
COMMENT ON COLUMN waiting.currency IS 'ISO 4217 code';
COMMENT ON COLUMN waiting.observed_at IS 'What the document says the rate is for, UTC';
COMMENT ON COLUMN waiting.units_per_usd IS 'The digits as printed';
COMMENT ON COLUMN waiting.reason IS 'The reason, as a sentence';
COMMENT ON COLUMN waiting.held IS 'Always true';
COMMENT ON COLUMN waiting.rejection_id IS 'Its ID';
COMMENT ON COLUMN waiting.doubt IS 'The kind of doubt';
COMMENT ON COLUMN waiting.printed_step IS 'The change printed beside it in its document';
