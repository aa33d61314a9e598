"""SQL for analysts: on the command line, in a shell, for strangers, from other DuckDBs."""
