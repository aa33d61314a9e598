-- The smallest gap between a source's rate and every other source that is on time, once all gaps exceed five percent in
-- the same direction: further than any of the five currencies moved within a week from 2023 to 2026.
CREATE OR REPLACE VIEW drift AS
WITH gaps AS (
    SELECT
        here.currency, here.source, here.observed_on, here.units_per_usd, here.seen_at, other.source AS other,
        change_shown(other.units_per_usd, here.units_per_usd) AS gap
    FROM latest AS here JOIN latest AS other ON here.currency = other.currency AND here.source <> other.source
    WHERE here.state IN ('fresh', 'late') AND other.state IN ('fresh', 'late') AND here.source <> 'peg'
    AND abs(other.observed_on - here.observed_on) <= 4
)
SELECT
    currency, source, observed_on, units_per_usd, min_by(gap, abs(gap)) AS gap_shown,
    string_agg(other, ', ' ORDER BY other) AS others,
    trimmed(abs(min_by(gap, abs(gap)))) || '% ' || CASE WHEN min(gap) < 0 THEN 'weaker' ELSE 'stronger' END
    || ' than the rate of ' || string_agg(other, ', ' ORDER BY other) AS sentence,
    seen_at
FROM gaps
GROUP BY currency, source, observed_on, units_per_usd, seen_at
HAVING bool_and(gap > 5) OR bool_and(gap < -5);
COMMENT ON VIEW drift IS 'Rates that differ from all other sources by more than five percent in the same direction';
COMMENT ON COLUMN drift.currency IS 'ISO 4217 code';
COMMENT ON COLUMN drift.source IS 'The source of the rate';
COMMENT ON COLUMN drift.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN drift.units_per_usd IS 'Units per US dollar';
COMMENT ON COLUMN drift.gap_shown IS 'Gap to the nearest other source in percent; positive if a unit is worth more dollars by this rate';
COMMENT ON COLUMN drift.others IS 'The other sources';
COMMENT ON COLUMN drift.sentence IS 'The gap, as a sentence';
COMMENT ON COLUMN drift.seen_at IS 'When this service received the rate, UTC';
