CREATE OR REPLACE MACRO kind_of(source, official_source, market_source) AS
    CASE source WHEN official_source THEN 'official' WHEN market_source THEN 'market' ELSE 'other' END;
COMMENT ON MACRO kind_of IS 'The kind of a source for a pair: official, market or other';
