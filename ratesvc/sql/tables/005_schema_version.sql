CREATE TABLE IF NOT EXISTS schema_version (
    version INTEGER NOT NULL
);
COMMENT ON TABLE schema_version IS 'One row: the migrations in store/migrations that have been applied';
COMMENT ON COLUMN schema_version.version IS 'Number of the last migration applied';
