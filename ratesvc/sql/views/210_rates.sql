CREATE OR REPLACE VIEW rates AS
SELECT
    source, base || '/' || quote AS pair, base, quote, observed_on, observed_at, close::DECIMAL(38, 13) AS rate,
    1 / close::DOUBLE AS inverse, is_computed(base, quote, kind, money) AS computed,
    seen_at, sightings, carried
FROM daily LEFT JOIN (FROM sources SELECT source, kind, money) USING (source)
UNION ALL
SELECT
    'peg', pair, base, quote, day::DATE, day, peg_rate, 1 / peg_rate::DOUBLE, false, NULL, 0, false
FROM
    pairs, clock,
    unnest(generate_series(peg_since::TIMESTAMP, least(now_utc, peg_until::TIMESTAMP), INTERVAL 1 DAY)) AS days(day)
WHERE peg_rate IS NOT NULL;
COMMENT ON VIEW rates IS 'One row per source, base, quote and day: the latest sighting. The source `peg` is an announced rate that applies every day, without a sighting';
COMMENT ON COLUMN rates.source IS 'The name of the source';
COMMENT ON COLUMN rates.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN rates.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN rates.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN rates.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN rates.observed_at IS 'The time that the rate is for, UTC';
COMMENT ON COLUMN rates.rate IS 'Units of the quote for one of the base: the printed digits, or a cross rate of at most 12 digits';
COMMENT ON COLUMN rates.inverse IS 'Units of the base for one of the quote';
COMMENT ON COLUMN rates.computed IS 'Whether it is computed from two printed figures, and not itself printed by its source';
COMMENT ON COLUMN rates.seen_at IS 'When this service received it, UTC; NULL for a peg';
COMMENT ON COLUMN rates.sightings IS 'Number of sightings on the day; 0 for a peg';
COMMENT ON COLUMN rates.carried IS 'Whether the source repeated its last rate because it sets none for this day';
