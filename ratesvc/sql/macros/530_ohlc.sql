-- The first, highest, lowest and last rate of each day, week or month of every source and currency. Highest is most
-- units per dollar, when the currency was weakest. A peg has one rate a day, without a sighting.
CREATE OR REPLACE MACRO ohlc(grain) AS TABLE
SELECT
    source, currency, date_trunc(grain, observed_on)::DATE AS since, max(observed_on) AS observed_on,
    min_by(open, observed_on) AS open, max(high) AS high, min(low) AS low, max_by(close, observed_on) AS close,
    count(*) AS days, sum(sightings)::BIGINT AS sightings, bool_and(carried) AS carried
FROM (
    FROM daily SELECT source, currency, observed_on, open, high, low, close, sightings, carried
    UNION ALL
    FROM rates SELECT source, currency, observed_on, units_per_usd, units_per_usd, units_per_usd, units_per_usd, 0, false
    WHERE source = 'peg'
)
GROUP BY source, currency, since;
COMMENT ON MACRO TABLE ohlc IS 'The first, highest, lowest and last units per US dollar of each ''day'', ''week'' or ''month'' of every source and currency';
