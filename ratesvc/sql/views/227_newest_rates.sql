-- What every reader asks, but for what depends on the time: publishing keeps the rows of this view, so that they are
-- computed once for a version. A peg is in force every day; its row is as of the publication.
CREATE OR REPLACE VIEW newest_rates AS
WITH newest AS (
    SELECT
        source, base, quote, max(rates.observed_on) AS last_on,
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
    SELECT source, base, quote, last, greatest(last_on, held_on) AS heard_on
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
    last.sightings AS sightings, heard_on, expected_next_at, stale_after(expected_next_at) AS stale_after
FROM heard
LEFT JOIN following USING (source, base, quote);
COMMENT ON VIEW newest_rates IS 'The latest rate of each source and pair; latest adds how fresh it is';
COMMENT ON COLUMN newest_rates.source IS 'The name of the source';
COMMENT ON COLUMN newest_rates.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN newest_rates.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN newest_rates.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN newest_rates.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN newest_rates.observed_at IS 'The time that the rate is for, UTC';
COMMENT ON COLUMN newest_rates.rate IS 'Units of the quote for one of the base: the printed digits, or a cross rate of at most 12 digits';
COMMENT ON COLUMN newest_rates.inverse IS 'Units of the base for one of the quote';
COMMENT ON COLUMN newest_rates.computed IS 'Whether it is computed from two printed figures';
COMMENT ON COLUMN newest_rates.seen_at IS 'When this service received it, UTC';
COMMENT ON COLUMN newest_rates.sightings IS 'Number of sightings on the day';
COMMENT ON COLUMN newest_rates.heard_on IS 'The latest day for which its source has printed a figure, including copies and held figures';
COMMENT ON COLUMN newest_rates.expected_next_at IS 'When the next document, new or copy, is normally out, UTC; in the past if overdue; NULL for a peg';
COMMENT ON COLUMN newest_rates.stale_after IS 'When it becomes stale unless a newer rate arrives, UTC; NULL for a peg';
