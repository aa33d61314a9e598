"""Move a store between a file and a lake: `ratesvc store move`.

All rows are copied in one transaction and compared before it is committed. A file is finished under another name.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from ratesvc.core import settings
from ratesvc.core.disk import flush
from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.store import migrations, rows
from ratesvc.store.database import File, Store, limit_memory
from ratesvc.store.lake import Lake

UNFINISHED = ".unfinished"


def move(source: str, target: str, lake_data: str) -> int:
    """Copy a store to an empty place and return the number of rows. The source stays as it is.

    source, target: one is the path of a file, the other the address of a lake. lake_data: where the lake's data are.
    Raises RatesvcError if the target is not empty, or if anything fails; the target then has no rows.
    """
    if settings.is_lake(source) == settings.is_lake(target):
        raise UsageError(f"one of the two must be the path of a file, and the other begin with {settings.LAKE}")
    if settings.is_lake(source):
        return _to_file(Lake(source, lake_data), Path(target))
    return _to_lake(Path(source), Lake(target, lake_data))


def _to_lake(path: Path, lake: Lake) -> int:
    if not path.is_file():
        raise RatesvcError(f"{path} is not there")
    with _connected() as connection:
        File(path).attach(connection, "source", read_only=True)
        _refuse_another_schema(connection, path)
        with _attached(lake, connection):
            if not rows.is_empty(connection, "ratesvc"):
                raise RatesvcError(f"{lake} has rows: give a new database, and a new place for its data")
    with closing(Store(lake)):
        pass  # It has the tables and views now.
    with _connected() as connection:
        File(path).attach(connection, "source", read_only=True)
        with _attached(lake, connection):
            return _copy(connection, lake)


def _to_file(lake: Lake, path: Path) -> int:
    if path.exists():
        raise RatesvcError(f"{path} is there: give the path of a new file")
    unfinished = path.with_name(f"{path.name}{UNFINISHED}")
    unfinished.unlink(missing_ok=True)
    try:
        with closing(Store(unfinished)):
            pass
        with _connected() as connection:
            File(unfinished).attach(connection)
            with _attached(lake, connection, "source", read_only=True):
                _refuse_another_schema(connection, lake)
                copied = _copy(connection, File(unfinished))
        flush(unfinished)
        unfinished.rename(path)
        flush(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return copied


def _copy(connection: duckdb.DuckDBPyConnection, target: File | Lake) -> int:
    connection.begin()
    try:
        target.begin(connection)
        rows.copy(connection, "source", "ratesvc")
        copied = rows.compare(connection, "source", "ratesvc")
        connection.commit()
    except duckdb.Error as failure:
        raise RatesvcError(f"nothing was moved to {target}: {str(failure).splitlines()[0]}") from None
    return copied


def _refuse_another_schema(connection: duckdb.DuckDBPyConnection, source: object) -> None:
    try:
        [(version,)] = connection.execute("SELECT max(version) FROM source.schema_version").fetchall()
    except duckdb.CatalogException:
        raise RatesvcError(f"{source} has no tables of a store") from None
    if version != migrations.NEWEST:
        raise RatesvcError(
            f"{source} has schema version {version}, and this ratesvc writes {migrations.NEWEST}: start `ratesvc` with"
            " it once, which brings it up to date"
        )


@contextmanager
def _connected() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(duckdb.connect()) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        limit_memory(connection)
        yield connection


@contextmanager
def _attached(
    lake: Lake, connection: duckdb.DuckDBPyConnection, name: str = "ratesvc", *, read_only: bool = False
) -> Iterator[None]:
    """Hold the lock of a lake while it is attached."""
    lake.attach(connection, name, read_only=read_only)
    try:
        yield
    finally:
        connection.close()  # Which ends what is not committed.
        lake.close()
