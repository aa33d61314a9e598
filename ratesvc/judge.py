"""Decides about a document with what the store knows: loads the rates around its days, and sorts it out."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import duckdb

from ratesvc import sources
from ratesvc.book import Book, Held
from ratesvc.fetched import ARCHIVED, Fetch
from ratesvc.observation import Observation
from ratesvc.validate import REACH, SAME_TIME, sort_out

WAITING = timedelta(days=30)
"""A figure that waits may still be confirmed by a document for a day so far from its own."""


def judge(connection: duckdb.DuckDBPyConnection | None, fetch: Fetch) -> None:
    """Fills in what is kept, set aside and confirmed of what a fetch read; without a connection nothing is known."""
    if not fetch.read:
        return
    days = [observation.observed_at.date() for observation in fetch.read]
    # The bundled history may hold any day.
    asked_for = (min(days), max(days)) if fetch.url.startswith(ARCHIVED) else fetch.asked_for
    book = known(connection, fetch.read) if connection else new_book()
    verdict = sort_out(fetch.read, fetch.finished_at, book, asked_for, told_by=fetch.source)
    fetch.kept, fetch.confirmed = verdict.kept, verdict.confirmed
    fetch.set_aside = verdict.set_aside + fetch.set_aside
    # Nothing to keep and nothing to wait for: what came is no use.
    fetch.failed = not fetch.kept and not any(each.held for each in fetch.set_aside)
    fetch.error = "; ".join(filter(None, [fetch.error, fetch.reasons])) or None


def known(connection: duckdb.DuckDBPyConnection, observations: list[Observation]) -> Book:
    """The rates and the waiting figures of the same currencies, around the days of these."""
    days = [observation.observed_at.date() for observation in observations]
    bounds: dict[str, object] = {
        "currencies": sorted({observation.currency for observation in observations}),
        "first": min(days) - WAITING,
        "after": max(days) + WAITING,
    }
    rows = connection.execute(_WAITING, bounds).fetchall()
    waiting = [Held(stored_rate(*row), fetch_id) for fetch_id, *row in rows]
    # A figure that waits is judged anew, so its own neighbours must be known too.
    days += [held.observation.observed_at.date() for held in waiting]
    bounds["first"], bounds["after"] = min(days) - SAME_TIME, max(days) + SAME_TIME + timedelta(days=1)
    bounds["reach"] = REACH.days
    book = new_book(stored_rate(*row) for row in connection.execute(_AROUND, bounds).fetchall())
    book.waiting = waiting
    return book


def new_book(accepted: Iterable[Observation] = ()) -> Book:
    """A book that knows these rates, the calendars of the sources, and which of them are central banks."""
    asked = sources.load()

    def publishes(source: str, day: date) -> bool:
        return source not in asked or asked[source].RHYTHM.publishes_for(day)

    official = frozenset(name for name, source in asked.items() if source.KIND == "official")
    return Book(accepted, publishes=publishes, official=official)


def stored_rate(source: str, currency: str, observed_at: datetime, units: Decimal) -> Observation:
    """An observation from a row of the store, whose times are UTC without saying so."""
    return Observation(
        source=source, currency=currency, observed_at=observed_at.replace(tzinfo=UTC), units_per_usd=units
    )


_WAITING = """
SELECT min(fetch_id), source, currency, observed_at, units_per_usd::DECIMAL(18, 8) AS units
FROM rejections
WHERE held AND currency IN $currencies AND observed_at BETWEEN $first AND $after
AND NOT EXISTS (
    FROM observations
    WHERE observations.source = rejections.source AND observations.currency = rejections.currency
    AND observations.observed_at = rejections.observed_at
    AND observations.units_per_usd = rejections.units_per_usd::DECIMAL(18, 8)
)
GROUP BY ALL
"""

# The days themselves to the moment, and of the time before and after them what is nearest, by the day.
_AROUND = """
SELECT source, currency, observed_at, max_by(units_per_usd, fetch_id)
FROM observations
WHERE currency IN $currencies AND observed_at >= $first AND observed_at < $after
GROUP BY ALL
UNION ALL
SELECT source, currency, max(observed_at), max_by(close, observed_at)
FROM daily
WHERE currency IN $currencies AND observed_on < $first AND observed_on >= $first::DATE - $reach
GROUP BY ALL
UNION ALL
SELECT source, currency, min(observed_at), min_by(close, observed_at)
FROM daily
WHERE currency IN $currencies AND observed_on >= $after AND observed_on <= $after::DATE + $reach
GROUP BY ALL
"""
