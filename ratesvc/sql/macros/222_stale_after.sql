-- A document is late once it should be out, stale two days and dead ten days after that.
CREATE OR REPLACE MACRO stale_after(due_at) AS due_at + INTERVAL 48 HOURS;
COMMENT ON MACRO stale_after IS 'When a rate becomes stale: two days after its successor is normally out';
