-- The last rate within reach of the day from each pair's preferred source, or from the other source if that has none.
CREATE OR REPLACE MACRO all_pairs_on(on_day) AS TABLE
WITH known AS (
    FROM rates WHERE observed_on BETWEEN on_day::DATE - 2 * reach() AND on_day::DATE AND NOT carried
),
shown AS (
    SELECT
        known.*, kind_of(source, official_source, market_source) AS kind, kind <> preferred_kind AS fallback
    FROM known JOIN pairs USING (base, quote)
    WHERE source IN (official_source, market_source) AND observed_on >= on_day::DATE - reach()
    QUALIFY row_number() OVER (PARTITION BY base, quote ORDER BY fallback, observed_on DESC) = 1
),
before AS (
    SELECT
        base, quote, max(known.observed_on) AS previous_on,
        max_by(known.rate, known.observed_on) AS previous_rate
    FROM shown JOIN known USING (source, base, quote)
    -- As far as the period `previous` of `changes` reaches.
    WHERE known.observed_on BETWEEN shown.observed_on - reach() AND shown.observed_on - 1
    GROUP BY base, quote
),
pair AS (
    SELECT
        position, in_ticker, pairs.base, pairs.quote, shown.rate, previous_rate, observed_on, previous_on, source, kind,
        fallback, computed
    FROM pairs
    LEFT JOIN shown USING (base, quote)
    LEFT JOIN before USING (base, quote)
),
written AS (
    SELECT *, inverted(base, quote, rate, previous_rate) AS line FROM pair
    UNION ALL
    SELECT
        * REPLACE (position + (SELECT count(*) FROM pairs) AS position, false AS in_ticker),
        as_printed(base, quote, rate, previous_rate)
    FROM pair
)
SELECT
    position, line.base || '/' || line.quote AS pair,
    coalesce(line.rate, '—') AS rate, coalesce(line.change, '—') AS change,
    line.base || '/' || line.quote || ' = ' || coalesce(line.rate, '—') || ' ' || coalesce(line.change, '—') AS text,
    line.rate_precise AS rate_precise, line.value AS value, line.printed AS printed, line.change_pct AS change_pct,
    observed_on, previous_on, source, kind, coalesce(source = 'peg', false) AS pegged,
    coalesce(fallback, false) AS fallback, false AS stale,
    line.base AS base, line.quote AS quote, line.inverted AS inverted, coalesce(computed, false) AS computed,
    trimmed(previous_rate) AS previous_printed, in_ticker
FROM written
ORDER BY position;
COMMENT ON MACRO TABLE all_pairs_on IS 'The rows of all_pairs for a past day';
