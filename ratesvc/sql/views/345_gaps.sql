-- The gaps between the latest rates of all sources of a pair; publishing keeps these rows.
CREATE OR REPLACE VIEW gaps AS
SELECT
    here.base, here.quote, here.source, here.observed_on, here.rate, here.seen_at, other.source AS other,
    inverse_change_shown(other.rate, here.rate) AS gap_shown,
    least(here.stale_after, other.stale_after) AS valid_until  -- That of a peg is NULL.
FROM newest_rates AS here
JOIN newest_rates AS other ON here.base = other.base AND here.quote = other.quote AND here.source <> other.source
WHERE here.source <> 'peg' AND here.stale_after IS NOT NULL AND (other.source = 'peg' OR other.stale_after IS NOT NULL)
AND abs(other.observed_on - here.observed_on) <= 4;
COMMENT ON VIEW gaps IS 'The gap between the latest rate of a source and that of each other source of the pair, at most four days apart; drift has those that are large';
COMMENT ON COLUMN gaps.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN gaps.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN gaps.source IS 'The source of the rate';
COMMENT ON COLUMN gaps.observed_on IS 'The day of the rate';
COMMENT ON COLUMN gaps.rate IS 'The rate';
COMMENT ON COLUMN gaps.seen_at IS 'When this service received the rate, UTC';
COMMENT ON COLUMN gaps.other IS 'The other source';
COMMENT ON COLUMN gaps.gap_shown IS 'The gap in percent; positive if one of the quote is worth more by this rate than by that of the other source';
COMMENT ON COLUMN gaps.valid_until IS 'When the first of the two rates becomes stale, UTC';
