CREATE TABLE IF NOT EXISTS daily (
    source VARCHAR NOT NULL,
    currency VARCHAR NOT NULL,
    observed_on DATE NOT NULL,
    open DECIMAL(18, 8) NOT NULL,
    high DECIMAL(18, 8) NOT NULL,
    low DECIMAL(18, 8) NOT NULL,
    close DECIMAL(18, 8) NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    sightings BIGINT NOT NULL,
    carried BOOLEAN NOT NULL
);
COMMENT ON TABLE daily IS 'One row per source, currency and day, maintained from observations (`ratesvc rebuild` makes it from scratch). Of each moment of a day only the newest sighting counts';
COMMENT ON COLUMN daily.source IS 'The name of the source';
COMMENT ON COLUMN daily.currency IS 'ISO 4217 code';
COMMENT ON COLUMN daily.observed_on IS 'The day of observed_at in UTC';
COMMENT ON COLUMN daily.open IS 'Units per US dollar at the first moment of the day';
COMMENT ON COLUMN daily.high IS 'Most units per US dollar of the day';
COMMENT ON COLUMN daily.low IS 'Fewest units per US dollar of the day';
COMMENT ON COLUMN daily.close IS 'Units per US dollar at the last moment of the day';
COMMENT ON COLUMN daily.observed_at IS 'The last moment of the day, UTC';
COMMENT ON COLUMN daily.seen_at IS 'When the close was seen, UTC';
COMMENT ON COLUMN daily.sightings IS 'Rows of observations for the day, corrected ones too';
COMMENT ON COLUMN daily.carried IS 'Whether it is a copy: on a day on which its source sets no rate, the last one printed again';
