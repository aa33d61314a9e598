-- The smallest gap between a source's rate and every other source that is on time, once all gaps exceed five percent in
-- the same direction: further than any of the five currencies moved within a week from 2023 to 2026.
CREATE OR REPLACE VIEW drift AS
WITH gaps AS (
    SELECT
        here.base, here.quote, here.source, here.observed_on, here.rate, here.seen_at, other.source AS other,
        inverse_change_shown(other.rate, here.rate) AS gap
    FROM latest AS here JOIN latest AS other ON here.base = other.base AND here.quote = other.quote AND here.source <> other.source
    WHERE here.state IN ('fresh', 'late') AND other.state IN ('fresh', 'late') AND here.source <> 'peg'
    AND abs(other.observed_on - here.observed_on) <= 4
)
SELECT
    base, quote, source, observed_on, rate, min_by(gap, abs(gap)) AS gap_shown,
    string_agg(other, ', ' ORDER BY other) AS others,
    trimmed(abs(min_by(gap, abs(gap)))) || '% ' || CASE WHEN min(gap) < 0 THEN 'weaker' ELSE 'stronger' END
    || ' than the rate of ' || string_agg(other, ', ' ORDER BY other) AS sentence,
    seen_at
FROM gaps
GROUP BY base, quote, source, observed_on, rate, seen_at
HAVING bool_and(gap > 5) OR bool_and(gap < -5);
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
