CREATE OR REPLACE VIEW rates AS
SELECT
    source, currency, observed_on, observed_at, close::DECIMAL(38, 10) AS units_per_usd,
    1 / close::DOUBLE AS usd_per_unit, seen_at, sightings, carried
FROM daily
UNION ALL
SELECT
    'peg', currency, day::DATE, day, peg_units_per_usd,
    1 / peg_units_per_usd::DOUBLE, NULL, 0, false
FROM
    currencies, clock,
    unnest(generate_series(peg_since::TIMESTAMP, least(now_utc, peg_until::TIMESTAMP), INTERVAL 1 DAY)) AS days(day)
WHERE peg_units_per_usd IS NOT NULL;
COMMENT ON VIEW rates IS 'One row per source, currency and day: the latest sighting. The source `peg` is an announced rate that applies every day, without a sighting';
COMMENT ON COLUMN rates.source IS 'The name of the source';
COMMENT ON COLUMN rates.currency IS 'ISO 4217 code';
COMMENT ON COLUMN rates.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN rates.observed_at IS 'The time that the rate is for, UTC';
COMMENT ON COLUMN rates.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN rates.usd_per_unit IS 'US dollars per unit, the direction of the ticker';
COMMENT ON COLUMN rates.seen_at IS 'When this service received it, UTC; NULL for a peg';
COMMENT ON COLUMN rates.sightings IS 'Number of sightings on the day; 0 for a peg';
COMMENT ON COLUMN rates.carried IS 'Whether the source repeated its last rate because it sets none for this day';
