"""DuckDB's extensions, from wheels: nothing is downloaded when the program runs."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ratesvc.core.sql_text import literal

if TYPE_CHECKING:
    import duckdb

SECONDS = 10
"""How long DuckDB waits for an answer over HTTP."""


def load(connection: "duckdb.DuckDBPyConnection", *names: str) -> None:
    """Load extensions into the DuckDB of a connection, each from the package duckdb_extension_<name>."""
    for name in names:
        folder = Path(str(import_module(f"duckdb_extension_{name}").__file__)).parent
        [path] = folder.glob(f"extensions/*/{name}.duckdb_extension")
        connection.execute(f"LOAD {literal(path)}")


def reach(connection: "duckdb.DuckDBPyConnection", place: str) -> None:
    """Let the DuckDB of a connection read files at a place, if that is an address."""
    if "://" in place:
        load(connection, "httpfs")
        connection.execute(f"SET GLOBAL http_timeout = {SECONDS}")
        connection.execute("SET GLOBAL http_retries = 0")
