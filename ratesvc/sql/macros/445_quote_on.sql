-- The tables have unique aliases here, so that an argument may be a column of `rates` or of `headline`.
CREATE OR REPLACE MACRO quote_on(of_currency, on_day, of_source := NULL, of_kind := NULL) AS (
    SELECT max_by(
        {'source': its_rate.source, 'observed_on': its_rate.observed_on, 'units_per_usd': its_rate.units_per_usd},
        -- The preferred kind first, as in `headline_daily`.
        row(
            its_rate.source = source_of(
                its_currency.preferred_kind, its_currency.official_source, its_currency.market_source
            ),
            its_rate.observed_on
        )
    )
    FROM rates AS its_rate JOIN currencies AS its_currency ON its_currency.currency = its_rate.currency
    WHERE its_rate.currency = of_currency
    AND its_rate.observed_on BETWEEN on_day::DATE - reach() AND on_day::DATE
    AND (its_rate.source = 'peg' AND its_currency.peg_until < on_day::DATE) IS NOT TRUE
    AND CASE
        WHEN of_source IS NOT NULL THEN its_rate.source = of_source
        WHEN of_kind IS NOT NULL THEN its_rate.source = source_of(
            of_kind, its_currency.official_source, its_currency.market_source
        )
        ELSE its_rate.source IN (its_currency.official_source, its_currency.market_source)
    END
);
COMMENT ON MACRO quote_on IS 'The rate in force on a day (the last on that day or up to ten days before), with its source and day: of the headline, or of one source (of_source) or one kind (of_kind: official or market); NULL if there is none';
