CREATE OR REPLACE VIEW headline AS
SELECT
    pair, base, quote, source,
    kind_of(source, official_source, market_source) AS kind,
    kind <> preferred_kind AS fallback,
    CASE
        WHEN source = 'peg' THEN
            'pegged at ' || trimmed(peg_rate) || ' per ' || base_unit || ' since ' || peg_since || ', ' || peg_authority
        WHEN kind = preferred_kind THEN 'the ' || kind || ' rate'
        ELSE kind || ' rate: ' || coalesce(title, 'the ' || preferred_kind || ' source')
        || CASE
            WHEN title IS NULL OR NOT collected THEN ' is not collected here'
            WHEN preferred_on IS NULL THEN ' has not answered yet'
            ELSE ': we have received nothing newer than ' || preferred_on
        END
    END AS reason,
    observed_on, observed_at, rate, inverse, computed, seen_at, state, stale_after
FROM (
    SELECT
        latest.*, pairs.* EXCLUDE (pair, base, quote), now_utc,
        source_of(preferred_kind, official_source, market_source) AS preferred_source,
        max(CASE source WHEN preferred_source THEN observed_on END) OVER (PARTITION BY base, quote) AS preferred_on
    FROM latest JOIN pairs USING (base, quote) CROSS JOIN clock
) AS known
LEFT JOIN (FROM sources SELECT source AS preferred_source, title, collected) USING (preferred_source)
WHERE source IN (official_source, market_source) AND NOT (source = 'peg' AND coalesce(peg_until < now_utc::DATE, false))
-- As in `headline_daily`: the preferred kind while its rate is within reach of today, else the other kind; if
-- neither is within reach, the latest rate.
QUALIFY row_number() OVER (
    PARTITION BY base, quote
    ORDER BY heard_on < now_utc::DATE - reach(), CASE WHEN heard_on < now_utc::DATE - reach() THEN observed_at END DESC,
    kind <> preferred_kind
) = 1;
COMMENT ON VIEW headline IS 'The headline rate of each pair: its source, the kind of source, and why it was selected';
COMMENT ON COLUMN headline.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN headline.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN headline.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN headline.source IS 'The selected source';
COMMENT ON COLUMN headline.kind IS 'official or market';
COMMENT ON COLUMN headline.fallback IS 'Whether it replaces the preferred kind';
COMMENT ON COLUMN headline.reason IS 'Why this source was selected';
COMMENT ON COLUMN headline.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN headline.observed_at IS 'The time that the rate is for, UTC';
COMMENT ON COLUMN headline.rate IS 'Units of the quote for one of the base: the printed digits, or a cross rate of at most 12 digits';
COMMENT ON COLUMN headline.inverse IS 'Units of the base for one of the quote';
COMMENT ON COLUMN headline.computed IS 'Whether it is computed from two printed figures';
COMMENT ON COLUMN headline.seen_at IS 'When this service received it, UTC';
COMMENT ON COLUMN headline.state IS 'fresh, late, stale or dead';
COMMENT ON COLUMN headline.stale_after IS 'When it becomes stale unless a newer rate arrives, UTC; NULL for a peg';
