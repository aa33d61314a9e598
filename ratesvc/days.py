"""How the sightings of a day become its row in `daily`: when they are stored, and when the past is made again."""

SUM_UP_DAYS = """
INSERT INTO daily
SELECT
    source, currency, observed_at::DATE AS observed_on,
    min_by(units_per_usd, observed_at),
    max(units_per_usd),
    min(units_per_usd),
    max_by(units_per_usd, observed_at),
    max(observed_at),
    max_by(seen_at, observed_at),
    sum(sightings)
FROM (
    -- Of each moment only the newest sighting counts; all of them are counted. Newest is what arrived last,
    -- which fetch_id tells and a clock that was set back does not.
    SELECT
        source, currency, observed_at,
        max_by(units_per_usd, fetch_id) AS units_per_usd,
        max_by(seen_at, fetch_id) AS seen_at,
        count(*) AS sightings
    FROM observations
    WHERE {where}
    GROUP BY source, currency, observed_at
)
GROUP BY source, currency, observed_on
ORDER BY observed_on, source, currency
"""
