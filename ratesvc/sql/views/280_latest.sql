CREATE OR REPLACE VIEW latest AS
SELECT
    source, newest_rates.pair, base, quote,
    -- A peg is in force until it ends.
    CASE source WHEN 'peg' THEN least(now_utc::DATE, peg_until) ELSE observed_on END AS observed_on,
    CASE source WHEN 'peg' THEN least(now_utc::DATE, peg_until)::TIMESTAMP ELSE observed_at END AS observed_at,
    rate, inverse, computed, seen_at, sightings,
    CASE source WHEN 'peg' THEN least(now_utc::DATE, peg_until) ELSE heard_on END AS heard_on,
    expected_next_at,
    CASE source WHEN 'peg' THEN 'fresh' ELSE state_of(expected_next_at, now_utc) END AS state,
    stale_after
FROM newest_rates LEFT JOIN (FROM pairs SELECT base, quote, peg_until) USING (base, quote) CROSS JOIN clock;
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
