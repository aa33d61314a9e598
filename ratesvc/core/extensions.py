"""DuckDB's extensions, from wheels: nothing is downloaded when the program runs."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def load(connection: "duckdb.DuckDBPyConnection", *names: str) -> None:
    """Load extensions into the DuckDB of a connection, each from the package duckdb_extension_<name>."""
    for name in names:
        folder = Path(str(import_module(f"duckdb_extension_{name}").__file__)).parent
        [path] = folder.glob(f"extensions/*/{name}.duckdb_extension")
        quoted = str(path).replace("'", "''")
        connection.execute(f"LOAD '{quoted}'")
