-- If none of several sources returned anything, not even an error, our own network is probably down; that is no evidence
-- about the sources.
CREATE OR REPLACE VIEW rounds AS
SELECT
    snapshot_id, min(started_at) AS taken_at, max(finished_at) AS finished_at,
    CASE
        WHEN bool_or(outcome <> 'failed' OR http_status IS NOT NULL) THEN true
        WHEN count(*) > 1 THEN false
    END AS reached
FROM fetches
WHERE asked_to IS NULL AND NOT starts_with(url, 'archive:')  -- The bundled history.
GROUP BY snapshot_id;
COMMENT ON VIEW rounds IS 'Each round of checks for the sources'' latest documents';
COMMENT ON COLUMN rounds.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN rounds.taken_at IS 'When the first request started, UTC';
COMMENT ON COLUMN rounds.finished_at IS 'When the last response was complete, UTC';
COMMENT ON COLUMN rounds.reached IS 'false: none of several sources could be reached, so the problem is probably on our side; NULL: the only source checked could not be reached, so the cause is unknown';
