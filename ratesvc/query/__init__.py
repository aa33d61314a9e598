"""SQL for analysts: on the command line, in a shell, for the public, for other DuckDB clients."""
