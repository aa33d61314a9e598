CREATE OR REPLACE VIEW held AS
WITH figures AS (
    SELECT
        min(rejection_id) AS rejection_id, waiting.source, waiting.base || '/' || waiting.quote AS pair, waiting.base, waiting.quote, waiting.observed_at,
        waiting.rate::DECIMAL(38, 13) AS rate,
        max_by(coalesce(doubt, 'jump'), fetch_id) AS doubt, max_by(reason, fetch_id) AS reason,
        min(finished_at) AS seen_at, min(fetch_id) AS fetch_id
    FROM waiting JOIN fetches USING (fetch_id)
    GROUP BY ALL
)
SELECT
    rejection_id, figures.source, figures.pair, figures.base, figures.quote, figures.observed_at::DATE AS observed_on, figures.observed_at,
    figures.rate, doubt, reason,
    CASE doubt
        WHEN 'jump' THEN 'another source, or the next publication at this level'
        WHEN 'first' THEN 'another source, or the next publication at this level'
        WHEN 'step' THEN 'the next publication, if its printed step leads back to this figure'
        WHEN 'peg' THEN 'another central bank'
        WHEN 'date' THEN 'a person'
        WHEN 'alternating' THEN 'a person, or the next publication, if its printed step leads back to this figure'
        ELSE 'another source'
    END AS confirmed_by,
    before.observed_on AS previous_on, before.rate AS previous_rate,
    change_of(before.rate, figures.rate) AS change_pct,
    change_shown(before.rate, figures.rate) AS change_shown,
    inverse_change_of(before.rate, figures.rate) AS inverse_change_pct,
    inverse_change_shown(before.rate, figures.rate) AS inverse_change_shown,
    figures.seen_at, fetch_id
FROM figures
LEFT JOIN (
    FROM daily SELECT source, base, quote, max(seen_at) AS heard_at GROUP BY ALL
) AS known ON known.source = figures.source AND known.base = figures.base AND known.quote = figures.quote
-- A figure dated in the future when it arrived is no evidence: its date may be wrong.
LEFT JOIN (
    FROM daily
    JOIN waiting ON waiting.source = daily.source AND waiting.base = daily.base AND waiting.quote = daily.quote
    JOIN fetches USING (fetch_id)
    SELECT DISTINCT waiting.source, waiting.base, waiting.quote, waiting.observed_at AS passed_at
    WHERE daily.observed_at > waiting.observed_at
    AND (daily.seen_at > finished_at OR daily.observed_at <= finished_at + INTERVAL 2 DAYS)
) AS passed
    ON passed.source = figures.source AND passed.base = figures.base AND passed.quote = figures.quote
    AND passed_at = figures.observed_at
ASOF LEFT JOIN (FROM rates WHERE NOT carried) AS before
    ON before.source = figures.source AND before.pair = figures.pair
    AND figures.observed_at - INTERVAL 1 DAY >= before.observed_at
-- A bank that has gone on to a later day has moved on. Where the date is what is wrong, one that has printed
-- anything since has.
WHERE CASE doubt
    WHEN 'date' THEN coalesce(heard_at <= figures.seen_at, true)
    ELSE passed_at IS NULL
END
ORDER BY figures.source, figures.base, figures.quote, figures.observed_at;
COMMENT ON VIEW held IS 'Figures held for confirmation; once the source has published later figures, only rejections lists them';
COMMENT ON COLUMN held.rejection_id IS 'Its ID, for `ratesvc held accept` and `reject`';
COMMENT ON COLUMN held.source IS 'The name of the source';
COMMENT ON COLUMN held.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN held.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN held.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN held.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN held.observed_at IS 'The time that the figure is for, UTC';
COMMENT ON COLUMN held.rate IS 'Units of the quote for one of the base: the printed digits, or a cross rate of at most 12 digits';
COMMENT ON COLUMN held.doubt IS 'The kind of doubt: jump, neighbours, step, slip, first, peg, date or alternating';
COMMENT ON COLUMN held.reason IS 'Why it is held';
COMMENT ON COLUMN held.confirmed_by IS 'What would confirm it';
COMMENT ON COLUMN held.previous_on IS 'The day of the previous publication';
COMMENT ON COLUMN held.previous_rate IS 'The rate in the previous publication';
COMMENT ON COLUMN held.change_pct IS 'The change of the pair in percent, not rounded; positive when one of the base costs more';
COMMENT ON COLUMN held.change_shown IS 'change_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN held.inverse_change_pct IS 'The change of the pair the other way round, not rounded; positive when the quote strengthened';
COMMENT ON COLUMN held.inverse_change_shown IS 'inverse_change_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN held.seen_at IS 'When this service first received it, UTC';
COMMENT ON COLUMN held.fetch_id IS 'The fetch that first returned it';
