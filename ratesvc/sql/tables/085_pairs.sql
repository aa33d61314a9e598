CREATE OR REPLACE TABLE pairs (
    position INTEGER NOT NULL,
    pair VARCHAR NOT NULL,
    base VARCHAR NOT NULL,
    quote VARCHAR NOT NULL,
    in_ticker BOOLEAN NOT NULL,
    base_unit VARCHAR NOT NULL,
    official_source VARCHAR,
    market_source VARCHAR,
    preferred_kind VARCHAR NOT NULL,
    peg_rate DECIMAL(22, 13),
    peg_since DATE,
    peg_until DATE,
    peg_authority VARCHAR
);
COMMENT ON TABLE pairs IS 'The pairs that are collected, as their sources print them, written from currencies.py whenever the store is opened';
COMMENT ON COLUMN pairs.position IS 'Its place in lists, from 1; those of the ticker come first';
COMMENT ON COLUMN pairs.pair IS 'Base and quote, e.g. USD/KZT: tenge for one dollar';
COMMENT ON COLUMN pairs.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN pairs.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN pairs.in_ticker IS 'Whether the ticker shows it, the other way round, where no pairs are asked for';
COMMENT ON COLUMN pairs.base_unit IS 'What one of the base is called in English, e.g. dollar';
COMMENT ON COLUMN pairs.official_source IS 'The source of its official rate; NULL where none is collected';
COMMENT ON COLUMN pairs.market_source IS 'The source of its market rate; NULL where none is collected';
COMMENT ON COLUMN pairs.preferred_kind IS 'official or market: which of the two is displayed while both have a recent rate (RATESVC_HEADLINE)';
COMMENT ON COLUMN pairs.peg_rate IS 'The pegged rate; NULL if there is no peg';
COMMENT ON COLUMN pairs.peg_since IS 'The first day of the peg';
COMMENT ON COLUMN pairs.peg_until IS 'The last day of a peg that has ended; NULL while it is in force';
COMMENT ON COLUMN pairs.peg_authority IS 'The institution that announced the peg';
