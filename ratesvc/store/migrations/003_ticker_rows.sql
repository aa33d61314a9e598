-- Each row of the ticker is kept once, not once for each version that had it.
CREATE TABLE IF NOT EXISTS publications (version VARCHAR, published_at TIMESTAMP, snapshot_id BIGINT, ticker VARCHAR);
CREATE TABLE published_versions (
    version VARCHAR NOT NULL,
    published_at TIMESTAMP NOT NULL,
    snapshot_id BIGINT,
    row_ids BIGINT[] NOT NULL
);
CREATE TABLE ticker_rows (
    row_id BIGINT NOT NULL,
    text VARCHAR NOT NULL
);
CREATE TEMP TABLE said AS
SELECT version, published_at, snapshot_id, unnest(texts) AS text, generate_subscripts(texts, 1) AS place
FROM (
    SELECT
        *,
        string_split(
            CASE WHEN starts_with(ticker, head) THEN substring(ticker, length(head) + 1) ELSE ticker END, '},{"pair":'
        ) AS texts
    FROM (
        SELECT
            *,
            '{"version":"' || version || '","published_at":"' || CASE
                WHEN date_trunc('second', published_at) = published_at THEN strftime(published_at, '%Y-%m-%dT%H:%M:%S')
                ELSE strftime(published_at, '%Y-%m-%dT%H:%M:%S.%f')
            END || 'Z",' AS head
        FROM publications
    )
);
INSERT INTO ticker_rows
SELECT row_number() OVER (ORDER BY min(version), min(place)), text FROM said GROUP BY text ORDER BY 1;
INSERT INTO published_versions
SELECT version, published_at, snapshot_id, list(row_id ORDER BY place) FROM said JOIN ticker_rows USING (text)
GROUP BY ALL ORDER BY version;
DROP TABLE said;
DROP TABLE publications;
