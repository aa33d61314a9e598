-- The figure to show beside a currency's confirmed rate: the latest unconfirmed one of its official source, else of its
-- market source. For a pegged currency: of any source, including a confirmed figure that contradicts the peg.
CREATE OR REPLACE VIEW unconfirmed AS
WITH figures AS (
    SELECT
        held.source, held.currency, held.observed_on, held.units_per_usd, previous_units_per_usd, held.reason,
        (doubt <> 'alternating' OR held.source = official_source) AND (held.source IN (official_source, market_source) OR official_source = 'peg')
        AND (doubt = 'date' OR held.observed_on >= now_utc::DATE - 30) AS shown
    FROM held JOIN currencies USING (currency) CROSS JOIN clock
    UNION ALL
    -- Two central banks agree on another rate, and the peg has not been ended.
    SELECT
        latest.source, currency, observed_on, units_per_usd, peg_units_per_usd,
        trimmed(units_per_usd) || ' contradicts the announced ' || trimmed(peg_units_per_usd),
        official_source = 'peg' AND sources.kind = 'official' AND source <> 'peg' AND peg_until IS NULL
        AND abs(change_shown(peg_units_per_usd, units_per_usd)) > 1 AND state NOT IN ('stale', 'dead')
    FROM latest JOIN currencies USING (currency) JOIN sources USING (source)
)
SELECT
    currency, source, observed_on, units_per_usd,
    coalesce(peg_units_per_usd, previous_units_per_usd) AS previous_units,
    change_of(previous_units, units_per_usd) AS change_pct,
    change_shown(previous_units, units_per_usd) AS change_shown,
    reason,
    coalesce(title, source) || ' printed ' || trimmed(units_per_usd) || ' per dollar for ' || observed_on
    || coalesce(' (' || trimmed(change_shown) || '%)', '') || '; not confirmed yet: ' || reason AS sentence
FROM figures JOIN currencies USING (currency) LEFT JOIN sources USING (source)
WHERE shown
QUALIFY row_number() OVER (
    PARTITION BY currency ORDER BY source = official_source DESC, observed_on DESC, source
) = 1;
COMMENT ON VIEW unconfirmed IS 'The latest unconfirmed figure of each currency, from its bank or else from its market source; no row if there is none, or after 30 days';
COMMENT ON COLUMN unconfirmed.currency IS 'ISO 4217 code';
COMMENT ON COLUMN unconfirmed.source IS 'The source of the figure';
COMMENT ON COLUMN unconfirmed.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN unconfirmed.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN unconfirmed.previous_units IS 'Units per US dollar in the previous publication, or of the peg';
COMMENT ON COLUMN unconfirmed.change_pct IS 'The change from previous_units in percent, not rounded';
COMMENT ON COLUMN unconfirmed.change_shown IS 'The same with two decimals, half-even';
COMMENT ON COLUMN unconfirmed.reason IS 'Why it is not confirmed';
COMMENT ON COLUMN unconfirmed.sentence IS 'The figure, its change and the reason, as a sentence';
