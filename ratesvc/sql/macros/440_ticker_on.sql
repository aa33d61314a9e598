-- The rows of the ticker for a day of the past: of each currency's preferred source the last rate of the ten days
-- up to it, or of the other source where that has none. By the snapshots up to one; NULL: by all. A version of the
-- past preferred what it did then, official or market; NULL: as now.
CREATE OR REPLACE MACRO ticker_on(on_day, last_snapshot, preferred) AS TABLE
WITH known AS (
    FROM rates_by(last_snapshot) WHERE observed_on BETWEEN on_day::DATE - 20 AND on_day::DATE
),
shown AS (
    SELECT
        known.*, CASE WHEN source = official_source THEN 'official' ELSE 'market' END AS kind,
        kind <> CASE
            WHEN peg_units_per_usd IS NULL THEN coalesce(preferred, preferred_kind) ELSE preferred_kind
        END AS fallback  -- A peg comes first whatever is preferred.
    FROM known JOIN currencies USING (currency)
    WHERE source IN (official_source, market_source) AND observed_on >= on_day::DATE - 10 AND NOT carried
    QUALIFY row_number() OVER (PARTITION BY currency ORDER BY fallback, observed_on DESC) = 1
),
before AS (
    SELECT
        currency, max(known.observed_on) AS previous_on,
        max_by(known.units_per_usd, known.observed_on) AS previous_units
    FROM shown JOIN known USING (source, currency)
    -- As far as the period `previous` of `changes` reaches.
    WHERE known.observed_on BETWEEN shown.observed_on - 10 AND shown.observed_on - 1 AND NOT known.carried
    GROUP BY currency
)
SELECT
    position,
    currencies.currency || '/USD' AS pair,
    coalesce(usd_text(shown.units_per_usd, 5), '—') AS rate,
    coalesce(trimmed(change_shown(previous_units, shown.units_per_usd)) || '%', '—') AS change,
    ticker_text(pair, rate, change, NULL, NULL) AS text,
    usd_precise(shown.units_per_usd) AS rate_precise,
    1 / shown.units_per_usd::DOUBLE AS usd_per_unit,
    trimmed(shown.units_per_usd) AS units_per_usd,
    change_of(previous_units, shown.units_per_usd) AS change_pct,
    shown.observed_on, previous_on, shown.source, kind,
    coalesce(shown.source = 'peg', false) AS pegged,
    coalesce(fallback, false) AS fallback,
    false AS stale
FROM currencies
LEFT JOIN shown USING (currency)
LEFT JOIN before USING (currency)
ORDER BY position;
COMMENT ON MACRO TABLE ticker_on IS 'The rows of the ticker for a day of the past, from the snapshots up to one (NULL: all), with official or market rates first (NULL: as the service is set)';
