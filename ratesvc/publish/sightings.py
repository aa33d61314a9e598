"""The Parquet files of sightings: `observations.parquet`, and of millions a file for each month that is over.

Then the months that have a file are not in the DuckDB file of the version: its view reads them where they are
(build.py). Sightings are only ever added, so a month with the same number of them and the same last fetch is the same:
its file is a hard link to that of the last version, and publishing writes only the months that have changed. With
RATESVC_HISTORY there is no link either, once the object store has the file.
Files of months are sorted by pair and time. `read_parquet('observations*.parquet')` reads all that are in a folder.
"""

import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from ratesvc import sql
from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError
from ratesvc.core.sql_text import literal
from ratesvc.publish import manifest, reader

NEWEST = "observations.parquet"
MONTHS_FROM = 2_000_000
"""From how many sightings on the months have files of their own."""

Months = dict[str, dict[str, int]]
"""By month, such as 2026-04: the number of its sightings, and the last fetch that brought one."""


@dataclass(frozen=True, slots=True)
class Written:
    """The sightings of a version: their number, the months if there are many, and the names of the months' files.

    elsewhere: size and SHA-256 of each file that is not here, because the address of RATESVC_HISTORY has it.
    """

    count: int
    months: Months = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    elsewhere: dict[str, dict[str, Any]] = field(default_factory=dict)


def write(
    connection: duckdb.DuckDBPyConnection, folder: Path, published_at: datetime, uploaded: str | None = None
) -> Written:
    """Write the Parquet files of all sightings of a store, or link them.

    uploaded: the version whose months can be read at the address of RATESVC_HISTORY.
    """
    [(count,)] = connection.execute("SELECT count(*) FROM observations").fetchall()
    if count < MONTHS_FROM:
        _copy(connection, folder / NEWEST)
        return Written(count)
    last = _last(folder)
    months = _counted(connection, last["months"])
    if sum(facts["sightings"] for facts in months.values()) != count:  # The last version is another store's.
        months = _counted(connection, {})
    recent = _first_recent_month(published_at)
    written = Written(count, months, [file_of(month) for month in months if month < recent])
    for month in months:
        if month >= recent:
            break
        name = file_of(month)
        if last["months"].get(month) == months[month]:
            known = folder.parent / last["version"] / name
            if name in last["files"] and _is_elsewhere(known, uploaded):
                written.elsewhere[name] = last["files"][name]
                continue
            if _linked(known, folder / name):
                continue
        _copy(connection, folder / name, month, _next(month))
    # In order of arrival, which is nearly that of time: to sort a month takes 250 MB.
    write_parquet(connection, folder / NEWEST, f"FROM observations WHERE observed_at >= TIMESTAMP '{recent}-01'")
    return written


def file_of(month: str) -> str:
    """Return the name of the file of a month that is over."""
    return f"observations-{month}.parquet"


def write_parquet(connection: duckdb.DuckDBPyConnection, path: Path, query: str, codec: str = "snappy") -> None:
    """Write the rows of a query. Every reader of Parquet knows the codec snappy."""
    connection.execute(f"COPY ({query}) TO {literal(path)} (FORMAT parquet, COMPRESSION {codec})")


def _last(folder: Path) -> dict[str, Any]:
    """Return the manifest of the last version; one without months if that is damaged or of another release."""
    for last in reader.versions(folder.parent)[-1:]:
        with suppress(RatesvcError):
            facts = manifest.verified(last)
            if facts["layout"] == sql.LAYOUT:
                return facts
    return {"months": {}}


def _is_elsewhere(known: Path, uploaded: str | None) -> bool:
    """Whether a file of the last version need not be in the next one, which is uploaded too."""
    return known.parent.name == uploaded or (bool(settings.load().publish_to) and manifest.is_kept_elsewhere(known))


def _counted(connection: duckdb.DuckDBPyConnection, last: Months) -> Months:
    """Return the months of a store: those of its last version, and what has arrived since."""
    months = {month: dict(facts) for month, facts in last.items()}
    after = max((facts["last_fetch_id"] for facts in last.values()), default=-1)
    for month, sightings, fetch_id in connection.execute(_ARRIVED, {"after": after}).fetchall():
        facts = months.setdefault(month, {"sightings": 0, "last_fetch_id": 0})
        facts["sightings"] += sightings
        facts["last_fetch_id"] = fetch_id
    return dict(sorted(months.items()))


def _first_recent_month(now: datetime) -> str:
    number = now.year * 12 + now.month - settings.load().recent_months
    return f"{number // 12}-{number % 12 + 1:02}"


def _next(month: str) -> str:
    first = date.fromisoformat(f"{month}-01")
    return f"{first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1):%Y-%m}"


def _linked(known: Path, path: Path) -> bool:
    with suppress(OSError):  # It was not over then, or the file system has no links.
        os.link(known, path)
        return True
    return False


def _copy(connection: duckdb.DuckDBPyConnection, path: Path, first: str = "0001-01", after: str = "9999-12") -> None:
    """Write the sightings of the months from the first one on, and before the other one."""
    span = f"observed_at >= TIMESTAMP '{first}-01' AND observed_at < TIMESTAMP '{after}-01'"
    query = f"FROM observations WHERE {span} ORDER BY source, base, quote, observed_at, seen_at"
    write_parquet(connection, path, query)


# Each half can pass over the blocks in which everything is older.
_ARRIVED = """
SELECT strftime(observed_at, '%Y-%m') AS month, count(*), max(arrived_with)
FROM (
    SELECT observed_at, fetch_id AS arrived_with FROM observations WHERE fetch_id > $after AND confirmed_by IS NULL
    UNION ALL
    SELECT observed_at, confirmed_by FROM observations WHERE confirmed_by > $after
)
GROUP BY month
ORDER BY month
"""
