-- 52 weeks, not a year, as is usual in markets.
CREATE OR REPLACE VIEW year_range AS
SELECT
    headline.pair, headline.base, headline.quote, headline.source, headline.observed_on,
    min(rates.observed_on) AS first_on, count(*) AS days,
    max(rates.rate) AS weakest, max_by(rates.observed_on, row(rates.rate, rates.observed_on)) AS weakest_on,
    min(rates.rate) AS strongest, max_by(rates.observed_on, row(-rates.rate, rates.observed_on)) AS strongest_on,
    inverse_precise(weakest) AS weakest_inverse, inverse_precise(strongest) AS strongest_inverse,
    CASE WHEN weakest > strongest THEN
        100 * (any_value(headline.inverse) - 1 / weakest::DOUBLE)
        / (1 / strongest::DOUBLE - 1 / weakest::DOUBLE)
    END AS place_pct,
    CASE WHEN weakest > strongest THEN
        100 * (any_value(headline.rate) - strongest)::DOUBLE / (weakest - strongest)::DOUBLE
    END AS rate_place_pct
FROM headline
JOIN rates ON rates.source = headline.source AND rates.base = headline.base AND rates.quote = headline.quote
AND rates.observed_on BETWEEN headline.observed_on - 364 AND headline.observed_on
AND NOT carried
GROUP BY ALL;
COMMENT ON VIEW year_range IS 'The weakest and strongest rate of the quote of each pair in the 52 weeks up to its latest rate, and the position of that rate between them';
COMMENT ON COLUMN year_range.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN year_range.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN year_range.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN year_range.source IS 'The source of the headline rate';
COMMENT ON COLUMN year_range.observed_on IS 'The day of the latest rate';
COMMENT ON COLUMN year_range.first_on IS 'The first day of the 52 weeks that has a rate';
COMMENT ON COLUMN year_range.days IS 'Number of days in the 52 weeks that have a rate';
COMMENT ON COLUMN year_range.weakest IS 'The rate when the quote was weakest';
COMMENT ON COLUMN year_range.weakest_on IS 'The day on which the quote was weakest';
COMMENT ON COLUMN year_range.strongest IS 'The rate when the quote was strongest';
COMMENT ON COLUMN year_range.strongest_on IS 'The day on which the quote was strongest';
COMMENT ON COLUMN year_range.weakest_inverse IS 'Units of the base for one of the quote when that was weakest, six significant digits';
COMMENT ON COLUMN year_range.strongest_inverse IS 'Units of the base for one of the quote when that was strongest, six significant digits';
COMMENT ON COLUMN year_range.place_pct IS 'Position of the latest rate: 0 at the weakest, 100 at the strongest; NULL if the rate did not move';
COMMENT ON COLUMN year_range.rate_place_pct IS 'Position of the latest rate as the pair is written: 0 at the lowest, 100 at the highest; NULL if the rate did not move';
