-- Units of a quote currency for one unit of the base, for each day in a range for which the quote was published (for
-- USD as quote: the base). The base's rate is the one in force on that day. The US dollar is one of the currencies.
CREATE OR REPLACE MACRO cross_rates(of_base, of_quotes, first_day, last_day, of_source := NULL, of_kind := NULL) AS TABLE
WITH known AS (
    FROM in_force(first_day, last_day, of_source := of_source, of_kind := of_kind)
    WHERE currency = of_base OR list_contains(of_quotes, currency)
),
wanted AS (
    SELECT currency AS quote, day, units_per_usd, source FROM known
    WHERE currency <> of_base AND observed_on = day
    UNION ALL
    SELECT 'USD', day, 1, source FROM known
    WHERE currency = of_base AND list_contains(of_quotes, 'USD') AND observed_on = day
),
base AS (
    SELECT day, units_per_usd, source, observed_on AS base_on FROM known WHERE currency = of_base
    UNION ALL
    SELECT DISTINCT day, 1, NULL, NULL::DATE FROM wanted WHERE of_base = 'USD'
)
SELECT
    wanted.quote, wanted.day AS observed_on, base.base_on, wanted.source AS quote_source, base.source AS base_source,
    wanted.units_per_usd AS quote_units, base.units_per_usd AS base_units,
    wanted.units_per_usd::DOUBLE / base.units_per_usd::DOUBLE AS rate
FROM wanted JOIN base USING (day)
-- A peg applies every day, so it adds no days on which the base was not published.
WHERE wanted.source <> 'peg' OR base.base_on IS NULL OR base.base_on = wanted.day
ORDER BY wanted.day, wanted.quote;
COMMENT ON MACRO TABLE cross_rates IS 'Units of each listed quote currency for one unit of the base, day by day: of each day''s headline, of_source or of_kind';
