CREATE OR REPLACE VIEW waiting AS
FROM rejections
WHERE held
AND NOT EXISTS (
    FROM observations
    WHERE observations.source = rejections.source AND observations.base = rejections.base AND observations.quote = rejections.quote
    AND observations.observed_at = rejections.observed_at
    AND observations.rate = rejections.rate::DECIMAL(22, 13)
    AND coalesce(observations.confirmed_by, observations.fetch_id) >= rejections.fetch_id
)
AND NOT EXISTS (
    FROM decisions
    WHERE decisions.source = rejections.source
    AND decisions.base = rejections.base AND decisions.quote = rejections.quote AND decisions.observed_at = rejections.observed_at
    AND decisions.rate = rejections.rate::DECIMAL(22, 13)
    AND (decision = 'rejected' OR decision = 'withdrawn' AND decisions.fetch_id >= rejections.fetch_id)
);
COMMENT ON VIEW waiting IS 'Held figures that may still be confirmed: not yet accepted, not rejected by a person, and not replaced by another figure of their source';
COMMENT ON COLUMN waiting.fetch_id IS 'The fetch that brought it first';
COMMENT ON COLUMN waiting.source IS 'The name of the source';
COMMENT ON COLUMN waiting.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN waiting.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN waiting.observed_at IS 'What the document says the rate is for, UTC';
COMMENT ON COLUMN waiting.rate IS 'The digits as printed';
COMMENT ON COLUMN waiting.reason IS 'The reason, as a sentence';
COMMENT ON COLUMN waiting.held IS 'Always true';
COMMENT ON COLUMN waiting.rejection_id IS 'Its ID';
COMMENT ON COLUMN waiting.doubt IS 'The kind of doubt';
COMMENT ON COLUMN waiting.printed_step IS 'The change printed beside it in its document';
