CREATE OR REPLACE VIEW ticker AS
WITH shown AS MATERIALIZED (FROM headline),
newest AS (
    FROM unconfirmed
    SELECT
        currency, true AS unconfirmed, source AS unconfirmed_source, observed_on AS unconfirmed_on,
        trimmed(units_per_usd) AS unconfirmed_units_per_usd, usd_text(units_per_usd, 5) AS unconfirmed_rate,
        usd_precise(units_per_usd) AS unconfirmed_rate_precise, 1 / units_per_usd::DOUBLE AS unconfirmed_usd_per_unit,
        trimmed(change_shown) || '%' AS unconfirmed_change, change_pct AS unconfirmed_change_pct,
        reason AS unconfirmed_reason, sentence AS unconfirmed_sentence
)
SELECT
    position, unnest(line), observed_on, previous_on, source, kind,
    coalesce(source = 'peg', false) AS pegged,
    coalesce(fallback, false) AS fallback,
    coalesce(state IN ('stale', 'dead'), true) AS stale,
    nullif(concat_ws(
        '; ',
        CASE
            WHEN observed_on IS NULL THEN 'no rate yet'
            WHEN source = 'peg' THEN reason
            ELSE nullif(concat_ws(
                '; ',
                CASE WHEN state IN ('stale', 'dead') THEN 'we have received nothing newer than ' || observed_on END,
                CASE WHEN previous_on IS NULL THEN 'no rate in the ' || reach() || ' days before to compare with' END,
                CASE WHEN fallback THEN reason END,
                drift_sentence
            ), '')
        END,
        unconfirmed_sentence
    ), '') AS note,
    stale_after,
    coalesce(unconfirmed, false) AS unconfirmed,
    unconfirmed_source, unconfirmed_on, unconfirmed_units_per_usd, unconfirmed_rate, unconfirmed_change,
    unconfirmed_change_pct, unconfirmed_reason, unconfirmed_rate_precise, unconfirmed_usd_per_unit,
    unconfirmed_on > now_utc::DATE AS unconfirmed_ahead, coalesce(observed_on > now_utc::DATE, false) AS ahead
FROM (
    SELECT
        position, now_utc, shown.*, newest.* EXCLUDE (currency), drift_sentence, previous_on,
        ticker_row(
            currencies.currency, shown.units_per_usd, previous_units_per_usd, unconfirmed_rate, unconfirmed_change
        ) AS line
    FROM currencies
    CROSS JOIN clock
    LEFT JOIN shown USING (currency)
    -- An unconfirmed market figure is not shown beside a confirmed official rate.
    LEFT JOIN newest
        ON newest.currency = currencies.currency
        AND (unconfirmed_source IN (official_source, shown.source) OR official_source = 'peg')
    LEFT JOIN (FROM drift SELECT source, currency, sentence AS drift_sentence) AS drift
        ON drift.currency = currencies.currency AND drift.source = shown.source
    LEFT JOIN (
        FROM changes_from((SELECT min(observed_on) FROM shown))
        SELECT * EXCLUDE (units_per_usd)
        WHERE period = 'previous'
    ) AS step
        ON step.source = shown.source AND step.currency = currencies.currency AND step.observed_on = shown.observed_on
)
ORDER BY position;
COMMENT ON VIEW ticker IS 'The rows of the ticker, in order';
COMMENT ON COLUMN ticker.position IS 'Place in the ticker, from 1';
COMMENT ON COLUMN ticker.pair IS 'Base and quote, e.g. KGS/USD: US dollars for one som';
COMMENT ON COLUMN ticker.rate IS 'Displayed rate: US dollars per unit with five decimals';
COMMENT ON COLUMN ticker.change IS 'Displayed change since the previous publication: at most two decimals, no plus sign; — if unknown';
COMMENT ON COLUMN ticker.text IS 'The displayed line';
COMMENT ON COLUMN ticker.rate_precise IS 'US dollars per unit with six significant digits, no exponent';
COMMENT ON COLUMN ticker.usd_per_unit IS 'US dollars per unit';
COMMENT ON COLUMN ticker.units_per_usd IS 'The printed digits without trailing zeros: units per US dollar';
COMMENT ON COLUMN ticker.change_pct IS 'The change in percent, not rounded';
COMMENT ON COLUMN ticker.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN ticker.previous_on IS 'The day that the change compares with';
COMMENT ON COLUMN ticker.source IS 'The source of both rates';
COMMENT ON COLUMN ticker.kind IS 'official or market';
COMMENT ON COLUMN ticker.pegged IS 'Whether the rate is an announced peg';
COMMENT ON COLUMN ticker.fallback IS 'Whether the source replaces the preferred one, from which we have no recent rate';
COMMENT ON COLUMN ticker.stale IS 'Whether a newer publication is overdue by more than two days';
COMMENT ON COLUMN ticker.note IS 'A caveat for readers, or NULL';
COMMENT ON COLUMN ticker.stale_after IS 'When the row becomes stale unless a newer rate arrives, UTC; NULL for a peg';
COMMENT ON COLUMN ticker.unconfirmed IS 'Whether its bank, or the displayed source, has published a figure that is not confirmed yet';
COMMENT ON COLUMN ticker.unconfirmed_source IS 'The source of the unconfirmed figure';
COMMENT ON COLUMN ticker.unconfirmed_on IS 'The day that the unconfirmed figure is for';
COMMENT ON COLUMN ticker.unconfirmed_units_per_usd IS 'Printed digits of the unconfirmed figure: units per US dollar';
COMMENT ON COLUMN ticker.unconfirmed_rate IS 'The unconfirmed figure in US dollars per unit, with five decimals';
COMMENT ON COLUMN ticker.unconfirmed_change IS 'Displayed change from the previous publication to the unconfirmed figure: at most two decimals, no plus sign';
COMMENT ON COLUMN ticker.unconfirmed_change_pct IS 'The same change in percent, not rounded';
COMMENT ON COLUMN ticker.unconfirmed_reason IS 'Why the figure is not confirmed';
COMMENT ON COLUMN ticker.unconfirmed_rate_precise IS 'The unconfirmed figure in US dollars per unit, with six significant digits, no exponent';
COMMENT ON COLUMN ticker.unconfirmed_usd_per_unit IS 'The unconfirmed figure in US dollars per unit';
COMMENT ON COLUMN ticker.unconfirmed_ahead IS 'Whether the day of the unconfirmed figure is later than today, UTC';
COMMENT ON COLUMN ticker.ahead IS 'Whether observed_on is later than today, UTC: banks publish the next day''s rate';
