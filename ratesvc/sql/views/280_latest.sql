CREATE OR REPLACE VIEW latest AS
WITH newest AS (
    SELECT
        source, base, quote, max(rates.observed_on) AS heard_on,
        max_by(
            {
                'observed_on': rates.observed_on, 'observed_at': observed_at, 'rate': rate,
                'inverse': inverse, 'computed': computed, 'seen_at': seen_at, 'sightings': sightings
            },
            rates.observed_on
        ) FILTER (NOT carried) AS last
    FROM rates GROUP BY source, base, quote
),
heard AS (
    SELECT source, base, quote, last, greatest(heard_on, held_on) AS heard_on
    FROM newest LEFT JOIN held_days USING (source, base, quote)
),
following AS (
    SELECT heard.source, base, quote, min(due_at) AS expected_next_at
    FROM heard JOIN calendar ON calendar.source = heard.source AND expected_on > heard_on
    GROUP BY ALL
)
SELECT
    source, base || '/' || quote AS pair, base, quote, last.observed_on AS observed_on, last.observed_at AS observed_at,
    last.rate AS rate, last.inverse AS inverse, last.computed AS computed, last.seen_at AS seen_at,
    last.sightings AS sightings, heard_on, expected_next_at,
    -- A peg is in force until it ends.
    CASE WHEN source = 'peg' THEN 'fresh' ELSE state_of(expected_next_at, now_utc) END AS state,
    stale_after(expected_next_at) AS stale_after
FROM heard
LEFT JOIN following USING (source, base, quote)
CROSS JOIN clock;
COMMENT ON VIEW latest IS 'The latest rate of each source and pair, and how fresh it is';
COMMENT ON COLUMN latest.source IS 'The name of the source';
COMMENT ON COLUMN latest.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN latest.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN latest.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN latest.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN latest.observed_at IS 'The time that the rate is for, UTC';
COMMENT ON COLUMN latest.rate IS 'Units of the quote for one of the base: the printed digits, or a cross rate of at most 12 digits';
COMMENT ON COLUMN latest.inverse IS 'Units of the base for one of the quote';
COMMENT ON COLUMN latest.computed IS 'Whether it is computed from two printed figures';
COMMENT ON COLUMN latest.seen_at IS 'When this service received it, UTC';
COMMENT ON COLUMN latest.sightings IS 'Number of sightings on the day';
COMMENT ON COLUMN latest.heard_on IS 'The latest day for which its source has printed a figure, including copies and held figures';
COMMENT ON COLUMN latest.expected_next_at IS 'When the next document, new or copy, is normally out, UTC; in the past if overdue; NULL for a peg';
COMMENT ON COLUMN latest.state IS 'Freshness: fresh; late (a newer rate is due); stale (overdue by two days); or dead (overdue by ten)';
COMMENT ON COLUMN latest.stale_after IS 'When it becomes stale unless a newer rate arrives, UTC; NULL for a peg';
