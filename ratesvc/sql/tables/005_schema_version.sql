CREATE TABLE IF NOT EXISTS schema_version (
    version INTEGER NOT NULL
);
COMMENT ON TABLE schema_version IS 'One row: which migrations of store/migrations the tables have seen';
COMMENT ON COLUMN schema_version.version IS 'The number of the last one';
