-- What the row of a currency must say beside its confirmed rate: the newest figure of its official source that is not
-- confirmed, else of its market source; of a pegged currency of any source, and also what contradicts the peg.
CREATE OR REPLACE VIEW unconfirmed AS
WITH figures AS (
    SELECT
        held.source, held.currency, held.observed_on, held.units_per_usd, previous_units_per_usd, held.reason,
        (doubt <> 'alternating' OR held.source = official_source) AND (held.source IN (official_source, market_source) OR official_source = 'peg')
        AND (doubt = 'date' OR held.observed_on >= now_utc::DATE - 30) AS shown
    FROM held JOIN currencies USING (currency) CROSS JOIN clock
    UNION ALL
    -- Two central banks agree, and the announced rate has not been ended.
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
COMMENT ON VIEW unconfirmed IS 'For each currency the newest figure that its bank, else its market source, has printed and that is not confirmed; no row where there is none, or for longer than 30 days';
COMMENT ON COLUMN unconfirmed.currency IS 'ISO 4217 code';
COMMENT ON COLUMN unconfirmed.source IS 'The source of the figure';
COMMENT ON COLUMN unconfirmed.observed_on IS 'The day that the figure is for';
COMMENT ON COLUMN unconfirmed.units_per_usd IS 'The printed digits: units per US dollar';
COMMENT ON COLUMN unconfirmed.previous_units IS 'Units per US dollar of the last publication before it, or of the peg';
COMMENT ON COLUMN unconfirmed.change_pct IS 'The change from that in percent, not rounded';
COMMENT ON COLUMN unconfirmed.change_shown IS 'The same with two decimals, half-even';
COMMENT ON COLUMN unconfirmed.reason IS 'Why it is not confirmed';
COMMENT ON COLUMN unconfirmed.sentence IS 'All of it in a sentence';
