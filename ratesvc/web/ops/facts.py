"""What health and metrics say about the data of a version, read once and then kept for minutes.

A check or a scrape costs no query then. Ages are not kept: they are computed from moments at each request.
"""

import threading
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ratesvc.publish.reader import Published, Reader

KEPT_SECONDS = 300
"""States change with the clock too: a rate becomes overdue although nothing is published."""

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Rows of a version, as of `read_at` on the monotonic clock."""

    reader: Reader
    read_at: float
    freshness: Rows
    newest: Rows
    fetches: Rows
    held: Rows
    differences: Rows


_NEWEST = "SELECT source, base, quote, epoch(observed_at) AS observed_at FROM latest WHERE source <> 'peg' ORDER BY ALL"
_FETCHES = """
SELECT source, outcome, sum(fetches)::BIGINT AS fetches
FROM (SELECT source, outcome, 1 AS fetches FROM fetches UNION ALL SELECT source, outcome, fetches FROM quiet_days)
GROUP BY ALL ORDER BY ALL
"""
_HELD = (
    "SELECT source, count(held.source) AS held FROM sources LEFT JOIN held USING (source) WHERE collected GROUP BY ALL"
)
_DIFFERENCES = """
SELECT latest.base, latest.quote, latest.source, change_of(headline.rate, latest.rate) AS difference_pct
FROM latest JOIN headline USING (base, quote)
WHERE latest.source <> headline.source AND abs(latest.observed_on - headline.observed_on) <= reach()
ORDER BY ALL
"""

_kept: Facts | None = None
_reading = threading.Lock()


def facts(reader: Reader) -> Facts:
    """Return the facts of a version, from memory if they are recent. Raises duckdb.Error if it cannot be read."""
    global _kept
    with _reading:
        if _kept is None or _kept.reader is not reader or time.monotonic() - _kept.read_at > KEPT_SECONDS:
            _kept = _read(reader)
        return _kept


def last_sign_of_life(published: Published) -> datetime:
    """Return when the jobs last said that this version is the newest."""
    return published.checked_at


def _read(reader: Reader) -> Facts:
    return Facts(
        reader=reader,
        read_at=time.monotonic(),
        freshness=reader.rows("FROM freshness"),
        newest=reader.rows(_NEWEST),
        fetches=reader.rows(_FETCHES),
        held=reader.rows(_HELD),
        differences=reader.rows(_DIFFERENCES),
    )
