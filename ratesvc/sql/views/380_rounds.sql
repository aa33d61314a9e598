-- Where none of several sources answered anything, not even an error, nobody was reached: that is most likely our own
-- network, and says nothing about the sources.
CREATE OR REPLACE VIEW rounds AS
SELECT
    snapshot_id, min(started_at) AS taken_at, max(finished_at) AS finished_at,
    CASE
        WHEN bool_or(outcome <> 'failed' OR http_status IS NOT NULL) THEN true
        WHEN count(*) > 1 THEN false
    END AS reached
FROM fetches
WHERE asked_to IS NULL AND NOT starts_with(url, 'archive:')  -- The history that comes with the program.
GROUP BY snapshot_id;
COMMENT ON VIEW rounds IS 'Each time that the sources were asked for their newest documents';
COMMENT ON COLUMN rounds.snapshot_id IS 'The snapshot';
COMMENT ON COLUMN rounds.taken_at IS 'When the first source was asked, UTC';
COMMENT ON COLUMN rounds.finished_at IS 'When the last answer was in, UTC';
COMMENT ON COLUMN rounds.reached IS 'false: none of several sources could be reached, so the problem is probably on our side; NULL: a single one was asked and not reached, which says nothing about whose problem it is';
