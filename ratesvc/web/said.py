"""What the ticker says: now, as of a version, as it stood at a moment, and for a day of the past.

What was published is never computed anew: the table `publications` keeps the bytes of every version's
ticker, for longer than the files of the version.
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from flask import current_app

from ratesvc.reader import Reader
from ratesvc.web.asked import Refused
from ratesvc.web.current import Current


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The rows of a version's ticker.

    document: the bytes that were published; None for the rows of now. snapshot_id: the newest snapshot in it, to
    ask the macros `rates_by` and `ticker_on` for what it held; None for all that the newest version holds.
    """

    version: str
    published_at: datetime
    rows: list[dict[str, Any]]
    document: bytes | None = None
    snapshot_id: int | None = None

    @property
    def preferred(self) -> str | None:
        """The kind of source that it showed first, official or market; None where its rows do not tell."""
        for row in self.rows:
            if row["observed_on"] and not row["pegged"] and "fallback" in row:  # Old publications do not have it.
                return "market" if (row["kind"] == "official") == row["fallback"] else "official"
        return None

    def row(self, pair: str) -> dict[str, Any]:
        """The row of a pair. Raises Refused where that version did not know it yet."""
        for row in self.rows:
            if row["pair"] == pair:
                return row
        raise Refused(404, f"{self.version} has no {pair}", "pin")


def reader() -> Reader:
    """The newest version. Raises Refused while there is none."""
    current: Current = current_app.extensions["current"]
    if current.reader is None:
        raise Refused(503, current.problem or "the first version is being opened")
    return current.reader


def now(newest: Reader) -> Said:
    """The rows of the newest version, aged to this moment: from the memory of this worker where it has them."""
    told: Said | None = current_app.extensions["hot"].told
    return told if told and told.version == newest.published.version else read(newest)


def read(newest: Reader) -> Said:
    """The same, asked of the version itself."""
    version = newest.published
    return Said(version=version.version, published_at=version.published_at, rows=newest.rows("FROM ticker"))


def at(newest: Reader, moment: datetime) -> Said:
    """What was published last at a moment. Raises Refused where nothing was."""
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
        raise Refused(404, f"nothing was published by then: the first version is of {begin:%Y-%m-%dT%H:%M:%S}Z", "at")
    return _read(row[0].encode(), row[1])


def of(newest: Reader, version: str) -> Said:
    """What a version said. Raises Refused for one that never was."""
    if version == newest.published.version:
        return _newest(newest)
    found = newest.query("SELECT ticker, snapshot_id FROM publications WHERE version = ?", [version])
    row = found.fetchone()
    if row is None:
        raise Refused(404, "there never was a version of this name", "pin")
    return _read(row[0].encode(), row[1])


def on(newest: Reader, pair: str, day: date, told: Said) -> dict[str, Any]:
    """The row of a pair for a day of the past, as a version had it. Raises Refused where it had none."""
    question = "FROM ticker_on(?::DATE, ?::BIGINT, ?) WHERE pair = ?"
    preferred = told.preferred if told.document else None
    [row] = newest.rows(question, [day, told.snapshot_id, preferred, pair])
    if row["observed_on"] is None:
        raise Refused(404, f"there is no rate of {pair} for {day} or the ten days before it", "on")
    return row


def _newest(newest: Reader) -> Said:
    [last] = newest.rows("SELECT max(snapshot_id) AS snapshot_id FROM snapshots")
    return _read((newest.published.folder / "ticker.json").read_bytes(), last["snapshot_id"])


def _read(document: bytes, snapshot_id: int | None) -> Said:
    told = json.loads(document)
    return Said(
        version=told["version"],
        published_at=datetime.fromisoformat(told["published_at"]),
        rows=told["rows"],
        document=document,
        snapshot_id=snapshot_id,
    )
