"""The writer's database: exclusive access to it, and transactions.

It is a file, or a lake (lake.py). A file belongs to one process at a time; DuckDB's lock on it is the guarantee.
Inside the process `writing()` hands out the one open Store, and one transaction runs at a time.

Never `open()` the database file in this process: closing any handle of it drops the POSIX lock that
DuckDB holds (measured), and a second writer could open it.
"""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from ratesvc import sql
from ratesvc.core import settings
from ratesvc.core.errors import BusyError, RatesvcError
from ratesvc.core.sql_text import literal
from ratesvc.store import leadership, reference_data
from ratesvc.store.lake import Lake
from ratesvc.store.migrations import migrate

UNREADABLE = (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException, duckdb.FatalException)
"""What DuckDB raises for a file that is no database, a damaged one, and one that it cannot reach."""


class File:
    """A store in a DuckDB file. A lake (lake.py) is the other place of a store, with the same methods."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._inode: int | None = None

    def __str__(self) -> str:
        return str(self._path)

    def attach(self, connection: duckdb.DuckDBPyConnection, name: str = "ratesvc", *, read_only: bool = False) -> None:
        """Attach the file under a name. Raises BusyError if another process has it, RatesvcError."""
        if not read_only:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        options = "READ_ONLY" if read_only else "STORAGE_VERSION 'v1.0.0'"
        try:
            connection.execute(f"ATTACH {literal(self._path)} AS {name} ({options})")
        except UNREADABLE as failure:
            raise self.why_not_open(failure) from None
        self._inode = self._path.stat().st_ino

    def close(self) -> None:
        """Nothing: DuckDB releases its lock when the connection is closed."""

    def run(self, connection: duckdb.DuckDBPyConnection, *names: str) -> None:
        """Run scripts."""
        sql.run(connection, *names)

    def arrange(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Nothing: the scripts say it all."""

    def begin(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Nothing: DuckDB's lock keeps other writers out."""

    def settle(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Write what is still in the write-ahead log to the file; the log is empty then."""
        connection.execute("CHECKPOINT ratesvc")

    def check(self) -> None:
        """Raise RatesvcError if the file was deleted or replaced: writes would be lost."""
        with suppress(FileNotFoundError):
            if self._inode == self._path.stat().st_ino:
                return
        raise RatesvcError(f"{self._path} was removed or replaced while it was open: start again to open what is there")

    def why_not_open(self, failure: Exception) -> RatesvcError:
        """Return the error for a file that DuckDB refuses."""
        return why_not_open(self._path, str(failure))

    def trouble(self, failure: duckdb.Error) -> RatesvcError | None:
        """Name the way out where a block of the file turns out to be damaged, long after it was opened."""
        if isinstance(failure, UNREADABLE) and re.search(
            "Corrupt database file|Could not read enough bytes", str(failure)
        ):
            return self.why_not_open(failure)
        return None


class Store:
    """The open database, created by `writing()`."""

    def __init__(self, place: Path | Lake) -> None:
        self._place = File(place) if isinstance(place, Path) else place
        self._lock = threading.RLock()
        self._connection = duckdb.connect()
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute(sql.RETURN_MEMORY)
        limit_memory(self._connection)
        try:
            self._place.attach(self._connection)
        except RatesvcError:
            self._connection.close()
            raise
        try:
            self._connection.execute("USE ratesvc")
            migrate(self._connection)
        except UNREADABLE as failure:
            self.close()
            raise self._place.why_not_open(failure) from None
        except RatesvcError as refusal:
            self.close()
            raise RatesvcError(f"{place}: {refusal}") from None
        with self.transaction() as connection:
            self._bring_views_up_to_date(connection)
            reference_data.write(connection)
        self._place.arrange(self._connection)

    def close(self) -> None:
        """Checkpoint and close the database."""
        self._connection.close()
        self._place.close()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the connection inside a transaction, which is committed at the end or rolled back on an exception.

        Raises RatesvcError, and commits nothing, if another machine leads now (leadership.py).
        """
        with self._lock:
            self._place.check()
            self._connection.begin()
            with self._in_one_line():
                try:
                    self._place.begin(self._connection)
                    yield self._connection
                    leadership.check()
                except BaseException:
                    with suppress(duckdb.Error):  # After a fatal error DuckDB has nothing to roll back.
                        self._connection.rollback()
                    raise
                self._connection.commit()

    def query(self, sql: str, parameters: object = None) -> list[tuple[Any, ...]]:
        """Return the rows of a query, for the writer only. Readers open a published version instead."""
        with self._lock, self._in_one_line():
            self._place.check()
            return self._connection.execute(sql, parameters).fetchall()

    def maintain(self, now: datetime) -> None:
        """Merge the files of a lake and remove what it no longer needs; nothing in a file."""
        if isinstance(self._place, Lake):
            for step in self._place.maintenance(now):
                # DuckLake takes no maintenance in a transaction that writes, so pass the fence before.
                with self.transaction():
                    pass
                self.query(step)

    @contextmanager
    def at_rest(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the connection to read the store as it is: nothing is written before the end."""
        with self._lock, self._in_one_line():
            self._place.check()
            self._place.settle(self._connection)
            self._connection.begin()
            try:
                yield self._connection
            finally:
                with suppress(duckdb.Error):  # After a fatal error there is nothing to end.
                    self._connection.rollback()

    def read_everything(self) -> None:
        """Read every row of every table. Raises RatesvcError if a block of the file is not what was written."""
        for (table,) in self.query("SELECT table_name FROM duckdb_tables() WHERE database_name = 'ratesvc'"):
            self.query(f"SELECT bit_xor(hash({table})) FROM {table}")

    @contextmanager
    def _in_one_line(self) -> Iterator[None]:
        """Name the way out of what happens to the place of the store."""
        try:
            yield
        except duckdb.Error as failure:
            raise self._place.trouble(failure) or failure from None

    def _bring_views_up_to_date(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Run the scripts of tables and views in a new store and in one of another program. It takes a second."""
        known, current = connection.execute("SELECT scripts FROM schema_version").fetchone(), sql.digest()
        if known != (current,):
            sql.compute_again(connection)
            self._place.run(connection, *sql.TABLES, *sql.VIEWS)
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


def place() -> Path | Lake:
    """Return where the store of this process is, by its settings: the path of a file, or a lake."""
    config = settings.load()
    return Lake(config.store, config.lake_data) if config.store else config.database


_opening = threading.Lock()
_open: Store | None = None
_holders = 0


@contextmanager
def writing() -> Iterator[Store]:
    """Yield the one Store of this process: opened by the first caller, closed after the last one.

    Raises RatesvcError with one line if it cannot be opened, for example because another process writes.
    """
    global _open, _holders
    with _opening:
        store = _open = _open or Store(place())
        _holders += 1
    try:
        yield store
    finally:
        with _opening:
            _holders -= 1
            if _holders == 0:
                store.close()
                _open = None
