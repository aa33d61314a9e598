-- The changes from one publication to the next of one source and pair. A window instead of ASOF, because it
-- needs only the rows of that one series; a test checks that it agrees with `changes`.
CREATE OR REPLACE MACRO daily_changes(of_base, of_quote, of_source) AS TABLE
SELECT
    observed_on, rate, seen_at, sightings,
    CASE WHEN observed_on - before.observed_on <= reach() THEN before.observed_on END AS previous_on,
    CASE WHEN previous_on IS NOT NULL THEN before.rate END AS previous_rate,
    change_of(previous_rate, rate) AS change_pct,
    change_shown(previous_rate, rate) AS change_shown,
    inverse_change_of(previous_rate, rate) AS inverse_change_pct,
    inverse_change_shown(previous_rate, rate) AS inverse_change_shown
FROM (
    SELECT
        observed_on, rate, seen_at, sightings,
        lag({'observed_on': observed_on, 'rate': rate}) OVER (ORDER BY observed_on) AS before
    FROM rates WHERE base = of_base AND quote = of_quote AND source = of_source AND NOT carried
)
ORDER BY observed_on;
COMMENT ON MACRO TABLE daily_changes IS 'Each publication of one pair and source, and its change since the previous one';
