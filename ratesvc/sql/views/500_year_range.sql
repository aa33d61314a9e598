-- 52 weeks, not a year, as is usual in markets.
CREATE OR REPLACE VIEW year_range AS
SELECT
    headline.currency, headline.source, headline.observed_on, min(rates.observed_on) AS first_on, count(*) AS days,
    max(rates.units_per_usd) AS weakest_units, max_by(rates.observed_on, row(rates.units_per_usd, rates.observed_on)) AS weakest_on,
    min(rates.units_per_usd) AS strongest_units, max_by(rates.observed_on, row(-rates.units_per_usd, rates.observed_on)) AS strongest_on,
    usd_precise(weakest_units) AS weakest_rate, usd_precise(strongest_units) AS strongest_rate,
    CASE WHEN weakest_units > strongest_units THEN
        100 * (any_value(headline.usd_per_unit) - 1 / weakest_units::DOUBLE)
        / (1 / strongest_units::DOUBLE - 1 / weakest_units::DOUBLE)
    END AS place_pct
FROM headline
JOIN rates ON rates.source = headline.source AND rates.currency = headline.currency
AND rates.observed_on BETWEEN headline.observed_on - 364 AND headline.observed_on
AND NOT carried
GROUP BY ALL;
COMMENT ON VIEW year_range IS 'The weakest and strongest rate of each currency in the 52 weeks up to its latest rate, and the position of that rate between them';
COMMENT ON COLUMN year_range.currency IS 'ISO 4217 code';
COMMENT ON COLUMN year_range.source IS 'The source of the headline rate';
COMMENT ON COLUMN year_range.observed_on IS 'The day of the latest rate';
COMMENT ON COLUMN year_range.first_on IS 'The first day of the 52 weeks that has a rate';
COMMENT ON COLUMN year_range.days IS 'Number of days in the 52 weeks that have a rate';
COMMENT ON COLUMN year_range.weakest_units IS 'Units per US dollar when the currency was weakest';
COMMENT ON COLUMN year_range.weakest_on IS 'The day on which it was weakest';
COMMENT ON COLUMN year_range.strongest_units IS 'Units per US dollar when the currency was strongest';
COMMENT ON COLUMN year_range.strongest_on IS 'The day on which it was strongest';
COMMENT ON COLUMN year_range.weakest_rate IS 'US dollars per unit when the currency was weakest, six significant digits';
COMMENT ON COLUMN year_range.strongest_rate IS 'US dollars per unit when the currency was strongest, six significant digits';
COMMENT ON COLUMN year_range.place_pct IS 'Position of the latest rate: 0 at the weakest, 100 at the strongest; NULL if the rate did not move';
