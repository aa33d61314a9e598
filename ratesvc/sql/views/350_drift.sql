-- The smallest gap between a source's rate and every other source that is on time, once all gaps exceed five percent in
-- the same direction: further than any of the five currencies moved within a week from 2023 to 2026.
CREATE OR REPLACE VIEW drift AS
SELECT
    base, quote, source, observed_on, rate, min_by(gaps.gap_shown, abs(gaps.gap_shown)) AS gap_shown,
    string_agg(other, ', ' ORDER BY other) AS others,
    quote || ' is ' || trimmed(abs(min_by(gaps.gap_shown, abs(gaps.gap_shown)))) || '% '
    || CASE WHEN min(gaps.gap_shown) < 0 THEN 'weaker' ELSE 'stronger' END
    || ' than by the rate of ' || string_agg(other, ', ' ORDER BY other) AS sentence,
    seen_at
FROM gaps CROSS JOIN clock
WHERE now_utc <= valid_until
GROUP BY base, quote, source, observed_on, rate, seen_at
HAVING bool_and(gaps.gap_shown > 5) OR bool_and(gaps.gap_shown < -5);
COMMENT ON VIEW drift IS 'Rates that differ from all other sources by more than five percent in the same direction';
COMMENT ON COLUMN drift.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN drift.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN drift.source IS 'The source of the rate';
COMMENT ON COLUMN drift.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN drift.rate IS 'The rate';
COMMENT ON COLUMN drift.gap_shown IS 'Gap to the nearest other source in percent; positive if one of the quote is worth more by this rate';
COMMENT ON COLUMN drift.others IS 'The other sources';
COMMENT ON COLUMN drift.sentence IS 'The gap, as a sentence';
COMMENT ON COLUMN drift.seen_at IS 'When this service received the rate, UTC';
