CREATE OR REPLACE VIEW outcomes AS
SELECT source, outcome, count(*) AS fetches, max(finished_at) AS last_at
FROM fetches, clock
WHERE asked_to IS NULL AND started_at > now_utc - INTERVAL 7 DAYS
GROUP BY ALL
ORDER BY ALL;
COMMENT ON VIEW outcomes IS 'Results of the checks of each source in the last seven days, without requests for past days';
COMMENT ON COLUMN outcomes.source IS 'The name of the source';
COMMENT ON COLUMN outcomes.outcome IS 'new, unchanged or failed';
COMMENT ON COLUMN outcomes.fetches IS 'Number of checks with this result';
COMMENT ON COLUMN outcomes.last_at IS 'When it last occurred, UTC';
