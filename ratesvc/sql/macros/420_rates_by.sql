-- The rates as the snapshots up to one had them: what came later, corrections too, is not in it. NULL: all.
CREATE OR REPLACE MACRO rates_by(last_snapshot) AS TABLE
SELECT source, currency, observed_on, units_per_usd, carried FROM rates WHERE last_snapshot IS NULL OR source = 'peg'
UNION ALL
SELECT
    sighted.source, sighted.currency, sighted.observed_at::DATE AS observed_on,
    max_by(sighted.units_per_usd, sighted.observed_at) AS units_per_usd,
    coalesce(any_value(carried), false) AS carried
FROM (
    SELECT source, currency, observed_at, max_by(units_per_usd, fetch_id) AS units_per_usd
    FROM observations
    -- A figure that was held is stored with the fetch that brought it, but counts since it was confirmed.
    WHERE last_snapshot IS NOT NULL
    AND coalesce(confirmed_by, fetch_id) <= (SELECT max(fetch_id) FROM fetches WHERE snapshot_id <= last_snapshot)
    AND NOT EXISTS (
        FROM decisions
        WHERE decision = 'superseded' AND decisions.source = observations.source
        AND decisions.currency = observations.currency AND decisions.observed_at = observations.observed_at
        AND decisions.fetch_id >= coalesce(observations.confirmed_by, observations.fetch_id)
        AND decisions.fetch_id <= (SELECT max(fetch_id) FROM fetches WHERE snapshot_id <= last_snapshot)
    )
    GROUP BY ALL
) AS sighted
LEFT JOIN (FROM daily SELECT source, currency, observed_on, carried) AS its_day
    ON its_day.source = sighted.source AND its_day.currency = sighted.currency
    AND its_day.observed_on = sighted.observed_at::DATE
GROUP BY ALL;
COMMENT ON MACRO TABLE rates_by IS 'The rates as the snapshots up to one had them: what came later, corrections too, is not in it; NULL: all';
