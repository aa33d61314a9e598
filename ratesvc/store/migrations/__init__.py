"""Bring the tables of an older store up to date: numbered SQL files, each applied once, in order.

A change to a table goes into sql/tables, for new stores, and into a new file here, for existing ones. It must work in a
lake too, where `SET NOT NULL` is refused for a column that has it. The tables currencies, sources and calendar need no
migration: they are rewritten whenever the store is opened.
"""

from contextlib import suppress
from pathlib import Path

import duckdb

from ratesvc import sql
from ratesvc.core.errors import RatesvcError

_FILES = {int(path.name[:3]): path for path in sorted(Path(__file__).parent.glob("*.sql"))}
NEWEST = max(_FILES)
"""The schema version that this program reads and writes."""


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Apply pending migrations to the store in use, each in its own transaction.

    Raises RatesvcError for a store that a newer program has written, and for a migration that fails.
    """
    known = _version(connection)
    if known > NEWEST:
        raise RatesvcError(
            f"the store has schema version {known}, and this ratesvc knows versions up to {NEWEST}:"
            " install the version of ratesvc that wrote it, or a newer one"
        )
    for number in range(known + 1, NEWEST + 1):
        connection.begin()
        try:
            connection.execute(_FILES[number].read_text(encoding="utf-8"))
            _note(connection, number)
            connection.commit()
        except duckdb.Error as failure:
            with suppress(duckdb.TransactionException):  # A commit that fails has rolled it back.
                connection.rollback()
            reason = str(failure).splitlines()[0]
            raise RatesvcError(f"migration {_FILES[number].name} failed and changed nothing: {reason}") from None


def _version(connection: duckdb.DuckDBPyConnection) -> int:
    """Return the schema version: NEWEST for a new store, 0 for one older than schema versions."""
    tables = {name for (name,) in connection.execute("SHOW TABLES").fetchall()}
    if "schema_version" not in tables:
        sql.run(connection, *sql.TABLES[:1])
    row = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    if row and row[0] is not None:
        return int(row[0])
    if "observations" in tables:
        return 0
    _note(connection, NEWEST)
    return NEWEST


def _note(connection: duckdb.DuckDBPyConnection, version: int) -> None:
    connection.execute("DELETE FROM schema_version")
    connection.execute("INSERT INTO schema_version (version) VALUES (?)", [version])
