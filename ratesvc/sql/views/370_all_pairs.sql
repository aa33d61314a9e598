-- First every pair in the direction of the ticker, KZT/USD, then as its source prints it, USD/KZT.
CREATE OR REPLACE VIEW all_pairs AS
WITH known AS (
    SELECT
        position, in_ticker, pairs.base, pairs.quote, now_utc, shown.* EXCLUDE (pair, base, quote),
        -- A peg is in force every day.
        line.previous_on + CASE shown.source WHEN 'peg' THEN shown.observed_on - line.observed_on ELSE 0 END::INTEGER
            AS previous_on,
        line.previous_rate, line.inverted, line.as_printed, unconfirmed_source, unconfirmed_on, unconfirmed,
        unconfirmed_previous, unconfirmed_reason, unconfirmed_sentence, newer_inverted, newer_as_printed, drift_sentence
    FROM pairs
    CROSS JOIN clock
    LEFT JOIN headline AS shown USING (base, quote)
    LEFT JOIN newest_lines AS line
        ON line.source = shown.source AND line.base = pairs.base AND line.quote = pairs.quote
    -- An unconfirmed market figure is not shown beside a confirmed official rate.
    LEFT JOIN (
        FROM unconfirmed JOIN unconfirmed_lines USING (base, quote, source, observed_on, rate)
        SELECT
            base, quote, source AS unconfirmed_source, observed_on AS unconfirmed_on, rate AS unconfirmed,
            previous AS unconfirmed_previous, reason AS unconfirmed_reason, sentence AS unconfirmed_sentence,
            inverted AS newer_inverted, as_printed AS newer_as_printed
    ) AS newest
        ON newest.base = pairs.base AND newest.quote = pairs.quote
        AND (unconfirmed_source IN (official_source, shown.source) OR official_source = 'peg')
    LEFT JOIN (FROM drift SELECT source, base, quote, sentence AS drift_sentence) AS drift
        ON drift.base = pairs.base AND drift.quote = pairs.quote AND drift.source = shown.source
),
written AS (
    SELECT
        * EXCLUDE (inverted, as_printed, newer_inverted, newer_as_printed),
        quote AS of_base, base AS of_quote, true AS is_inverted, inverted AS line, newer_inverted AS newer
    FROM known
    UNION ALL
    SELECT
        * EXCLUDE (inverted, as_printed, newer_inverted, newer_as_printed)
        REPLACE (position + (SELECT count(*) FROM pairs) AS position, false AS in_ticker),
        base, quote, false, as_printed, newer_as_printed
    FROM known
)
SELECT
    position, of_base || '/' || of_quote AS pair,
    coalesce(line.rate, '—') AS rate, coalesce(line.change, '—') AS change,
    of_base || '/' || of_quote || ' = ' || coalesce(line.rate, '—') || ' ' || coalesce(line.change, '—')
    -- The line mentions a newer unconfirmed figure, because the confirmed rate may be out of date.
    || coalesce(' (not confirmed: ' || newer.rate || ' ' || coalesce(newer.change, '—') || ')', '') AS text,
    line.rate_precise AS rate_precise, line.value AS value, line.printed AS printed, line.change_pct AS change_pct,
    observed_on, previous_on, source, kind,
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
        replace(unconfirmed_sentence, '{change}', coalesce(' (' || newer.change || ')', ''))
    ), '') AS note,
    stale_after,
    unconfirmed IS NOT NULL AS unconfirmed,
    unconfirmed_source, unconfirmed_on, newer.printed AS unconfirmed_printed, newer.rate AS unconfirmed_rate,
    newer.change AS unconfirmed_change, newer.change_pct AS unconfirmed_change_pct, unconfirmed_reason,
    newer.rate_precise AS unconfirmed_rate_precise, newer.value AS unconfirmed_value,
    unconfirmed_on > now_utc::DATE AS unconfirmed_ahead, coalesce(observed_on > now_utc::DATE, false) AS ahead,
    of_base AS base, of_quote AS quote, is_inverted AS inverted, coalesce(computed, false) AS computed,
    trimmed(previous_rate) AS previous_printed, trimmed(unconfirmed_previous) AS unconfirmed_previous_printed, in_ticker
