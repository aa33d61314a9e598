CREATE TABLE IF NOT EXISTS daily (
    source VARCHAR NOT NULL,
    base VARCHAR NOT NULL,
    quote VARCHAR NOT NULL,
    observed_on DATE NOT NULL,
    open DECIMAL(22, 13) NOT NULL,
    high DECIMAL(22, 13) NOT NULL,
    low DECIMAL(22, 13) NOT NULL,
    close DECIMAL(22, 13) NOT NULL,
    observed_at TIMESTAMP NOT NULL,
    seen_at TIMESTAMP NOT NULL,
    sightings BIGINT NOT NULL,
    moments BIGINT NOT NULL,
    carried BOOLEAN NOT NULL
);
COMMENT ON TABLE daily IS 'One row per source, pair and day, derived from observations (`ratesvc rebuild` recreates it). For each time of day only the latest sighting is used';
COMMENT ON COLUMN daily.source IS 'The name of the source';
COMMENT ON COLUMN daily.base IS 'ISO 4217 code of the currency that is priced';
COMMENT ON COLUMN daily.quote IS 'ISO 4217 code of the currency of the price';
COMMENT ON COLUMN daily.observed_on IS 'The day of observed_at in UTC';
COMMENT ON COLUMN daily.open IS 'The rate at the first time of the day';
COMMENT ON COLUMN daily.high IS 'The highest rate of the day';
COMMENT ON COLUMN daily.low IS 'The lowest rate of the day';
COMMENT ON COLUMN daily.close IS 'The rate at the last time of the day';
COMMENT ON COLUMN daily.observed_at IS 'The last time of the day, UTC';
COMMENT ON COLUMN daily.seen_at IS 'When the close was received, UTC';
COMMENT ON COLUMN daily.sightings IS 'Number of observations for the day, including corrected ones';
COMMENT ON COLUMN daily.moments IS 'Number of the times that these are for; fewer than sightings: some were corrected';
COMMENT ON COLUMN daily.carried IS 'Whether the source repeated its last rate because it sets none for this day';
