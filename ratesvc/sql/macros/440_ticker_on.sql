-- The rows of the ticker for a past day: the last rate within reach of the day from each currency's preferred source, or
-- from the other source if that has none.
CREATE OR REPLACE MACRO ticker_on(on_day) AS TABLE
WITH known AS (
    FROM rates WHERE observed_on BETWEEN on_day::DATE - 2 * reach() AND on_day::DATE AND NOT carried
),
shown AS (
    SELECT
        known.*, kind_of(source, official_source, market_source) AS kind, kind <> preferred_kind AS fallback
    FROM known JOIN currencies USING (currency)
    WHERE source IN (official_source, market_source) AND observed_on >= on_day::DATE - reach()
    QUALIFY row_number() OVER (PARTITION BY currency ORDER BY fallback, observed_on DESC) = 1
),
before AS (
    SELECT
        currency, max(known.observed_on) AS previous_on,
        max_by(known.units_per_usd, known.observed_on) AS previous_units
    FROM shown JOIN known USING (source, currency)
    -- As far as the period `previous` of `changes` reaches.
    WHERE known.observed_on BETWEEN shown.observed_on - reach() AND shown.observed_on - 1
    GROUP BY currency
)
SELECT
    position, unnest(line), observed_on, previous_on, source, kind, coalesce(source = 'peg', false) AS pegged,
    coalesce(fallback, false) AS fallback, false AS stale
FROM (
    SELECT
        position, shown.*, previous_on,
        ticker_row(currencies.currency, shown.units_per_usd, previous_units, NULL, NULL) AS line
    FROM currencies
    LEFT JOIN shown USING (currency)
    LEFT JOIN before USING (currency)
)
ORDER BY position;
COMMENT ON MACRO TABLE ticker_on IS 'The rows of the ticker for a past day';
