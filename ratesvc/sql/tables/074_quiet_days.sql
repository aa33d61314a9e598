CREATE TABLE IF NOT EXISTS quiet_days (
    source VARCHAR NOT NULL,
    asked_on DATE NOT NULL,
    outcome VARCHAR NOT NULL,
    fetches BIGINT NOT NULL
);
COMMENT ON TABLE quiet_days IS 'The number of old fetches that are no longer listed one by one in fetches: those that brought nothing and that no version was published after';
COMMENT ON COLUMN quiet_days.source IS 'The name of the source';
COMMENT ON COLUMN quiet_days.asked_on IS 'The day on which they started, UTC';
COMMENT ON COLUMN quiet_days.outcome IS 'unchanged or failed';
COMMENT ON COLUMN quiet_days.fetches IS 'The number of fetches';
