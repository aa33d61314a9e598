-- All that may be shown beside a pair's confirmed rate; publishing keeps these rows. For a pegged pair: of any source,
-- including a confirmed figure that contradicts the peg.
CREATE OR REPLACE VIEW unconfirmed_figures AS
WITH figures AS (
    SELECT
        held.source, held.base, held.quote, held.observed_on, held.rate, previous_rate, held.reason,
        CASE WHEN doubt <> 'date' THEN held.observed_on + INTERVAL 31 DAYS END AS shown_until
    FROM held JOIN pairs USING (base, quote)
    WHERE (doubt <> 'alternating' OR held.source = official_source)
    AND (held.source IN (official_source, market_source) OR official_source = 'peg')
    UNION ALL
    -- Two central banks agree on another rate, and the peg has not been ended.
    SELECT
        newest_rates.source, base, quote, observed_on, rate, peg_rate,
        trimmed(rate) || ' contradicts the announced ' || trimmed(peg_rate), stale_after
    FROM newest_rates JOIN pairs USING (base, quote) JOIN sources USING (source)
    WHERE official_source = 'peg' AND sources.kind = 'official' AND source <> 'peg' AND peg_until IS NULL
    AND abs(inverse_change_shown(peg_rate, rate)) > 1 AND stale_after IS NOT NULL
)
SELECT
    base, quote, source, observed_on, rate,
    coalesce(peg_rate, previous_rate) AS previous,
    change_of(previous, rate) AS change_pct,
    change_shown(previous, rate) AS change_shown,
    inverse_change_of(previous, rate) AS inverse_change_pct,
    inverse_change_shown(previous, rate) AS inverse_change_shown,
    reason,
    -- `{change}` stands for the change of the pair as it is written.
    coalesce(title, source) || ' printed ' || trimmed(rate) || ' per ' || base_unit || ' for ' || observed_on
    || '{change}; not confirmed yet: ' || reason AS sentence,
    shown_until, coalesce(source = official_source, false) AS is_official
FROM figures JOIN pairs USING (base, quote) LEFT JOIN sources USING (source);
COMMENT ON VIEW unconfirmed_figures IS 'The unconfirmed figures that may be shown beside the rate of a pair; unconfirmed has the one that is';
COMMENT ON COLUMN unconfirmed_figures.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN unconfirmed_figures.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN unconfirmed_figures.source IS 'The source of the figure';
COMMENT ON COLUMN unconfirmed_figures.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN unconfirmed_figures.rate IS 'Units of the quote for one of the base: the printed digits, or a cross rate of at most 12 digits';
COMMENT ON COLUMN unconfirmed_figures.previous IS 'The rate in the previous publication, or of the peg';
COMMENT ON COLUMN unconfirmed_figures.change_pct IS 'The change of the pair in percent, not rounded; positive when one of the base costs more';
COMMENT ON COLUMN unconfirmed_figures.change_shown IS 'change_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN unconfirmed_figures.inverse_change_pct IS 'The same of the pair the other way round, not rounded; positive when the quote strengthened';
COMMENT ON COLUMN unconfirmed_figures.inverse_change_shown IS 'inverse_change_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN unconfirmed_figures.reason IS 'Why it is not confirmed';
COMMENT ON COLUMN unconfirmed_figures.sentence IS 'The figure and the reason, as a sentence; {change} stands for its change';
COMMENT ON COLUMN unconfirmed_figures.shown_until IS 'Until when it may be shown, UTC; NULL: until it is decided';
COMMENT ON COLUMN unconfirmed_figures.is_official IS 'Whether its source is the official one of the pair';
