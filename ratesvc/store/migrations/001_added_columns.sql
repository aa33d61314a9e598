-- Columns and figures that early stores lack.
ALTER TABLE fetches ADD COLUMN IF NOT EXISTS asked_from DATE;
ALTER TABLE fetches ADD COLUMN IF NOT EXISTS asked_to DATE;
ALTER TABLE fetches ADD COLUMN IF NOT EXISTS etag VARCHAR;
ALTER TABLE fetches ADD COLUMN IF NOT EXISTS last_modified VARCHAR;
ALTER TABLE observations ADD COLUMN IF NOT EXISTS confirmed_by BIGINT;
ALTER TABLE rejections ADD COLUMN IF NOT EXISTS held BOOLEAN;
ALTER TABLE rejections ADD COLUMN IF NOT EXISTS rejection_id BIGINT;
ALTER TABLE rejections ADD COLUMN IF NOT EXISTS doubt VARCHAR;
ALTER TABLE rejections ADD COLUMN IF NOT EXISTS printed_step VARCHAR;
ALTER TABLE daily ADD COLUMN IF NOT EXISTS carried BOOLEAN;
UPDATE rejections SET rejection_id = rowid + 1 WHERE rejection_id IS NULL;
UPDATE rejections SET held = false WHERE held IS NULL;
UPDATE daily SET carried = false WHERE carried IS NULL;
-- What a person decided is a fetch too.
UPDATE fetches
SET observations = (SELECT count(*) FROM observations WHERE confirmed_by = fetches.fetch_id), rejections = 0
WHERE observations IS NULL;
