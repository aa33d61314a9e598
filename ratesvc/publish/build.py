"""The DuckDB file of a version, made of the tables of the store.

It is a copy of an empty file with all views and macros, into which the rows are inserted; then what every reader asks
is computed. Between the two are Parquet files: the store may be a lake, and if DuckDB filled the disk while it wrote a
second file beside the store's, the store could no longer be used.

Sightings of months that have a Parquet file are not in it. The view `observations` reads those files where they are:
in the folder that the variable `history` names, which readers here set; else at this service's public address, or in
the version's own folder if it has none.
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
    """Write the rows of all tables of the store except the sightings."""
    (folder / ROWS).mkdir()
    for table in _TABLES:
        if table != OBSERVATIONS:
            sightings.write_parquet(connection, folder / ROWS / f"{table}.parquet", f"FROM {table}", "uncompressed")


def build(folder: Path, version: str, months: sightings.Months) -> None:
    """Make the DuckDB file of a version of what was exported and of the Parquet files of its sightings."""
    path = folder / NAME
    path.write_bytes(_empty())
    with closing(_attached(path)) as connection:
        connection.begin()
        for table in _TABLES:
            rows = folder / (sightings.NEWEST if table == OBSERVATIONS else f"{ROWS}/{table}.parquet")
            connection.execute(f"INSERT INTO {table} BY NAME FROM read_parquet(?)", [str(rows)])
        if sightings.files(folder):
            _read_history(connection, folder, version, months)
        sql.keep_rows(connection)
        # So a store that is made of it has the views again.
        connection.execute("UPDATE schema_version SET scripts = NULL")
        connection.commit()
        connection.execute("CHECKPOINT version")
    shutil.rmtree(folder / ROWS)


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


def _read_history(connection: duckdb.DuckDBPyConnection, folder: Path, version: str, months: sightings.Months) -> None:
    connection.execute("SET VARIABLE history = ?", [str(folder)])  # Where the files are now.
    public = settings.load().public_url
    place = f"{settings.load().address}/data" if public else str((folder.parent / version).absolute())
    rows = history(f"coalesce(getvariable('history'), {literal(place)})", sightings.files(folder))
    last = max(facts["last_fetch_id"] for facts in months.values())
    connection.execute(f"ALTER TABLE {OBSERVATIONS} RENAME TO {RECENT}")
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
    """Return a DuckDB file with all tables, views and macros, and no rows. It takes half a second."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, NAME)
        with closing(_attached(path)) as connection:
            connection.begin()
            sql.run(connection, *sql.TABLES, *sql.VIEWS)
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
