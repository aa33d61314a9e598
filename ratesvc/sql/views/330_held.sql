CREATE OR REPLACE VIEW held AS
WITH figures AS (
    SELECT
        min(rejection_id) AS rejection_id, waiting.source, waiting.currency, waiting.observed_at,
        waiting.units_per_usd::DECIMAL(38, 10) AS units_per_usd,
        max_by(coalesce(doubt, 'jump'), fetch_id) AS doubt, max_by(reason, fetch_id) AS reason,
        min(finished_at) AS seen_at, min(fetch_id) AS fetch_id
    FROM waiting JOIN fetches USING (fetch_id)
    GROUP BY ALL
)
SELECT
    rejection_id, figures.source, figures.currency, figures.observed_at::DATE AS observed_on, figures.observed_at,
    figures.units_per_usd, doubt, reason,
    CASE doubt
        WHEN 'jump' THEN 'another source, or the next publication at this level'
        WHEN 'first' THEN 'another source, or the next publication at this level'
        WHEN 'step' THEN 'the next publication, if its printed step leads back to this figure'
        WHEN 'peg' THEN 'another central bank'
        WHEN 'date' THEN 'a person'
        WHEN 'alternating' THEN 'a person, or the next publication, if its printed step leads back to this figure'
        ELSE 'another source'
    END AS confirmed_by,
    before.observed_on AS previous_on, before.units_per_usd AS previous_units_per_usd,
    change_of(before.units_per_usd, figures.units_per_usd) AS change_pct,
    change_shown(before.units_per_usd, figures.units_per_usd) AS change_shown,
    figures.seen_at, fetch_id
FROM figures
LEFT JOIN (
    FROM daily SELECT source, currency, max(seen_at) AS heard_at GROUP BY ALL
) AS known ON known.source = figures.source AND known.currency = figures.currency
-- A figure dated in the future when it arrived is no evidence: its date may be wrong.
LEFT JOIN (
    FROM daily
    JOIN waiting ON waiting.source = daily.source AND waiting.currency = daily.currency
    JOIN fetches USING (fetch_id)
    SELECT DISTINCT waiting.source, waiting.currency, waiting.observed_at AS passed_at
    WHERE daily.observed_at > waiting.observed_at
    AND (daily.seen_at > finished_at OR daily.observed_at <= finished_at + INTERVAL 2 DAYS)
) AS passed
    ON passed.source = figures.source AND passed.currency = figures.currency
    AND passed_at = figures.observed_at
ASOF LEFT JOIN (FROM rates WHERE NOT carried) AS before
    ON before.source = figures.source AND before.currency = figures.currency
    AND figures.observed_at - INTERVAL 1 DAY >= before.observed_at
-- A bank that has gone on to a later day has moved on. Where the date is what is wrong, one that has printed
-- anything since has.
WHERE CASE doubt
    WHEN 'date' THEN coalesce(heard_at <= figures.seen_at, true)
    ELSE passed_at IS NULL
END
ORDER BY figures.source, figures.currency, figures.observed_at;
COMMENT ON VIEW held IS 'Figures held for confirmation; once the source has published later figures, only rejections lists them';
COMMENT ON COLUMN held.rejection_id IS 'Its ID, for `ratesvc held accept` and `reject`';
COMMENT ON COLUMN held.source IS 'The name of the source';
COMMENT ON COLUMN held.currency IS 'ISO 4217 code';
COMMENT ON COLUMN held.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN held.observed_at IS 'The time that the figure is for, UTC';
COMMENT ON COLUMN held.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN held.doubt IS 'The kind of doubt: jump, neighbours, step, slip, first, peg, date or alternating';
COMMENT ON COLUMN held.reason IS 'Why it is held';
COMMENT ON COLUMN held.confirmed_by IS 'What would confirm it';
COMMENT ON COLUMN held.previous_on IS 'The day of the previous publication';
COMMENT ON COLUMN held.previous_units_per_usd IS 'Units per US dollar in the previous publication';
COMMENT ON COLUMN held.change_pct IS 'The change since the previous publication in percent, not rounded; positive when the currency strengthened';
COMMENT ON COLUMN held.change_shown IS 'The same with two decimals, half-even';
COMMENT ON COLUMN held.seen_at IS 'When this service first received it, UTC';
COMMENT ON COLUMN held.fetch_id IS 'The fetch that first returned it';
