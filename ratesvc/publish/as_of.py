"""Past publications, and the whole database as of one of them.

A past ticker is never recomputed: the view `publications` has its bytes longer than the files of the version.
"""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from string import Template
from typing import Any

import duckdb

from ratesvc import sql
from ratesvc.core.errors import RatesvcError
from ratesvc.core.publication_calendar import ONE_DAY
from ratesvc.publish.reader import Reader
from ratesvc.store import daily


class NeverPublishedError(RatesvcError):
    """The version does not exist, or none existed at that time."""


@dataclass(frozen=True)
class Publication:
    """One version's ticker, byte for byte. snapshot_id: the latest snapshot in the version, None if it had none."""

    document: bytes
    snapshot_id: int | None

    @cached_property
    def ticker(self) -> dict[str, Any]:
        """The document: version, published_at and rows, the fields of old rows with their present names."""
        document: dict[str, Any] = json.loads(self.document)
        return {**document, "rows": [_renamed(row) for row in document["rows"]]}

    @property
    def version(self) -> str:
        """Name of the version."""
        return str(self.ticker["version"])

    @property
    def published_at(self) -> datetime:
        """Time of publication: aware, UTC."""
        return datetime.fromisoformat(self.ticker["published_at"])

    @property
    def preferred(self) -> str | None:
        """The preferred kind of source at the time, official or market; None if its rows do not show it."""
        for row in self.ticker["rows"]:
            if row["observed_on"] and not row["pegged"] and "fallback" in row:  # Not in old publications.
                return "market" if (row["kind"] == "official") == row["fallback"] else "official"
        return None


def _renamed(row: dict[str, Any]) -> dict[str, Any]:
    """Convert a row of a publication that knew the dollar only."""
    if "base" in row:
        return row
    base, quote = row["pair"].split("/")
    renamed = {name.replace("units_per_usd", "printed").replace("usd_per_unit", "value"): row[name] for name in row}
    return {**renamed, "base": base, "quote": quote, "inverted": True, "computed": False}


def at(newest: Reader, moment: datetime) -> Publication:
    """Return the latest publication at a moment. Raises NeverPublishedError if there was none."""
    if moment >= newest.published.published_at:
        return _newest(newest)
    result = newest.query(
        """
        SELECT ticker, snapshot_id FROM publications
        WHERE version = (SELECT max(version) FROM published_versions WHERE published_at <= ?)
        """,
        [moment.astimezone(UTC).replace(tzinfo=None)],
    )
    row = result.fetchone()
    if row is None:
        [first] = newest.rows("SELECT min(published_at) AS at FROM published_versions")
        begin = first["at"] or newest.published.published_at
        raise NeverPublishedError(f"nothing was published by then: the first version is of {begin:%Y-%m-%dT%H:%M:%S}Z")
    return Publication(row[0].encode(), row[1])


def of(newest: Reader, version: str) -> Publication:
    """Return the publication of a version. Raises NeverPublishedError if the version never existed."""
    if version == newest.published.version:
        return _newest(newest)
    result = newest.query("SELECT ticker, snapshot_id FROM publications WHERE version = ?", [version])
    row = result.fetchone()
    if row is None:
        raise NeverPublishedError("there never was a version of this name")
    return Publication(row[0].encode(), row[1])


def as_known(newest: Reader, publication: Publication) -> Reader:
    """Return the whole database as of a publication, even after the files of its version were removed.

    Its clock shows the time of publication, so freshness is as it was then. Facts about currencies, sources and
    calendars are today's.
    """
    if publication.version == newest.published.version:
        return newest
    return _Past(newest, publication)


class _Past(Reader):
    settled = True
    _home = "memory"

    def __init__(self, newest: Reader, publication: Publication) -> None:
        version = publication.version
        self.published = replace(
            newest.published,
            version=version,
            published_at=publication.published_at,
            checked_at=publication.published_at,
            next_snapshot_at=None,
        )
        # It shares the machine with other readers, so its resources are limited.
        self._connection = duckdb.connect(config={"threads": "2", "memory_limit": "1GB"})
        self._attach(newest.published.folder / "rates.duckdb", "newest")
        self._prepared(self._connection)
        snapshot = publication.snapshot_id or 0
        [(fetch,)] = self._connection.execute(
            "SELECT coalesce(max(fetch_id), 0) FROM newest.fetches WHERE snapshot_id <= ?", [snapshot]
        ).fetchall()
        script = Template(sql.text(sql.AS_OF)).substitute(
            last_snapshot=snapshot,
            last_fetch=fetch,
            version=version,
            preferred=f"'{publication.preferred}'" if publication.preferred else "NULL",
        )
        self._connection.execute(script)
        sql.run(self._connection, *sql.VIEWS)
        for source, first, last in self._connection.execute("FROM touched").fetchall():
            daily.sum_up(self._connection, source, first, last + ONE_DAY)
        moment = publication.published_at.replace(tzinfo=None)
        self._connection.execute(f"CREATE OR REPLACE VIEW clock AS SELECT TIMESTAMP '{moment}' AS now_utc")


def _newest(newest: Reader) -> Publication:
    [last] = newest.rows("SELECT max(snapshot_id) AS snapshot_id FROM snapshots")
    return Publication(newest.tickers["ticker.json"], last["snapshot_id"])
