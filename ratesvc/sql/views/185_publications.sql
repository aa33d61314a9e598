CREATE OR REPLACE VIEW publications AS
SELECT
    version, published_at, snapshot_id,
    CASE WHEN starts_with(said, '{') THEN said ELSE ticker_head(version, published_at) || said END AS ticker
FROM (
    SELECT version, published_at, snapshot_id, string_agg(text, '},{"pair":' ORDER BY place) AS said
    FROM (SELECT *, unnest(row_ids) AS row_id, generate_subscripts(row_ids, 1) AS place FROM published_versions) AS shown
    JOIN (FROM ticker_rows SELECT row_id, text) AS texts USING (row_id)
    GROUP BY ALL
);
COMMENT ON VIEW publications IS 'The ticker of every published version, for ever. A version''s own row is in the versions after it';
COMMENT ON COLUMN publications.version IS 'The name of the version: its time of publication in UTC, to the millisecond, unless the clock was set back';
COMMENT ON COLUMN publications.published_at IS 'When it was published, UTC';
COMMENT ON COLUMN publications.snapshot_id IS 'The latest snapshot in it';
COMMENT ON COLUMN publications.ticker IS 'The bytes of its ticker.json';
