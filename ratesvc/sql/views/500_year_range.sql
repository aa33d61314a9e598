-- 52 weeks, not a year: that is what markets call it.
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
COMMENT ON VIEW year_range IS 'Between which rates each currency has moved in the 52 weeks up to its newest rate, and where it is in between';
COMMENT ON COLUMN year_range.currency IS 'ISO 4217 code';
COMMENT ON COLUMN year_range.source IS 'The headline''s source';
COMMENT ON COLUMN year_range.observed_on IS 'The day of the newest rate';
COMMENT ON COLUMN year_range.first_on IS 'The first day of the 52 weeks that has a rate';
COMMENT ON COLUMN year_range.days IS 'How many days of the 52 weeks have a rate';
COMMENT ON COLUMN year_range.weakest_units IS 'Units per US dollar when the currency was weakest';
COMMENT ON COLUMN year_range.weakest_on IS 'The day of that';
COMMENT ON COLUMN year_range.strongest_units IS 'Units per US dollar when the currency was strongest';
COMMENT ON COLUMN year_range.strongest_on IS 'The day of that';
COMMENT ON COLUMN year_range.weakest_rate IS 'US dollars per unit when the currency was weakest, six significant digits';
COMMENT ON COLUMN year_range.strongest_rate IS 'US dollars per unit when the currency was strongest, six significant digits';
COMMENT ON COLUMN year_range.place_pct IS '0 at the weakest, 100 at the strongest; NULL where nothing has moved';
