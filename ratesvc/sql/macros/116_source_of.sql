CREATE OR REPLACE MACRO source_of(kind, official_source, market_source) AS
    CASE kind WHEN 'official' THEN official_source WHEN 'market' THEN market_source END;
COMMENT ON MACRO source_of IS 'The official or the market source of a pair, by kind';
