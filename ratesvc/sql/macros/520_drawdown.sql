-- Distance of each rate below the strongest rate of the quote in the 52 weeks up to it.
CREATE OR REPLACE MACRO drawdown(of_base, of_quote, of_source) AS TABLE
SELECT observed_on, rate, strongest_rate, inverse_change_of(strongest_rate, rate) AS drawdown_pct
FROM (
    SELECT
        observed_on, rate,
        min(rate) OVER (
            ORDER BY observed_on RANGE BETWEEN INTERVAL 364 DAYS PRECEDING AND CURRENT ROW
        ) AS strongest_rate
    FROM rates WHERE base = of_base AND quote = of_quote AND source = of_source
)
ORDER BY observed_on;
COMMENT ON MACRO TABLE drawdown IS 'Distance of each rate of one pair and source below the strongest of the 52 weeks up to it, in percent';
