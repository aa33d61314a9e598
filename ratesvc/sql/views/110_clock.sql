-- What time it is, in one place.
CREATE OR REPLACE VIEW clock AS
SELECT make_timestamp(epoch_us(now())) AS now_utc;
COMMENT ON VIEW clock IS 'What time it is';
COMMENT ON COLUMN clock.now_utc IS 'The present moment, UTC';
