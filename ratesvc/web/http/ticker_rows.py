"""What the ticker says: now, as of a version, as it stood at a moment, and for a day of the past.

Publications of the past come from publish/as_of.py.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app

from ratesvc.publish import as_of
from ratesvc.publish.reader import Reader
from ratesvc.web.http import past_versions
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.params import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerRows:
    """The rows of a version's ticker.

    document: the bytes that were published; None for the rows of now.
    """

    version: str
    published_at: datetime
    rows: list[dict[str, Any]]
    document: bytes | None = None

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


def now(newest: Reader) -> TickerRows:
    """The rows of the newest version, aged to this moment: from the memory of this worker where it has them."""
    told: TickerRows | None = current_app.extensions["hot"].told
    return told if told and told.version == newest.published.version else read(newest)


def read(newest: Reader) -> TickerRows:
    """The same, asked of the version itself."""
    version = newest.published
    rows = newest.with_banks(newest.rows("FROM ticker"))
    return TickerRows(version=version.version, published_at=version.published_at, rows=rows)


def at(newest: Reader, moment: datetime, parameter: str) -> TickerRows:
    """What was published last at a moment. Raises Refused, with the name of the parameter, where nothing was."""
    try:
        return _said(newest, as_of.at(newest, moment))
    except as_of.NeverPublished as too_early:
        raise Refused(404, str(too_early), parameter) from None


def of(newest: Reader, version: str) -> TickerRows:
    """What a version said. Raises Refused for one that never was."""
    try:
        return _said(newest, as_of.of(newest, version))
    except as_of.NeverPublished as unknown:
        raise Refused(404, str(unknown), "pin") from None


def on(newest: Reader, pair: str, day: date, told: TickerRows) -> dict[str, Any]:
    """The row of a pair for a day of the past, as a version had it. Raises Refused where it had none."""
    version = past_versions.reader_of(newest, told.version)
    [row] = newest.with_banks(version.rows("FROM ticker_on(?::DATE) WHERE pair = ?", [day, pair]))
    if row["observed_on"] is None:
        raise Refused(404, f"there is no rate of {pair} for {day} or the ten days before it", "on")
    return row


def _said(newest: Reader, publication: as_of.Publication) -> TickerRows:
    return TickerRows(
        version=publication.version,
        published_at=publication.published_at,
        rows=newest.with_banks(publication.ticker["rows"]),
        document=publication.document,
    )
