CREATE OR REPLACE TABLE currencies (
    position INTEGER NOT NULL,
    currency VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    official_source VARCHAR,
    market_source VARCHAR,
    preferred_kind VARCHAR NOT NULL,
    peg_units_per_usd DECIMAL(18, 8),
    peg_since DATE,
    peg_authority VARCHAR,
    colour VARCHAR NOT NULL,
    peg_until DATE,
    iso_number VARCHAR NOT NULL,
    country VARCHAR NOT NULL
);
COMMENT ON TABLE currencies IS 'Reference data of each currency, written from currencies.py whenever the store is opened';
COMMENT ON COLUMN currencies.position IS 'Its place in the ticker, from 1';
COMMENT ON COLUMN currencies.currency IS 'ISO 4217 code';
COMMENT ON COLUMN currencies.name IS 'English name';
COMMENT ON COLUMN currencies.official_source IS 'The source of its official rate; NULL where none is collected';
COMMENT ON COLUMN currencies.market_source IS 'The source of its market rate; NULL where none is collected';
COMMENT ON COLUMN currencies.preferred_kind IS 'official or market: which of the two is displayed while both have a recent rate (RATESVC_HEADLINE)';
COMMENT ON COLUMN currencies.peg_units_per_usd IS 'The pegged rate; NULL if there is no peg';
COMMENT ON COLUMN currencies.peg_since IS 'The first day of the peg';
COMMENT ON COLUMN currencies.peg_until IS 'The last day of a peg that has ended; NULL while it is in force';
COMMENT ON COLUMN currencies.peg_authority IS 'The institution that announced the peg';
COMMENT ON COLUMN currencies.colour IS 'The colour of its line in every chart';
COMMENT ON COLUMN currencies.iso_number IS 'ISO 4217 number, three digits';
COMMENT ON COLUMN currencies.country IS 'The country that issues it, ISO 3166-1 alpha-2';
