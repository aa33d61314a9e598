"""What the ticker says: now, as of a version, and as it stood at a moment.

What was published is never computed anew: the table `publications` keeps the bytes of every version's
ticker, for longer than the files of the version.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import current_app

from ratesvc.reader import Reader
from ratesvc.web.asked import Refused
from ratesvc.web.current import Current


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The rows of a version's ticker. document: the bytes that were published; None for the rows of now."""

    version: str
    published_at: datetime
    rows: list[dict[str, Any]]
    document: bytes | None = None


def reader() -> Reader:
    """The newest version. Raises Refused while there is none."""
    current: Current = current_app.extensions["current"]
    if current.reader is None:
        raise Refused(503, current.problem or "the first version is being opened")
    return current.reader


def now(newest: Reader) -> Said:
    """The rows of the newest version, aged to this moment."""
    version = newest.published
    return Said(version=version.version, published_at=version.published_at, rows=newest.rows("FROM ticker"))


def at(newest: Reader, moment: datetime) -> Said:
    """What was published last at a moment. Raises Refused where nothing was."""
    if moment >= newest.published.published_at:
        return _newest(newest)
    found = newest.cursor().execute(
        "SELECT ticker FROM publications WHERE published_at <= ? ORDER BY version DESC LIMIT 1",
        [moment.astimezone(UTC).replace(tzinfo=None)],
    )
    row = found.fetchone()
    if row is None:
        [first] = newest.rows("SELECT min(published_at) AS at FROM publications")
        begin = first["at"] or newest.published.published_at
        raise Refused(404, f"nothing was published by then: the first version is of {begin:%Y-%m-%dT%H:%M:%S}Z", "at")
    return _read(row[0].encode())


def of(newest: Reader, version: str) -> Said:
    """What a version said. Raises Refused for one that never was."""
    if version == newest.published.version:
        return _newest(newest)
    row = newest.cursor().execute("SELECT ticker FROM publications WHERE version = ?", [version]).fetchone()
    if row is None:
        raise Refused(404, "there never was a version of this name", "pin")
    return _read(row[0].encode())


def _newest(newest: Reader) -> Said:
    return _read((newest.published.folder / "ticker.json").read_bytes())


def _read(document: bytes) -> Said:
    told = json.loads(document)
    return Said(
        version=told["version"],
        published_at=datetime.fromisoformat(told["published_at"]),
        rows=told["rows"],
        document=document,
    )
