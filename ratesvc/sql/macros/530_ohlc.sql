-- The first, highest, lowest and last rate of each day, week or month of every source and pair. Highest is most
-- units for one of the base, when the quote was weakest. A peg has one rate a day, without a sighting.
CREATE OR REPLACE MACRO ohlc(grain) AS TABLE
SELECT
    source, base, quote, date_trunc(grain, observed_on)::DATE AS since, max(observed_on) AS observed_on,
    min_by(open, observed_on) AS open, max(high) AS high, min(low) AS low, max_by(close, observed_on) AS close,
    count(*) AS days, any_value(computed) AS computed, sum(sightings)::BIGINT AS sightings, bool_and(carried) AS carried
FROM (
    FROM daily LEFT JOIN (FROM sources SELECT source, kind, money) USING (source)
    SELECT
        source, base, quote, observed_on, open, high, low, close, sightings, carried,
        is_computed(base, quote, kind, money) AS computed
    UNION ALL
    FROM rates SELECT source, base, quote, observed_on, rate, rate, rate, rate, 0, false, false
    WHERE source = 'peg'
)
GROUP BY source, base, quote, since;
COMMENT ON MACRO TABLE ohlc IS 'The first, highest, lowest and last rate of each ''day'', ''week'' or ''month'' of every source and pair';
