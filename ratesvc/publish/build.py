"""The DuckDB file of a version, made of the tables of the store.

It is a copy of an empty file with all views and macros, into which the rows are inserted; then what every reader asks
is computed. Between the two are Parquet files: the store may be a lake, and if DuckDB filled the disk while it wrote a
second file beside the store's, the store could no longer be used.

Sightings of months that have a Parquet file are not in it. The view `observations` reads those files where they are:
in the folder that the variable `history` names, which readers here set; else at this service's public address; if it
has none, at the address of RATESVC_HISTORY or in the version's own folder.
"""

import shutil
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

import duckdb

from ratesvc import sql
from ratesvc.core import extensions, settings
from ratesvc.core.sql_text import literal
from ratesvc.publish import sightings
from ratesvc.publish.reader import Published
from ratesvc.store.database import limit_memory

NAME = "rates.duckdb"
ROWS = "rows"
"""Folder of the Parquet files of the other tables, while a version is made."""
OBSERVATIONS = "observations"
RECENT = "recent_observations"
_TABLES = tuple(sql.name_of(file) for file in sql.TABLES)


def export(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write the rows of all tables of the store except the sightings, and of views that read all of these."""
    (folder / ROWS).mkdir()
    for name in (*_TABLES, *sql.OF_SIGHTINGS):
        if name != OBSERVATIONS:
            sightings.write_parquet(connection, folder / ROWS / f"{name}.parquet", f"FROM {name}", "uncompressed")


def build(folder: Path, version: str, written: sightings.Written) -> None:
    """Make the DuckDB file of a version of what was exported and of the Parquet file of its last sightings."""
    path, rows = folder / NAME, folder / ROWS
    path.write_bytes(_empty())
    with closing(_attached(path)) as connection:
        connection.begin()
        for table in _TABLES:
            source = folder / sightings.NEWEST if table == OBSERVATIONS else rows / f"{table}.parquet"
            connection.execute(f"INSERT INTO {table} BY NAME FROM read_parquet(?)", [str(source)])
        known = {name: f"read_parquet({literal(rows / f'{name}.parquet')})" for name in sql.OF_SIGHTINGS}
        if written.files:  # So that no other view is computed of the last months alone.
            connection.execute(f"ALTER TABLE {OBSERVATIONS} RENAME TO {RECENT}")
        sql.keep_rows(connection, known)
        if written.files:
            _view_all_months(connection, rows, folder.parent / version, written)
        # So a store that is made of it has the views again.
        connection.execute("UPDATE schema_version SET scripts = NULL")
        connection.commit()
        connection.execute("CHECKPOINT version")
    shutil.rmtree(rows)


def copy_as_store(version: Published, path: Path) -> None:
    """Copy the DuckDB file of a version with the sightings of all months in it. Raises OSError, duckdb.Error."""
    shutil.copyfile(version.folder / NAME, path)
    if not version.months:
        return
    with closing(_attached(path)) as connection:
        extensions.reach(connection, version.history)
        connection.begin()
        connection.execute(f"DROP VIEW {OBSERVATIONS}")
        [script] = [file for file in sql.TABLES if sql.name_of(file) == OBSERVATIONS]
        sql.run(connection, script)
        for rows in (*(f"read_parquet({literal(f'{version.history}/{name}')})" for name in version.months), RECENT):
            connection.execute(
                f"INSERT INTO {OBSERVATIONS} BY NAME FROM {rows} ORDER BY coalesce(confirmed_by, fetch_id), observed_at"
            )
        connection.execute(f"DROP TABLE {RECENT}")
        connection.commit()
        connection.execute("CHECKPOINT version")


def history(folder: str, files: list[str]) -> str:
    """Return the SQL for the rows of files of months. folder: an SQL expression."""
    paths = ", ".join(f"{folder} || '/{name}'" for name in files)
    return f"read_parquet([{paths}])"


def _view_all_months(
    connection: duckdb.DuckDBPyConnection, aside: Path, folder: Path, written: sightings.Written
) -> None:
    # DuckDB asks now which columns the files have, and they may be elsewhere.
    connection.execute("SET VARIABLE history = ?", [str(aside)])
    first, *others = (aside / name for name in written.files)
    sightings.write_parquet(connection, first, f"FROM {RECENT} LIMIT 0")
    for path in others:
        path.write_bytes(first.read_bytes())
    config = settings.load()
    if config.public_url:
        place = f"{config.address}/data"
    elif written.elsewhere:
        place = f"{config.history}/data/{folder.name}"
    else:
        place = str(folder.absolute())
    rows = history(f"coalesce(getvariable('history'), {literal(place)})", written.files)
    last = max(facts["last_fetch_id"] for facts in written.months.values())
    # A file at a public address may have later sightings than this version.
    connection.execute(f"""
        CREATE VIEW {OBSERVATIONS} AS
        FROM {RECENT}
        UNION ALL
        FROM {rows} WHERE getvariable('history') IS NOT NULL OR coalesce(confirmed_by, fetch_id) <= {last}
    """)
    sql.comment(connection, OBSERVATIONS, "VIEW")
    connection.execute(f"COMMENT ON TABLE {RECENT} IS 'The rows of {OBSERVATIONS} of the last months'")


@cache
def _empty() -> bytes:
    """Return a DuckDB file with all tables, views and macros, and no rows. It takes most of a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NAME)
        with closing(_attached(path)) as connection:
            connection.begin()
            sql.run(connection, *sql.TABLES, *sql.VIEWS)
            sql.make_room(connection)
            connection.commit()
            connection.execute("CHECKPOINT version")
        return path.read_bytes()


def _attached(path: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection that writes a file."""
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    limit_memory(connection)
    connection.execute(f"ATTACH {literal(path)} AS version (STORAGE_VERSION 'v1.0.0')")
    connection.execute("USE version")
    return connection
