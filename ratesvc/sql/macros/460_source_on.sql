CREATE OR REPLACE MACRO source_on(of_currency, on_day) AS (
    SELECT max_by(
        its_rate.source,
        row(
            its_rate.source = CASE its_currency.preferred_kind
                WHEN 'official' THEN its_currency.official_source ELSE its_currency.market_source
            END,
            its_rate.observed_on
        )
    )
    FROM rates AS its_rate JOIN currencies AS its_currency ON its_currency.currency = its_rate.currency
    WHERE its_rate.currency = of_currency
    AND its_rate.source IN (its_currency.official_source, its_currency.market_source)
    AND its_rate.observed_on BETWEEN on_day::DATE - 10 AND on_day::DATE
    AND (its_rate.source = 'peg' AND its_currency.peg_until < on_day::DATE) IS NOT TRUE
);
COMMENT ON MACRO source_on IS 'The source of the headline rate of a currency in force on a day; NULL where there is none';
