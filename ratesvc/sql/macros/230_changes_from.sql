-- The changes of rates from a day on. Pass a recent day for current changes: all of decades takes a second, the last
-- days a few milliseconds. newest_only: only the changes of the latest rate of each source and pair.
CREATE OR REPLACE MACRO changes_from(first_day, newest_only := false) AS TABLE
WITH wanted AS (
    SELECT
        rates.source, pair, base, quote, observed_on, period, rate, reach_days,
        reference_day(observed_on, back) AS wanted_on
    FROM rates, periods
    WHERE observed_on >= first_day::DATE AND NOT carried
    AND (
        NOT newest_only
        OR (source, base, quote, observed_on) IN (FROM newest_rates SELECT source, base, quote, observed_on)
    )
)
SELECT
    wanted.source, wanted.pair, wanted.base, wanted.quote, wanted.observed_on, wanted.period, wanted.rate,
    earlier.observed_on AS previous_on,
    earlier.rate AS previous_rate,
    change_of(earlier.rate, wanted.rate) AS change_pct,
    change_shown(earlier.rate, wanted.rate) AS change_shown,
    inverse_change_of(earlier.rate, wanted.rate) AS inverse_change_pct,
    inverse_change_shown(earlier.rate, wanted.rate) AS inverse_change_shown
FROM wanted
ASOF JOIN (FROM rates WHERE observed_on >= first_day::DATE - 400 AND NOT carried) AS earlier  -- No period reaches further back.
    ON wanted.source = earlier.source
    AND wanted.pair = earlier.pair
    AND wanted.wanted_on >= earlier.observed_on
WHERE wanted.wanted_on - earlier.observed_on <= reach_days;
COMMENT ON MACRO TABLE changes_from IS 'The rows of the view changes from a day on: a recent day takes milliseconds, all of decades a second';
