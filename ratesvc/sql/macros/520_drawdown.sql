-- Distance of each rate below the strongest rate of the 52 weeks up to it.
CREATE OR REPLACE MACRO drawdown(of_currency, of_source) AS TABLE
SELECT observed_on, units_per_usd, strongest_units, change_of(strongest_units, units_per_usd) AS drawdown_pct
FROM (
    SELECT
        observed_on, units_per_usd,
        min(units_per_usd) OVER (
            ORDER BY observed_on RANGE BETWEEN INTERVAL 364 DAYS PRECEDING AND CURRENT ROW
        ) AS strongest_units
    FROM rates WHERE currency = of_currency AND source = of_source
)
ORDER BY observed_on;
COMMENT ON MACRO TABLE drawdown IS 'Distance of each rate of one currency and source below the strongest of the 52 weeks up to it, in percent';
