"""All rows of a store: copy them from one attached database to another, and compare them."""

import duckdb

from ratesvc import sql
from ratesvc.core.errors import RatesvcError

TABLES = tuple(name for name in map(sql.name_of, sql.TABLES) if name != "schema_version")
"""The tables that are copied. The schema version is that of the program, and the fence of a lake its own."""
FROM_THE_PROGRAM = ("currencies", "pairs", "sources", "calendar")
"""Tables that every store has from its first opening on."""


def copy(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> None:
    """Replace all rows of `target` by those of `source`, inside a transaction."""
    for table in TABLES:
        connection.execute(f"DELETE FROM {target}.{table}")
        connection.execute(f"INSERT INTO {target}.{table} BY NAME FROM {source}.{table}")


def compare(connection: duckdb.DuckDBPyConnection, source: str, target: str) -> int:
    """Return the number of rows. Raises RatesvcError if those of the two databases are not the same."""
    number = 0
    for table in TABLES:
        there, here = _sum(connection, source, table), _sum(connection, target, table)
        if there != here:
            raise RatesvcError(f"the rows of {table} have not arrived as they are: {here[0]:,} of {there[0]:,}")
        number += here[0]
    return number


def is_empty(connection: duckdb.DuckDBPyConnection, database: str) -> bool:
    """Return whether a database has no rows, but for those that a program writes when it opens a new store."""
    tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [database]).fetchall()
    stored = {name for (name,) in tables} & {*TABLES} - {*FROM_THE_PROGRAM}
    return not any(connection.execute(f"FROM {database}.{table} LIMIT 1").fetchall() for table in stored)


def _sum(connection: duckdb.DuckDBPyConnection, database: str, table: str) -> tuple[int, int | None]:
    """Return the number of rows, and a sum of their hashes, whatever their order."""
    columns = sorted(name for name, *_ in connection.execute(f"DESCRIBE {database}.{table}").fetchall())
    [found] = connection.execute(
        f"SELECT count(*), sum(hash({', '.join(columns)})::HUGEINT) FROM {database}.{table}"
    ).fetchall()
    return found
