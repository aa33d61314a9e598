CREATE OR REPLACE VIEW moves AS
SELECT
    pairs.position, pairs.pair, pairs.base, pairs.quote, colour, headline.source, periods.period, headline.observed_on,
    headline.rate,
    -- A peg is in force every day.
    CASE
        WHEN headline.source = 'peg' AND previous_on IS NOT NULL THEN reference_day(headline.observed_on, back)
        ELSE previous_on
    END AS previous_on,
    previous_rate, change_pct, change_shown, inverse_change_pct, inverse_change_shown
FROM pairs
JOIN currencies ON currency = pairs.quote
CROSS JOIN periods
LEFT JOIN headline USING (base, quote)
LEFT JOIN newest_changes AS change
    ON change.base = pairs.base AND change.quote = pairs.quote AND change.source = headline.source
    AND change.period = periods.period
ORDER BY pairs.position, back NULLS LAST;
COMMENT ON VIEW moves IS 'The change of each pair''s headline rate over every period up to now; NULL if there is no rate to compare with';
COMMENT ON COLUMN moves.position IS 'Place in lists, from 1; the pairs of the ticker come first';
COMMENT ON COLUMN moves.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN moves.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN moves.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN moves.colour IS 'The colour of the line of the quote in every chart';
COMMENT ON COLUMN moves.source IS 'The source of both rates';
COMMENT ON COLUMN moves.period IS 'previous, week, month, quarter, year or ytd';
COMMENT ON COLUMN moves.observed_on IS 'The day of the latest rate';
COMMENT ON COLUMN moves.rate IS 'The latest rate';
COMMENT ON COLUMN moves.previous_on IS 'The day of the reference rate';
COMMENT ON COLUMN moves.previous_rate IS 'The reference rate';
COMMENT ON COLUMN moves.change_pct IS 'The change of the pair in percent, not rounded; positive when one of the base costs more';
COMMENT ON COLUMN moves.change_shown IS 'change_pct with two decimals, rounded half to even, exact';
COMMENT ON COLUMN moves.inverse_change_pct IS 'The same of the pair the other way round, not rounded; positive when the quote strengthened';
COMMENT ON COLUMN moves.inverse_change_shown IS 'inverse_change_pct with two decimals, rounded half to even, exact';
