-- Units of each listed quote for one of the base, at the rates in force on a day or, without a day, at the latest ones,
-- however old. A pair that is collected has its own rate, in either direction. Any other is crossed through the dollar,
-- each side at its own last rate: `base_rate` and `quote_rate` are then units per dollar; else one of them is 1.
-- `printed_on` is the older of the days of the two rates; a peg applies every day, so it does not count.
CREATE OR REPLACE MACRO cross_on(of_base, of_quotes, on_day, of_source := NULL, of_kind := NULL) AS TABLE
WITH shown AS MATERIALIZED (
    SELECT base, quote, source, computed, observed_on AS rate_on, rate
    FROM in_force(coalesce(on_day, DATE '0001-02-01'), coalesce(on_day, DATE '0001-02-01'), of_source := of_source, of_kind := of_kind)
    UNION ALL
    SELECT latest.base, latest.quote, latest.source, latest.computed, latest.observed_on, latest.rate
    FROM latest JOIN headline USING (base, quote) JOIN pairs USING (base, quote)
    WHERE on_day IS NULL
    AND latest.source = coalesce(
        of_source, source_of(of_kind, official_source, market_source), headline.source
    )
    AND (of_kind IS NULL OR latest.source = source_of(of_kind, official_source, market_source))
),
legs AS (
    SELECT
        quote, NULL AS base_source, NULL::DATE AS base_on, 1::DECIMAL(38, 13) AS base_rate,
        source AS quote_source, rate_on AS quote_on, rate AS quote_rate, computed
    FROM shown WHERE base = of_base AND list_contains(of_quotes, quote)
    UNION ALL
    SELECT base, source, rate_on, rate, NULL, NULL, 1, computed
    FROM shown WHERE quote = of_base AND list_contains(of_quotes, base)
    UNION ALL
    SELECT to_quote.quote, to_base.source, to_base.rate_on, to_base.rate, to_quote.source, to_quote.rate_on, to_quote.rate, true
    FROM shown AS to_base, shown AS to_quote
    WHERE to_base.base = 'USD' AND to_base.quote = of_base
    AND to_quote.base = 'USD' AND to_quote.quote <> of_base AND list_contains(of_quotes, to_quote.quote)
    AND NOT EXISTS (
        FROM pairs
        WHERE pairs.base = of_base AND pairs.quote = to_quote.quote
        OR pairs.base = to_quote.quote AND pairs.quote = of_base
    )
)
SELECT
    base_source, base_on, base_rate, quote, quote_source, quote_on, quote_rate,
    least(
        CASE WHEN base_source <> 'peg' THEN base_on END, CASE WHEN quote_source <> 'peg' THEN quote_on END
    ) AS printed_on,
    coalesce(printed_on, quote_on, base_on) AS observed_on,
    quote_rate::DOUBLE / base_rate::DOUBLE AS rate, computed
FROM legs
ORDER BY quote;
COMMENT ON MACRO TABLE cross_on IS 'Units of each listed quote currency for one unit of the base, at the rates in force on a day (NULL: the latest): of the headline, of_source or of_kind';
