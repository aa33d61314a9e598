-- As the JSON library prints a time: without a fraction if it is zero, else with six digits.
CREATE OR REPLACE MACRO ticker_head(version, published_at) AS
'{"version":"' || version || '","published_at":"' || CASE
    WHEN date_trunc('second', published_at) = published_at THEN strftime(published_at, '%Y-%m-%dT%H:%M:%S')
    ELSE strftime(published_at, '%Y-%m-%dT%H:%M:%S.%f')
END || 'Z",';
COMMENT ON MACRO ticker_head IS 'How the ticker.json of a version begins: what differs between two that say the same';
