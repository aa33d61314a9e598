-- The last rate within reach for each pair and day: of the preferred kind, or of the other kind if that has none.
-- It depends only on rates for that day and before, never on later ones.
CREATE OR REPLACE MACRO in_force(first_day, last_day, of_source := NULL, of_kind := NULL) AS TABLE
WITH spoken AS (
    SELECT
        rates.*,
        kind_of(source, official_source, market_source) AS kind,
        kind <> preferred_kind AS fallback,
        coalesce(of_source, of_kind) IS NULL AND fallback AS second_choice,
        -- Until the next rate, within reach; for a peg, not beyond its end.
        least(
            lead(observed_on) OVER (PARTITION BY base, quote, second_choice ORDER BY observed_on) - 1, observed_on + reach(),
            last_day::DATE, CASE source WHEN 'peg' THEN peg_until END
        ) AS until_on
    FROM rates JOIN pairs USING (base, quote)
    WHERE observed_on BETWEEN first_day::DATE - reach() AND last_day::DATE
    AND CASE
        WHEN of_source IS NOT NULL THEN source = of_source AND (of_kind IS NULL OR kind = of_kind)
        WHEN of_kind IS NOT NULL THEN kind = of_kind
        ELSE kind <> 'other'
    END
),
days AS (
    SELECT
        unnest(generate_series(greatest(observed_on, first_day::DATE), until_on, INTERVAL 1 DAY))::DATE AS day,
        pair, base, quote, source, kind, fallback, observed_on, rate, inverse, computed, seen_at, second_choice
    FROM spoken
)
SELECT * EXCLUDE (second_choice)
FROM days
QUALIFY NOT second_choice OR count(*) OVER (PARTITION BY base, quote, day) = 1
ORDER BY base, quote, day;
COMMENT ON MACRO TABLE in_force IS 'The rates in force from one day to another: of the headline, as in headline_daily, or of one source (of_source) or one kind (of_kind: official or market)';
