-- Each text of the ticker is kept once, not once for each version that had it.
CREATE TABLE IF NOT EXISTS publications (version VARCHAR, published_at TIMESTAMP, snapshot_id BIGINT, ticker VARCHAR);
CREATE TABLE published_versions (
    version VARCHAR NOT NULL,
    published_at TIMESTAMP NOT NULL,
    snapshot_id BIGINT,
    text_id BIGINT NOT NULL
);
CREATE TABLE ticker_texts (
    text_id BIGINT NOT NULL,
    text VARCHAR NOT NULL
);
CREATE TEMP TABLE said AS
SELECT
    * EXCLUDE (ticker, head),
    CASE WHEN starts_with(ticker, head) THEN substring(ticker, length(head) + 1) ELSE ticker END AS text
FROM (
    SELECT
        *,
        '{"version":"' || version || '","published_at":"' || CASE
            WHEN date_trunc('second', published_at) = published_at THEN strftime(published_at, '%Y-%m-%dT%H:%M:%S')
            ELSE strftime(published_at, '%Y-%m-%dT%H:%M:%S.%f')
        END || 'Z",' AS head
    FROM publications
);
INSERT INTO ticker_texts
SELECT row_number() OVER (ORDER BY min(version)), text FROM said GROUP BY text ORDER BY min(version);
INSERT INTO published_versions
SELECT version, published_at, snapshot_id, text_id FROM said JOIN ticker_texts USING (text) ORDER BY version;
DROP TABLE said;
DROP TABLE publications;
