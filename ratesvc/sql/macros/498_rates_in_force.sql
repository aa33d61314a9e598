-- The pair itself in either direction or, if no source prints it, its two legs through the dollar, as in `rate_on`.
CREATE OR REPLACE MACRO rates_in_force(of_base, of_quote, first_day, last_day, of_source := NULL, of_kind := NULL) AS TABLE
WITH direct AS (
    FROM pairs WHERE base = of_base AND quote = of_quote OR base = of_quote AND quote = of_base
),
legs AS (
    FROM direct
    UNION ALL
    FROM pairs
    WHERE base = 'USD' AND of_base <> 'USD' AND of_quote <> 'USD' AND of_base <> of_quote AND quote IN (of_base, of_quote)
    AND NOT EXISTS (FROM direct)
),
-- All rates that may be in force, for the reason why none is.
spoken AS (
    SELECT rates.pair, rates.source, observed_on, min(observed_on) OVER (PARTITION BY rates.pair) AS first_on
    FROM rates JOIN legs USING (base, quote)
    WHERE is_selected(source, official_source, market_source, of_source, of_kind)
),
known AS (
    FROM in_force(first_day, last_day, of_source := of_source, of_kind := of_kind)
    WHERE base IN (of_base, of_quote, 'USD') AND quote IN (of_base, of_quote)
),
days AS (SELECT unnest(generate_series(first_day::DATE, last_day::DATE, INTERVAL 1 DAY))::DATE AS day),
leg_days AS (
    SELECT
        day, legs.base, legs.quote, known.rate, known.observed_on, known.source, known.kind, known.computed,
        CASE
            WHEN known.rate IS NOT NULL THEN NULL
            WHEN of_source <> source_of(of_kind, official_source, market_source)
                THEN of_source || ' is no ' || of_kind || ' source of ' || legs.pair
            WHEN of_source IS NOT NULL AND first_on IS NULL THEN of_source || ' has no rate of ' || legs.pair
            WHEN of_kind IS NOT NULL AND source_of(of_kind, official_source, market_source) IS NULL
                THEN 'no ' || of_kind || ' rate of ' || legs.pair || ' is collected'
            WHEN first_on IS NULL THEN 'there is no rate of ' || legs.pair || ' yet'
            WHEN day < first_on THEN 'the first rate of ' || legs.pair || ' is for ' || first_on
            WHEN before.source = 'peg' AND day > peg_until THEN 'the peg of ' || legs.pair || ' ended on ' || peg_until
            ELSE 'no rate of ' || legs.pair || ' for ' || day || ' or the ' || reach() || ' days before; the last one is for '
                || before.observed_on
        END AS reason
    FROM days CROSS JOIN legs
    LEFT JOIN (FROM spoken SELECT DISTINCT pair, first_on) AS first USING (pair)
    LEFT JOIN known USING (pair, day)
    ASOF LEFT JOIN (FROM spoken SELECT pair, observed_on, max(source) AS source GROUP BY ALL) AS before
        ON before.pair = legs.pair AND days.day >= before.observed_on
),
answers AS (
    SELECT
        day,
        CASE
            WHEN of_base = of_quote THEN 1::DECIMAL(38, 16)
            WHEN NOT EXISTS (FROM direct)
                THEN quotient(max(rate) FILTER (quote = of_quote), max(rate) FILTER (quote = of_base))
            ELSE as_written(any_value(rate), any_value(base <> of_base))
        END AS rate,
        min(observed_on) AS observed_on,
        CASE WHEN min(source) = max(source) THEN min(source) ELSE string_agg(source, ', ' ORDER BY quote <> of_base) END
            AS source,
        CASE WHEN min(kind) = max(kind) THEN min(kind) ELSE string_agg(kind, ', ' ORDER BY quote <> of_base) END AS kind,
        of_base <> of_quote AND (NOT EXISTS (FROM direct) OR bool_or(computed)) AS computed,
        min(reason) AS reason,
        count(quote) AS legs
    FROM days LEFT JOIN leg_days USING (day)
    GROUP BY day
)
SELECT
    day, of_base AS base, of_quote AS quote, rate,
    CASE WHEN rate IS NOT NULL THEN observed_on END AS observed_on,
    CASE WHEN rate IS NOT NULL THEN source END AS source,
    CASE WHEN rate IS NOT NULL THEN kind END AS kind,
    CASE WHEN rate IS NOT NULL THEN computed END AS computed,
    CASE
        WHEN rate IS NOT NULL THEN NULL
        WHEN of_source IS NOT NULL AND NOT EXISTS (FROM sources WHERE sources.source = of_source)
            THEN 'there is no source ' || of_source
        WHEN of_kind NOT IN ('official', 'market')
            THEN 'a kind is official or market, not ' || of_kind
        WHEN legs = 0 OR legs = 1 AND NOT EXISTS (FROM direct)
            THEN coalesce(of_base, 'NULL') || '/' || coalesce(of_quote, 'NULL') || ' is not collected'
        ELSE reason
    END AS reason
FROM answers
ORDER BY day;
COMMENT ON MACRO TABLE rates_in_force IS 'A row for each calendar day between two days, so that a ledger can be joined on the day: the rate in force (as `rate_on`), the day it was published for, its source and kind (two, that of the base first, where a rate is crossed through the dollar and they differ) and whether it is computed; where there is none, rate is NULL and reason says why';
