CREATE TABLE IF NOT EXISTS schema_version (
    version INTEGER NOT NULL,
    scripts VARCHAR
);
COMMENT ON TABLE schema_version IS 'One row: the migrations in store/migrations that have been applied';
COMMENT ON COLUMN schema_version.version IS 'Number of the last migration applied';
COMMENT ON COLUMN schema_version.scripts IS 'SHA-256 of the scripts that made the tables, views and macros; NULL until they have run';