FROM written
ORDER BY position;
COMMENT ON VIEW all_pairs IS 'What a ticker says of every pair, in both directions';
COMMENT ON COLUMN all_pairs.position IS 'Place in lists, from 1';
COMMENT ON COLUMN all_pairs.pair IS 'Base and quote, e.g. KGS/USD: US dollars for one som';
COMMENT ON COLUMN all_pairs.rate IS 'Displayed rate: five decimals in the direction of the ticker, KGS/USD; four to six significant digits as banks print it, USD/KGS';
COMMENT ON COLUMN all_pairs.change IS 'Displayed change since the previous publication: at most two decimals, no plus sign; — if unknown';
COMMENT ON COLUMN all_pairs.text IS 'The displayed line';
COMMENT ON COLUMN all_pairs.rate_precise IS 'The rate with six significant digits, no exponent';
COMMENT ON COLUMN all_pairs.value IS 'The rate, not rounded: units of the quote for one of the base';
COMMENT ON COLUMN all_pairs.printed IS 'The digits as its source prints them, without trailing zeros: of this pair or, where `inverted`, of the pair the other way round';
COMMENT ON COLUMN all_pairs.change_pct IS 'The change of the pair in percent, not rounded';
COMMENT ON COLUMN all_pairs.observed_on IS 'The day that the rate is for';
COMMENT ON COLUMN all_pairs.previous_on IS 'The day that the change compares with';
COMMENT ON COLUMN all_pairs.source IS 'The source of both rates';
COMMENT ON COLUMN all_pairs.kind IS 'official or market';
COMMENT ON COLUMN all_pairs.pegged IS 'Whether the rate is an announced peg';
COMMENT ON COLUMN all_pairs.fallback IS 'Whether the source replaces the preferred one, from which we have no recent rate';
COMMENT ON COLUMN all_pairs.stale IS 'Whether a newer publication is overdue by more than two days';
COMMENT ON COLUMN all_pairs.note IS 'A caveat for readers, or NULL';
COMMENT ON COLUMN all_pairs.stale_after IS 'When the row becomes stale unless a newer rate arrives, UTC; NULL for a peg';
COMMENT ON COLUMN all_pairs.unconfirmed IS 'Whether its bank, or the displayed source, has published a figure that is not confirmed yet';
COMMENT ON COLUMN all_pairs.unconfirmed_source IS 'The source of the unconfirmed figure';
COMMENT ON COLUMN all_pairs.unconfirmed_on IS 'The day that the unconfirmed figure is for';
COMMENT ON COLUMN all_pairs.unconfirmed_printed IS 'The digits of the unconfirmed figure, as `printed`';
COMMENT ON COLUMN all_pairs.unconfirmed_rate IS 'The unconfirmed figure, as `rate`';
COMMENT ON COLUMN all_pairs.unconfirmed_change IS 'Displayed change from the previous publication to the unconfirmed figure: at most two decimals, no plus sign';
COMMENT ON COLUMN all_pairs.unconfirmed_change_pct IS 'The same change in percent, not rounded';
COMMENT ON COLUMN all_pairs.unconfirmed_reason IS 'Why the figure is not confirmed';
COMMENT ON COLUMN all_pairs.unconfirmed_rate_precise IS 'The unconfirmed figure, as `rate_precise`';
COMMENT ON COLUMN all_pairs.unconfirmed_value IS 'The unconfirmed figure, as `value`';
COMMENT ON COLUMN all_pairs.unconfirmed_ahead IS 'Whether the day of the unconfirmed figure is later than today, UTC';
COMMENT ON COLUMN all_pairs.ahead IS 'Whether observed_on is later than today, UTC: banks publish the next day''s rate';
COMMENT ON COLUMN all_pairs.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN all_pairs.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN all_pairs.inverted IS 'Whether its source prints the pair the other way round';
COMMENT ON COLUMN all_pairs.computed IS 'Whether the rate is computed from two printed figures';
COMMENT ON COLUMN all_pairs.in_ticker IS 'Whether it is a row of the ticker where no pairs are asked for';
COMMENT ON COLUMN all_pairs.previous_printed IS 'The digits that the change compares with, as `printed`';
COMMENT ON COLUMN all_pairs.unconfirmed_previous_printed IS 'The digits that the change of the unconfirmed figure compares with, as `printed`';
