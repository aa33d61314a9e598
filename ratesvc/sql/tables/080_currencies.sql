CREATE OR REPLACE TABLE currencies (
    position INTEGER NOT NULL,
    currency VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    iso_number VARCHAR NOT NULL,
    country VARCHAR NOT NULL,
    colour VARCHAR NOT NULL,
    is_base BOOLEAN NOT NULL
);
COMMENT ON TABLE currencies IS 'Reference data of each currency, written from currencies.py whenever the store is opened';
COMMENT ON COLUMN currencies.position IS 'Its place in lists, from 1: the currencies of Central Asia, then the bases';
COMMENT ON COLUMN currencies.currency IS 'ISO 4217 code';
COMMENT ON COLUMN currencies.name IS 'English name';
COMMENT ON COLUMN currencies.iso_number IS 'ISO 4217 number, three digits';
COMMENT ON COLUMN currencies.country IS 'The country that issues it, ISO 3166-1 alpha-2; EU for the euro';
COMMENT ON COLUMN currencies.colour IS 'The colour of its line in every chart';
COMMENT ON COLUMN currencies.is_base IS 'Whether it is a base, in which others are quoted, and not a currency of Central Asia';
