-- Few days have more sightings than times that they are for, and only those are read.
CREATE OR REPLACE VIEW corrections AS
SELECT
    source, base || '/' || quote AS pair, base, quote, observed_at::DATE AS observed_on, observed_at,
    before::DECIMAL(38, 13) AS previous_rate, rate, change_shown(before, rate) AS change_shown,
    inverse_change_shown(before, rate) AS inverse_change_shown, seen_at
FROM (
    SELECT
        standing.* REPLACE (standing.rate::DECIMAL(38, 13) AS rate),
        lag(standing.rate::DECIMAL(38, 13)) OVER (
            PARTITION BY standing.source, standing.base, standing.quote, standing.observed_at
            ORDER BY standing.fetch_id
        ) AS before
    FROM standing SEMI JOIN (FROM daily WHERE sightings > moments) AS days
        ON standing.source = days.source AND standing.base = days.base AND standing.quote = days.quote
        AND standing.observed_at::DATE = days.observed_on
)
WHERE before IS NOT NULL
ORDER BY seen_at;
COMMENT ON VIEW corrections IS 'Corrections: a source published a new figure for the same time. The later one is used';
COMMENT ON COLUMN corrections.source IS 'The name of the source';
COMMENT ON COLUMN corrections.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN corrections.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN corrections.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN corrections.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN corrections.observed_at IS 'The time that the figure is for, UTC';
COMMENT ON COLUMN corrections.previous_rate IS 'The rate before the correction';
COMMENT ON COLUMN corrections.rate IS 'The rate after the correction';
COMMENT ON COLUMN corrections.change_shown IS 'The size of the correction in percent, two decimals; positive when one of the base costs more';
COMMENT ON COLUMN corrections.inverse_change_shown IS 'The same of the pair the other way round';
COMMENT ON COLUMN corrections.seen_at IS 'When this service received the correction, UTC';
