"""The SQL files of this package: what is stored, and what is read."""

from pathlib import Path

import duckdb

SCHEMA = "schema.sql"
VIEWS = ("views.sql", "analysis.sql")
"""In this order: the second builds on the first."""


def text(name: str) -> str:
    """One of the files."""
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def run(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Runs some of them in the database that the connection uses."""
    for name in names:
        connection.execute(text(name))
