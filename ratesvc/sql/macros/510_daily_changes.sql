-- The changes from one publication to the next of one source and currency. A window instead of ASOF, because it
-- needs only the rows of that one series; a test checks that it agrees with `changes`.
CREATE OR REPLACE MACRO daily_changes(of_currency, of_source) AS TABLE
SELECT
    observed_on, units_per_usd, seen_at, sightings,
    CASE WHEN observed_on - before.observed_on <= reach() THEN before.observed_on END AS previous_on,
    CASE WHEN previous_on IS NOT NULL THEN change_of(before.units_per_usd, units_per_usd) END AS change_pct,
    CASE WHEN previous_on IS NOT NULL THEN change_shown(before.units_per_usd, units_per_usd) END AS change_shown
FROM (
    SELECT
        observed_on, units_per_usd, seen_at, sightings,
        lag({'observed_on': observed_on, 'units_per_usd': units_per_usd}) OVER (ORDER BY observed_on) AS before
    FROM rates WHERE currency = of_currency AND source = of_source AND NOT carried
)
ORDER BY observed_on;
COMMENT ON MACRO TABLE daily_changes IS 'Each publication of one currency and source, and its change since the previous one';
