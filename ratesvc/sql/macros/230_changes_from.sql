-- The changes of rates from a day on. Pass a recent day for current changes: all of decades takes a second, the last
-- days a few milliseconds.
CREATE OR REPLACE MACRO changes_from(first_day) AS TABLE
WITH wanted AS (
    SELECT
        rates.source, currency, observed_on, period, units_per_usd, reach_days,
        coalesce(observed_on - back, make_date(year(observed_on) - 1, 12, 31))::DATE AS wanted_on
    FROM rates, periods
    WHERE observed_on >= first_day AND NOT carried
)
SELECT
    wanted.source, wanted.currency, wanted.observed_on, wanted.period, wanted.units_per_usd,
    earlier.observed_on AS previous_on,
    earlier.units_per_usd AS previous_units_per_usd,
    change_of(earlier.units_per_usd, wanted.units_per_usd) AS change_pct,
    change_shown(earlier.units_per_usd, wanted.units_per_usd) AS change_shown
FROM wanted
ASOF JOIN (FROM rates WHERE observed_on >= first_day - 400 AND NOT carried) AS earlier  -- No period reaches further back.
    ON wanted.source = earlier.source
    AND wanted.currency = earlier.currency
    AND wanted.wanted_on >= earlier.observed_on
WHERE wanted.wanted_on - earlier.observed_on <= reach_days;
COMMENT ON MACRO TABLE changes_from IS 'The rows of the view changes from a day on: a recent day takes milliseconds, all of decades a second';
