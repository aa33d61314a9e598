"""The writer's database: exclusive access to the file, and transactions.

The file belongs to one process at a time; DuckDB's lock on it is the guarantee. Inside the process
`writing()` hands out the one open Store, and one transaction runs at a time.

Never `open()` the database file in this process: closing any handle of it drops the POSIX lock that
DuckDB holds (measured), and a second writer could open it. Copying is done by a child process.
"""

import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from ratesvc import sql
from ratesvc.core import settings
from ratesvc.core.errors import BusyError, RatesvcError
from ratesvc.store import leadership, reference_data
from ratesvc.store.migrations import migrate

UNREADABLE = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
"""What DuckDB raises for a file that is no database, a damaged one, and one that it cannot reach."""


class Store:
    """The open database, created by `writing()`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._lock = threading.RLock()
        self._inode: int | None = None
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(sql.RETURN_MEMORY)
        limit_memory(self._connection)
        quoted = str(path).replace("'", "''")
        try:
            self._connection.execute(f"ATTACH '{quoted}' AS ratesvc (STORAGE_VERSION 'v1.0.0')")
            self._connection.execute("USE ratesvc")
            migrate(self._connection)
        except UNREADABLE as failure:
            self._connection.close()
            raise why_not_open(path, str(failure)) from None
        except RatesvcError as refusal:
            self._connection.close()
            raise RatesvcError(f"{path}: {refusal}") from None
        with self.transaction() as connection:
            _bring_views_up_to_date(connection)
            reference_data.write(connection)
        self._inode = path.stat().st_ino

    def close(self) -> None:
        """Checkpoint and close the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the connection inside a transaction, which is committed at the end or rolled back on an exception.

        Raises RatesvcError, and commits nothing, if another machine leads now (leadership.py).
        """
        with self._lock:
            self._check()
            self._connection.begin()
            with self._naming_damage():
                try:
                    yield self._connection
                    leadership.check()
                except BaseException:
                    with suppress(duckdb.Error):  # After a fatal error DuckDB has nothing to roll back.
                        self._connection.rollback()
                    raise
                self._connection.commit()

    def query(self, sql: str, parameters: object = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query, for the writer only. Readers open a published version instead."""
        with self._lock, self._naming_damage():
            self._check()
            return self._connection.execute(sql, parameters).fetchall()

    def read_everything(self) -> None:
        """Read every row of every table. Raises RatesvcError if a block of the file is not what was written."""
        for (table,) in self.query("SELECT table_name FROM duckdb_tables() WHERE database_name = 'ratesvc'"):
            self.query(f"SELECT bit_xor(hash({table})) FROM {table}")

    def copy_to(self, target: Path) -> None:
        """Write a complete copy of the database file. Raises RatesvcError, for example if the disk is full."""
        with self._lock, self._naming_damage():
            self._check()
            self._connection.execute("CHECKPOINT ratesvc")
            copied = subprocess.run(["cp", self._path, target], capture_output=True, text=True, check=False)
        if copied.returncode != 0:
            raise RatesvcError(copied.stderr.strip().removeprefix("cp: "))

    @contextmanager
    def _naming_damage(self) -> Iterator[None]:
        """Name the way out where a block of the file turns out to be damaged, long after it was opened."""
        try:
            yield
        except UNREADABLE as failure:
            if re.search("Corrupt database file|Could not read enough bytes", str(failure)):
                raise why_not_open(self._path, str(failure)) from None
            raise

    def _check(self) -> None:
        """Raise RatesvcError if the file was deleted or replaced: writes would be lost."""
        with suppress(FileNotFoundError):
            if self._inode in (None, self._path.stat().st_ino):
                return
        raise RatesvcError(f"{self._path} was removed or replaced while it was open: start again to open what is there")


def _bring_views_up_to_date(connection: duckdb.DuckDBPyConnection) -> None:
    """Run the scripts of tables and views in a new store and in one of another program. It takes a second."""
    known, current = connection.execute("SELECT scripts FROM schema_version").fetchone(), sql.digest()
    if known != (current,):
        sql.compute_again(connection)
        sql.run(connection, *sql.TABLES, *sql.VIEWS)
        connection.execute("UPDATE schema_version SET scripts = ?", [current])


def limit_memory(connection: duckdb.DuckDBPyConnection) -> None:
    """Let the queries of the writer take no more memory than RATESVC_MEMORY; what does not fit goes to the disk."""
    config = settings.load()
    if config.memory is not None:
        connection.execute("SET GLOBAL memory_limit = ?", [f"{config.memory}B"])
        connection.execute(
            "SET GLOBAL temp_directory = ?", [str(config.data / "spilled")]
        )  # Else the working directory.


def why_not_open(path: Path, refusal: str) -> RatesvcError:
    """Return the error for a file that DuckDB refuses: it is being written, out of reach, or damaged."""
    holder = re.search(r"PID (\d+)", refusal)
    if holder:
        return BusyError(
            f"{path} is being written by process {holder[1]}, and there can be one writer: stop that one first"
        )
    reason = refusal.splitlines()[0]
    if re.search("Permission denied|No space left|Read-only file system", refusal):
        return RatesvcError(f"cannot open {path}: {reason}")
    return RatesvcError(f"{path} is damaged ({reason}): `ratesvc restore` brings the store back")


_opening = threading.Lock()
_open: Store | None = None
_holders = 0


@contextmanager
def writing() -> Iterator[Store]:
    """Yield the one Store of this process: opened by the first caller, closed after the last one.

    Raises RatesvcError with one line if the file cannot be opened, for example because another process writes.
    """
    global _open, _holders
    with _opening:
        store = _open = _open or Store(settings.load().database)
        _holders += 1
    try:
        yield store
    finally:
        with _opening:
            _holders -= 1
            if _holders == 0:
                store.close()
                _open = None
