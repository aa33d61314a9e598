CREATE OR REPLACE TABLE sources (
    source VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    money VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    site VARCHAR,
    terms VARCHAR,
    collected BOOLEAN NOT NULL,
    country VARCHAR
);
COMMENT ON TABLE sources IS 'Reference data of each source, written from sources/ whenever the store is opened';
COMMENT ON COLUMN sources.source IS 'The name of the source';
COMMENT ON COLUMN sources.kind IS 'official or market';
COMMENT ON COLUMN sources.money IS 'The currency in which an official source prints prices, or that a market feed prices: its other pairs are computed from two printed figures';
COMMENT ON COLUMN sources.title IS 'The publisher';
COMMENT ON COLUMN sources.site IS 'The publisher''s page';
COMMENT ON COLUMN sources.terms IS 'The terms of use of its figures';
COMMENT ON COLUMN sources.collected IS 'Whether this installation collects it';
COMMENT ON COLUMN sources.country IS 'The country of a central bank, ISO 3166-1 alpha-2; NULL for a market feed';
