"""The sightings of a version as Parquet: `observations.parquet`, and of millions a file for each month that is over.

Sightings are only ever added, so a month with the same number of them and the same last fetch is the same: its file is
a hard link to that of the last version, and publishing writes only the months that have changed.
`read_parquet('observations*.parquet')` reads them all.
"""

import os
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import Any

from ratesvc.core.errors import RatesvcError
from ratesvc.publish import manifest, reader
from ratesvc.publish.reader import Reader

NEWEST = "observations.parquet"
MONTHS_FROM = 2_000_000
"""From how many sightings on the months have files of their own."""

Months = dict[str, dict[str, Any]]
"""By the name of its file: the number of sightings of a month, and the last fetch that brought one."""


def write(version: Reader, folder: Path, published_at: datetime) -> Months:
    """Write the Parquet files of all sightings of a version, or link them; returns the months that have their own."""
    rows = version.rows(_MONTHS)
    recent = published_at.date().replace(day=1)
    if sum(row["sightings"] for row in rows) < MONTHS_FROM:
        recent = date(1, 1, 1)
    months, last = {}, _last(folder, version.published.manifest["layout"])
    for row in rows:
        if row["month"] < recent:
            name = f"observations-{row['month']:%Y-%m}.parquet"
            months[name] = {"sightings": row["sightings"], "last_fetch_id": row["last_fetch_id"]}
            if last.get(name) != months[name] or not _linked(folder, name):
                _copy(version, folder / name, "date_trunc('month', observed_at) = $month", month=row["month"])
    _copy(version, folder / NEWEST, "observed_at >= $recent", recent=recent)
    return months


def write_parquet(version: Reader, path: Path, query: str, **values: date) -> None:
    """Write the rows of a query, with a codec that every reader of Parquet knows."""
    quoted = str(path).replace("'", "''")
    version.query(f"COPY ({query}) TO '{quoted}' (FORMAT parquet, COMPRESSION snappy)", values)


def _last(folder: Path, layout: int) -> Months:
    """The months that the last version has in files of their own, unless it is damaged or of another release."""
    for last in reader.versions(folder.parent)[-1:]:
        with suppress(RatesvcError):
            facts = manifest.verified(last)
            if facts["layout"] == layout:
                months: Months = facts.get("months", {})
                return months
    return {}


def _linked(folder: Path, name: str) -> bool:
    [last] = reader.versions(folder.parent)[-1:]
    with suppress(OSError):  # The file system has no links.
        os.link(last / name, folder / name)
        return True
    return False


def _copy(version: Reader, path: Path, condition: str, **values: date) -> None:
    query = f"FROM observations WHERE {condition} ORDER BY source, base, quote, observed_at, seen_at"
    write_parquet(version, path, query, **values)


_MONTHS = """
SELECT
    date_trunc('month', observed_at)::DATE AS month, count(*) AS sightings,
    max(coalesce(confirmed_by, fetch_id)) AS last_fetch_id
FROM observations
GROUP BY ALL
ORDER BY month
"""
