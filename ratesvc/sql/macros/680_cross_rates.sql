-- Units of each listed quote for one of the base, for each day in a range for which a rate of the pair was published. A
-- pair that is collected has its own rates, in either direction. Any other is crossed through the dollar, as in
-- `cross_on`: on the days on which either side was published, at the rates in force.
CREATE OR REPLACE MACRO cross_rates(of_base, of_quotes, first_day, last_day, of_source := NULL, of_kind := NULL) AS TABLE
WITH known AS MATERIALIZED (
    FROM in_force(first_day, last_day, of_source := of_source, of_kind := of_kind)
    WHERE base = of_base OR quote = of_base OR base = 'USD' AND list_contains(of_quotes, quote)
),
legs AS (
    SELECT
        quote, day, NULL AS base_source, NULL::DATE AS base_on, 1::DECIMAL(38, 13) AS base_rate, source AS quote_source,
        rate AS quote_rate, computed
    FROM known WHERE base = of_base AND list_contains(of_quotes, quote) AND observed_on = day
    UNION ALL
    SELECT base, day, source, observed_on, rate, NULL, 1, computed
    FROM known WHERE quote = of_base AND list_contains(of_quotes, base) AND observed_on = day
    UNION ALL
    SELECT
        wanted.quote, wanted.day, start.source, start.observed_on, start.rate, wanted.source, wanted.rate, true
    FROM known AS wanted JOIN known AS start USING (day)
    WHERE start.base = 'USD' AND start.quote = of_base
    AND wanted.base = 'USD' AND wanted.quote <> of_base AND list_contains(of_quotes, wanted.quote)
    -- A peg applies every day, so it adds no days.
    AND (
        wanted.observed_on = day AND wanted.source <> 'peg'
        OR start.observed_on = day AND start.source <> 'peg'
    )
    AND NOT EXISTS (
        FROM pairs
        WHERE pairs.base = of_base AND pairs.quote = wanted.quote
        OR pairs.base = wanted.quote AND pairs.quote = of_base
    )
)
SELECT
    quote, day AS observed_on, base_on, quote_source, base_source, quote_rate, base_rate,
    quote_rate::DOUBLE / base_rate::DOUBLE AS rate, computed
FROM legs
ORDER BY day, quote;
COMMENT ON MACRO TABLE cross_rates IS 'Units of each listed quote currency for one unit of the base, day by day: of each day''s headline, of_source or of_kind';
