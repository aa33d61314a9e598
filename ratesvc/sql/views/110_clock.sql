-- The current time, in one place, so that a past version can set it.
CREATE OR REPLACE VIEW clock AS
SELECT make_timestamp(epoch_us(now())) AS now_utc;
COMMENT ON VIEW clock IS 'The current time';
COMMENT ON COLUMN clock.now_utc IS 'The current time, UTC';
