-- Events other than rate moves. A central bank that contradicts a peg is an event; a market rate that fluctuates around
-- it is not. Each contradiction has one row, at its start. Held figures are included, as not confirmed.
CREATE OR REPLACE VIEW events AS
WITH said AS (
    SELECT source, base, quote, observed_on, rate, seen_at, true AS confirmed FROM rates
    UNION ALL
    SELECT source, base, quote, observed_on, rate, seen_at, false FROM held
),
judged AS (
    SELECT
        said.*, title, peg_rate, base_unit,
        inverse_change_shown(peg_rate, rate) AS from_peg,
        abs(from_peg) > 1 AS contradicts
    FROM said
    JOIN pairs USING (base, quote)
    JOIN sources USING (source)
    WHERE sources.kind = 'official' AND source <> 'peg' AND observed_on >= peg_since
    AND observed_on <= coalesce(peg_until, DATE '9999-12-31')
),
base_units AS (FROM pairs SELECT DISTINCT base, base_unit AS unit),
contradictions AS (
    FROM judged
    QUALIFY contradicts AND NOT coalesce(
        lag(contradicts) OVER (PARTITION BY source, base, quote, confirmed ORDER BY observed_on), false
    )
)
SELECT
    observed_on, source, base, quote, 'peg contradicted' AS event, rate, from_peg, confirmed,
    title || ': ' || trimmed(rate) || ' ' || quote || ' per ' || base_unit || ', '
    || trimmed(abs(from_peg)) || ' % ' || CASE WHEN from_peg < 0 THEN 'weaker' ELSE 'stronger' END
    || ' than the peg of ' || trimmed(peg_rate)
    || CASE WHEN confirmed THEN '' ELSE '; held until another central bank agrees' END AS sentence,
    seen_at
FROM contradictions
UNION ALL
SELECT
    observed_at::DATE, source, base, quote, decision, rate, NULL, decision NOT IN ('rejected', 'withdrawn'),
    coalesce(title, source) || ': ' || trimmed(rate) || ' ' || quote || ' per ' || unit || ' for '
    || observed_at::DATE || CASE decision
        WHEN 'superseded' THEN ' was superseded: the bank went on with earlier days, so its date was wrong'
        WHEN 'withdrawn' THEN ' was not confirmed: the source has printed another figure for that moment'
        ELSE ' was ' || decision || ' by ' || decided_by || ': ' || reason
    END,
    decided_at
FROM decisions LEFT JOIN sources USING (source) LEFT JOIN base_units USING (base)
UNION ALL
SELECT
    observed_at::DATE, source, base, quote, 'alternating', rejections.rate::DECIMAL(22, 13), NULL, false,
    coalesce(title, source) || ', ' || base || '/' || quote || ': ' || reason, finished_at
FROM rejections JOIN fetches USING (fetch_id, source) LEFT JOIN sources USING (source)
WHERE doubt = 'alternating'
UNION ALL
SELECT
    drift.observed_on, source, base, quote, 'drift', drift.rate, NULL, true,
    coalesce(title, source) || ': ' || trimmed(drift.rate) || ' ' || quote || ' per ' || unit || '; '
    || sentence, seen_at
FROM drift JOIN (FROM headline SELECT source, base, quote) USING (source, base, quote)
LEFT JOIN sources USING (source) LEFT JOIN base_units USING (base)
ORDER BY observed_on, source;
COMMENT ON VIEW events IS 'Events other than rate moves: a central bank began to contradict a peg by more than one percent; a person accepted or rejected a figure; a future date turned out to be wrong; a held figure was withdrawn; two figures for one date alternate; a rate is far from all other sources';
COMMENT ON COLUMN events.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN events.source IS 'The source of the figure';
COMMENT ON COLUMN events.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN events.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN events.event IS 'The kind of event: peg contradicted, accepted, rejected, superseded, withdrawn, alternating or drift';
COMMENT ON COLUMN events.rate IS 'The source''s figure, units of the quote for one of the base';
COMMENT ON COLUMN events.from_peg IS 'Deviation of the quote from the peg in percent; negative when the currency is weaker; NULL for other events';
COMMENT ON COLUMN events.confirmed IS 'false: the figure is not in the series';
COMMENT ON COLUMN events.sentence IS 'The event, as a sentence';
COMMENT ON COLUMN events.seen_at IS 'When this service noticed it, UTC';
