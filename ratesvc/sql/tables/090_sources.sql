CREATE OR REPLACE TABLE sources (
    source VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    site VARCHAR,
    terms VARCHAR,
    collected BOOLEAN NOT NULL,
    country VARCHAR
);
COMMENT ON TABLE sources IS 'What is known of each source beforehand; written from sources/ whenever the store is opened';
COMMENT ON COLUMN sources.source IS 'Its name';
COMMENT ON COLUMN sources.kind IS 'official or market';
COMMENT ON COLUMN sources.title IS 'Who publishes';
COMMENT ON COLUMN sources.site IS 'The page of the publisher';
COMMENT ON COLUMN sources.terms IS 'What may be done with its figures';
COMMENT ON COLUMN sources.collected IS 'Whether this installation asks it';
COMMENT ON COLUMN sources.country IS 'The country of a central bank, ISO 3166-1 alpha-2; NULL for a market feed';
