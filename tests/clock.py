"""The clock of the views, which tests set; the versions that a store publishes have the clock of the store."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import duckdb

from ratesvc import sql
from ratesvc.publish import build, sightings
from ratesvc.store.database import Store

_export, _build, _keep_rows = build.export, build.build, sql.keep_rows
_CLOCK = "SELECT sql FROM duckdb_views() WHERE view_name = 'clock' AND database_name = current_database()"


def set_clock(store: Store, moment: datetime | str) -> None:
    """Sets it, in UTC: set_clock(store, "2026-05-24 12:00")."""
    if isinstance(moment, datetime):
        moment = str(moment.replace(tzinfo=None))
    with store.transaction() as connection:
        connection.execute(f"CREATE OR REPLACE VIEW clock AS SELECT TIMESTAMP '{moment}' AS now_utc")


def install() -> None:
    """Has versions take over the clock of their store."""
    now = ""

    def export(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
        nonlocal now
        _export(connection, folder)
        [(now,)] = connection.execute(_CLOCK).fetchall()

    def keep_rows(connection: duckdb.DuckDBPyConnection, known: Mapping[str, str]) -> None:
        connection.execute(now.replace("CREATE VIEW", "CREATE OR REPLACE VIEW"))
        sql.comment(connection, "clock", "VIEW")
        _keep_rows(connection, known)

    def built(folder: Path, version: str, written: sightings.Written) -> None:
        sql.keep_rows = keep_rows
        try:
            _build(folder, version, written)
        finally:
            sql.keep_rows = _keep_rows

    build.export, build.build = export, built
