-- The figure to show beside a pair's confirmed rate: the latest unconfirmed one of its official source, else of its
-- market source. For a pegged pair: of any source, including a confirmed figure that contradicts the peg.
CREATE OR REPLACE VIEW unconfirmed AS
WITH figures AS (
    SELECT
        held.source, held.base, held.quote, held.observed_on, held.rate, previous_rate, held.reason,
        (doubt <> 'alternating' OR held.source = official_source) AND (held.source IN (official_source, market_source) OR official_source = 'peg')
        AND (doubt = 'date' OR held.observed_on >= now_utc::DATE - 30) AS shown
    FROM held JOIN pairs USING (base, quote) CROSS JOIN clock
    UNION ALL
    -- Two central banks agree on another rate, and the peg has not been ended.
    SELECT
        latest.source, base, quote, observed_on, rate, peg_rate,
        trimmed(rate) || ' contradicts the announced ' || trimmed(peg_rate),
        official_source = 'peg' AND sources.kind = 'official' AND source <> 'peg' AND peg_until IS NULL
        AND abs(inverse_change_shown(peg_rate, rate)) > 1 AND state NOT IN ('stale', 'dead')
    FROM latest JOIN pairs USING (base, quote) JOIN sources USING (source)
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
    || '{change}; not confirmed yet: ' || reason AS sentence
FROM figures JOIN pairs USING (base, quote) LEFT JOIN sources USING (source)
WHERE shown
QUALIFY row_number() OVER (
    PARTITION BY base, quote ORDER BY source = official_source DESC, observed_on DESC, source
) = 1;
COMMENT ON VIEW unconfirmed IS 'The latest unconfirmed figure of each pair, from its bank or else from its market source; no row if there is none, or after 30 days';
COMMENT ON COLUMN unconfirmed.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN unconfirmed.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN unconfirmed.source IS 'The source of the figure';
COMMENT ON COLUMN unconfirmed.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN unconfirmed.rate IS 'Units of the quote for one of the base: the printed digits, or a cross rate of at most 12 digits';
COMMENT ON COLUMN unconfirmed.previous IS 'The rate in the previous publication, or of the peg';
COMMENT ON COLUMN unconfirmed.change_pct IS 'The change of the pair in percent, not rounded; positive when one of the base costs more';
COMMENT ON COLUMN unconfirmed.change_shown IS 'change_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN unconfirmed.inverse_change_pct IS 'The same of the pair the other way round, not rounded; positive when the quote strengthened';
COMMENT ON COLUMN unconfirmed.inverse_change_shown IS 'inverse_change_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN unconfirmed.reason IS 'Why it is not confirmed';
COMMENT ON COLUMN unconfirmed.sentence IS 'The figure and the reason, as a sentence; {change} stands for its change';
