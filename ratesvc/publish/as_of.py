"""What the service said and held before: the publications, and the whole database as it stood at one of them.

What was published is never computed anew: the table `publications` keeps the bytes of every version's ticker, for
longer than the files of the version.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from string import Template
from typing import Any

import duckdb

from ratesvc import sql
from ratesvc.core.errors import CouldNot
from ratesvc.core.publication_calendar import ONE_DAY
from ratesvc.publish.reader import Published, Reader
from ratesvc.store import daily


class NeverPublished(CouldNot):
    """There is no such version, or there was none yet."""


@dataclass(frozen=True)
class Publication:
    """One version's ticker, byte by byte. snapshot_id: the newest snapshot in the version, None where it had none."""

    document: bytes
    snapshot_id: int | None

    @cached_property
    def ticker(self) -> dict[str, Any]:
        """The document: version, published_at and rows."""
        told: dict[str, Any] = json.loads(self.document)
        return told

    @property
    def version(self) -> str:
        """Its name."""
        return str(self.ticker["version"])

    @property
    def published_at(self) -> datetime:
        """Aware, UTC."""
        return datetime.fromisoformat(self.ticker["published_at"])

    @property
    def preferred(self) -> str | None:
        """The kind of source that it showed first, official or market; None where its rows do not tell."""
        for row in self.ticker["rows"]:
            if row["observed_on"] and not row["pegged"] and "fallback" in row:  # Old publications do not have it.
                return "market" if (row["kind"] == "official") == row["fallback"] else "official"
        return None


def at(newest: Reader, moment: datetime) -> Publication:
    """What was published last at a moment. Raises NeverPublished where nothing was."""
    if moment >= newest.published.published_at:
        return _newest(newest)
    found = newest.query(
        "SELECT ticker, snapshot_id FROM publications WHERE published_at <= ? ORDER BY version DESC LIMIT 1",
        [moment.astimezone(UTC).replace(tzinfo=None)],
    )
    row = found.fetchone()
    if row is None:
        [first] = newest.rows("SELECT min(published_at) AS at FROM publications")
        begin = first["at"] or newest.published.published_at
        raise NeverPublished(f"nothing was published by then: the first version is of {begin:%Y-%m-%dT%H:%M:%S}Z")
    return Publication(row[0].encode(), row[1])


def of(newest: Reader, version: str) -> Publication:
    """What a version said. Raises NeverPublished for one that never was."""
    if version == newest.published.version:
        return _newest(newest)
    found = newest.query("SELECT ticker, snapshot_id FROM publications WHERE version = ?", [version])
    row = found.fetchone()
    if row is None:
        raise NeverPublished("there never was a version of this name")
    return Publication(row[0].encode(), row[1])


def as_known(newest: Reader, publication: Publication) -> Reader:
    """Everything as it stood when a version was published, also after its files were removed.

    Its clock shows that moment, so that what was fresh then is fresh in it. Facts about currencies, sources and
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
        self.published = Published(
            version=version,
            folder=newest.published.folder,
            published_at=publication.published_at,
            next_snapshot_at=None,
        )
        # It stands beside others, so it may not take what there is.
        self._connection = duckdb.connect(config={"threads": "2", "memory_limit": "1GB"})
        self._attach(newest.published.folder / "rates.duckdb", "newest")
        snapshot = publication.snapshot_id or 0
        [(fetch,)] = self._connection.execute(
            "SELECT coalesce(max(fetch_id), 0) FROM newest.fetches WHERE snapshot_id <= ?", [snapshot]
        ).fetchall()
        beneath = Template(sql.text(sql.AS_OF)).substitute(
            last_snapshot=snapshot,
            last_fetch=fetch,
            version=version,
            preferred=f"'{publication.preferred}'" if publication.preferred else "NULL",
        )
        self._connection.execute(beneath)
        sql.run(self._connection, *sql.VIEWS)
        for source, first, last in self._connection.execute("FROM touched").fetchall():
            daily.sum_up(self._connection, source, first, last + ONE_DAY)
        moment = publication.published_at.replace(tzinfo=None)
        self._connection.execute(f"CREATE OR REPLACE VIEW clock AS SELECT TIMESTAMP '{moment}' AS now_utc")


def _newest(newest: Reader) -> Publication:
    [last] = newest.rows("SELECT max(snapshot_id) AS snapshot_id FROM snapshots")
    return Publication((newest.published.folder / "ticker.json").read_bytes(), last["snapshot_id"])
