CREATE OR REPLACE VIEW latest AS
WITH newest AS (
    SELECT
        source, currency, max(rates.observed_on) AS heard_on,
        max_by(
            {
                'observed_on': rates.observed_on, 'observed_at': observed_at, 'units_per_usd': units_per_usd,
                'usd_per_unit': usd_per_unit, 'seen_at': seen_at, 'sightings': sightings
            },
            rates.observed_on
        ) FILTER (NOT carried) AS rate
    FROM rates GROUP BY source, currency
),
heard AS (
    SELECT source, currency, rate, greatest(heard_on, held_on) AS heard_on
    FROM newest LEFT JOIN held_days USING (source, currency)
),
following AS (
    SELECT heard.source, currency, min(due_at) AS expected_next_at
    FROM heard JOIN calendar ON calendar.source = heard.source AND expected_on > heard_on
    GROUP BY ALL
)
SELECT
    source, currency, rate.observed_on AS observed_on, rate.observed_at AS observed_at,
    rate.units_per_usd AS units_per_usd, rate.usd_per_unit AS usd_per_unit, rate.seen_at AS seen_at,
    rate.sightings AS sightings, heard_on, expected_next_at,
    -- A peg is in force until it ends.
    CASE WHEN source = 'peg' THEN 'fresh' ELSE state_of(expected_next_at, now_utc) END AS state,
    stale_after(expected_next_at) AS stale_after
FROM heard
LEFT JOIN following USING (source, currency)
CROSS JOIN clock;
COMMENT ON VIEW latest IS 'The latest rate of each source and currency, and how fresh it is';
COMMENT ON COLUMN latest.source IS 'The name of the source';
COMMENT ON COLUMN latest.currency IS 'ISO 4217 code';
COMMENT ON COLUMN latest.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN latest.observed_at IS 'The time that the rate is for, UTC';
COMMENT ON COLUMN latest.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN latest.usd_per_unit IS 'US dollars per unit';
COMMENT ON COLUMN latest.seen_at IS 'When this service received it, UTC';
COMMENT ON COLUMN latest.sightings IS 'Number of sightings on the day';
COMMENT ON COLUMN latest.heard_on IS 'The latest day for which its source has printed a figure, including copies and held figures';
COMMENT ON COLUMN latest.expected_next_at IS 'When the next document, new or copy, is normally out, UTC; in the past if overdue; NULL for a peg';
COMMENT ON COLUMN latest.state IS 'Freshness: fresh; late (a newer rate is due); stale (overdue by two days); or dead (overdue by ten)';
COMMENT ON COLUMN latest.stale_after IS 'When it becomes stale unless a newer rate arrives, UTC; NULL for a peg';
