-- Units per dollar in force on a day: of the headline, or of one source or kind. The tables have names of their own
-- here, so that an argument may be a column of `rates` or of `headline`. The last rate on or up to ten days before the
-- day, the preferred kind first, as in `headline_daily`.
CREATE OR REPLACE MACRO rate_on(of_currency, on_day, of_source := NULL, of_kind := NULL) AS (
    SELECT max_by(
        its_rate.units_per_usd,
        row(
            its_rate.source = CASE its_currency.preferred_kind
                WHEN 'official' THEN its_currency.official_source ELSE its_currency.market_source
            END,
            its_rate.observed_on
        )
    )
    FROM rates AS its_rate JOIN currencies AS its_currency ON its_currency.currency = its_rate.currency
    WHERE its_rate.currency = of_currency
    AND its_rate.observed_on BETWEEN on_day::DATE - 10 AND on_day::DATE
    AND (its_rate.source = 'peg' AND its_currency.peg_until < on_day::DATE) IS NOT TRUE
    AND CASE
        WHEN of_source IS NOT NULL THEN its_rate.source = of_source
        WHEN of_kind = 'official' THEN its_rate.source = its_currency.official_source
        WHEN of_kind = 'market' THEN its_rate.source = its_currency.market_source
        ELSE its_rate.source IN (its_currency.official_source, its_currency.market_source)
    END
);
COMMENT ON MACRO rate_on IS 'Units per US dollar in force on a day: the last on or up to ten days before it, of the headline source of that day or, by of_source or of_kind, of one source or of official or market; NULL where there is none';
