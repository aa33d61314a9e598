-- Units of each listed quote currency for one unit of the base, at each side's rate in force on a day or, without a day,
-- at its latest rate, however old. The US dollar is one of the currencies, at 1. `printed_on` is the older of the days
-- of the two rates; a peg applies every day, so it does not count.
CREATE OR REPLACE MACRO cross_on(of_base, of_quotes, on_day, of_source := NULL, of_kind := NULL) AS TABLE
WITH side AS (
    SELECT currency, source, observed_on AS units_on, units_per_usd AS units
    FROM in_force(coalesce(on_day, DATE '0001-02-01'), coalesce(on_day, DATE '0001-02-01'), of_source := of_source, of_kind := of_kind)
    UNION ALL
    SELECT latest.currency, latest.source, latest.observed_on, latest.units_per_usd
    FROM latest JOIN headline USING (currency) JOIN currencies USING (currency)
    WHERE on_day IS NULL
    AND latest.source = coalesce(
        of_source, source_of(of_kind, official_source, market_source), headline.source
    )
    AND (of_kind IS NULL OR latest.source = source_of(of_kind, official_source, market_source))
    UNION ALL
    SELECT 'USD', NULL, NULL, 1::DECIMAL(18, 8)
)
SELECT
    base.source AS base_source, base.units_on AS base_on, base.units AS base_units,
    quote.currency AS quote, quote.source AS quote_source, quote.units_on AS quote_on, quote.units AS quote_units,
    least(
        CASE WHEN base.source <> 'peg' THEN base_on END, CASE WHEN quote.source <> 'peg' THEN quote_on END
    ) AS printed_on,
    coalesce(printed_on, quote_on, base_on) AS observed_on,
    quote_units::DOUBLE / base_units::DOUBLE AS rate
FROM side AS base, side AS quote
WHERE base.currency = of_base AND list_contains(of_quotes, quote.currency)
ORDER BY quote;
COMMENT ON MACRO TABLE cross_on IS 'Units of each listed quote currency for one unit of the base, at the rates in force on a day (NULL: the latest): of the headline, of_source or of_kind';
