-- Which scripts have made the views, so that they need not run at every start.
ALTER TABLE schema_version ADD COLUMN IF NOT EXISTS scripts VARCHAR;
