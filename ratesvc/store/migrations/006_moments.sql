-- How many times a day's sightings are for, so that corrections are found without reading all sightings.
CREATE TABLE new_daily (
    source VARCHAR NOT NULL, base VARCHAR NOT NULL, quote VARCHAR NOT NULL, observed_on DATE NOT NULL,
    open DECIMAL(22, 13) NOT NULL, high DECIMAL(22, 13) NOT NULL, low DECIMAL(22, 13) NOT NULL,
    close DECIMAL(22, 13) NOT NULL, observed_at TIMESTAMP NOT NULL, seen_at TIMESTAMP NOT NULL,
    sightings BIGINT NOT NULL, moments BIGINT NOT NULL, carried BOOLEAN NOT NULL
);
INSERT INTO new_daily BY NAME
SELECT daily.*, moments
FROM daily JOIN (
    SELECT source, base, quote, observed_at::DATE AS observed_on, count(DISTINCT observed_at) AS moments
    FROM observations
    WHERE NOT EXISTS (
        FROM decisions
        WHERE decision = 'superseded' AND decisions.source = observations.source
        AND decisions.base = observations.base AND decisions.quote = observations.quote
        AND decisions.observed_at = observations.observed_at
        AND decisions.fetch_id >= coalesce(observations.confirmed_by, observations.fetch_id)
    )
    GROUP BY ALL
) USING (source, base, quote, observed_on)
ORDER BY observed_on, source, base, quote;
DROP TABLE daily;
ALTER TABLE new_daily RENAME TO daily;
DROP MACRO TABLE IF EXISTS corrections_from
