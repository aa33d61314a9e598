"""Ticker rows: current, pinned to a version, as known at a moment, and for a past day.

Past publications come from publish/as_of.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app

from ratesvc.publish import as_of
from ratesvc.publish.reader import Reader
from ratesvc.web.http import past_versions
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.params import ParameterError


@dataclass(frozen=True, slots=True, kw_only=True)
class TickerRows:
    """The rows of a version: what it says of each pair, in both directions.

    rows: those of the ticker. others: returns those of all other pairs. document: the bytes as published; None for
    current rows.
    """

    version: str
    published_at: datetime
    rows: list[dict[str, Any]]
    others: Callable[[], list[dict[str, Any]]]
    document: bytes | None = None

    def row(self, pair: str) -> dict[str, Any]:
        """Return the row of a pair. Raises ParameterError (404) if the version does not have it."""
        for row in self.rows:
            if row["pair"] == pair:
                return row
        for row in self.others():
            if row["pair"] == pair:
                return row
        raise ParameterError(404, f"{self.version} has no {pair}", "pin")

    def selection(self, pairs: Sequence[str]) -> list[dict[str, Any]]:
        """Return the rows of pairs, in their order; without pairs those of the ticker. Raises ParameterError (404)."""
        return [self.row(pair) for pair in pairs] if pairs else self.rows


def reader() -> Reader:
    """Return the newest version. Raises ParameterError (503) while there is none."""
    current: Current = current_app.extensions["current"]
    if current.reader is None:
        raise ParameterError(503, current.problem or "the first version is still being opened")
    return current.reader


def now(newest: Reader) -> TickerRows:
    """Return the current rows of the newest version, from this worker's memory if it has them."""
    rows: TickerRows | None = current_app.extensions["hot"].rows
    return rows if rows and rows.version == newest.published.version else read(newest)


def read(newest: Reader) -> TickerRows:
    """Read the current rows from the version itself."""
    version, rows = newest.published, all_rows(newest, newest)
    ticker, others = ([row for row in rows if row["in_ticker"] is shown] for shown in (True, False))
    return TickerRows(version=version.version, published_at=version.published_at, rows=ticker, others=lambda: others)


def all_rows(newest: Reader, version: Reader) -> list[dict[str, Any]]:
    """Return the rows of all pairs of a version, with the names of their publishers."""
    return newest.with_banks(version.rows("FROM all_pairs"))


def at(newest: Reader, moment: datetime, parameter: str) -> TickerRows:
    """Return the last publication at a moment. Raises ParameterError (404), naming the parameter, if there was none."""
    try:
        return _rows_of(newest, as_of.at(newest, moment))
    except as_of.NeverPublishedError as too_early:
        raise ParameterError(404, str(too_early), parameter) from None


def of(newest: Reader, version: str) -> TickerRows:
    """Return the rows of a version. Raises ParameterError (404) if it never existed."""
    try:
        return _rows_of(newest, as_of.of(newest, version))
    except as_of.NeverPublishedError as unknown:
        raise ParameterError(404, str(unknown), "pin") from None


def on(newest: Reader, pair: str, day: date, ticker: TickerRows) -> dict[str, Any]:
    """Return the row of a pair for a past day, as of a version. Raises ParameterError (404) if it has none."""
    version = past_versions.reader_of(newest, ticker.version)
    [row] = newest.with_banks(version.rows("FROM all_pairs_on(?::DATE) WHERE pair = ?", [day, pair]))
    if row["observed_on"] is None:
        raise ParameterError(404, f"there is no rate of {pair} for {day} or the ten days before it", "on")
    return row


def _rows_of(newest: Reader, publication: as_of.Publication) -> TickerRows:
    return TickerRows(
        version=publication.version,
        published_at=publication.published_at,
        rows=newest.with_banks(publication.ticker["rows"]),
        others=lambda: all_rows(newest, past_versions.reader_of(newest, publication.version)),
        document=publication.document,
    )
