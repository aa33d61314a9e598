"""Validate the answer of a source: load the stored rates around its days, and apply the rules."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType

import duckdb

from ratesvc import sources
from ratesvc.core.errors import RatesvcError, SourceError
from ratesvc.core.observation import Observation
from ratesvc.validation.doubts import REACH, SAME_TIME
from ratesvc.validation.evidence import Prices
from ratesvc.validation.fetch_result import ARCHIVED, Answer, unreadable
from ratesvc.validation.known_rates import Held, KnownRates, Series
from ratesvc.validation.rules import Verdict, apply_rules

ReadDocument = Callable[[str], bytes | None]
"""Return a kept document by its SHA-256, or None if it is lost."""
WAITING = timedelta(days=30)
"""Greatest distance between the day of a held figure and that of a document that may confirm it."""
MANY = 100
NEAR = timedelta(hours=1)
"""Of a day with more moments than this, those farther from a document's are not compared with it, but for two."""


def nothing_kept(_sha256: str) -> bytes | None:
    """Return None: no documents are kept."""
    return None


def validate_fetch(
    connection: duckdb.DuckDBPyConnection | None, answer: Answer, read_document: ReadDocument = nothing_kept
) -> Verdict:
    """Validate an answer against the store's rates, or without a connection against none."""
    aside = unreadable(answer.source, answer.reading)
    if not answer.observations:
        return Verdict(set_aside=aside)
    days = [observation.observed_at.date() for observation in answer.observations]
    verdict = apply_rules(
        answer.reading,
        answer.finished_at,
        known(connection, answer.observations) if connection else known_rates_of(),
        # The bundled history may hold any day.
        requested=(min(days), max(days)) if answer.archived else answer.asked_for,
        document_of=answer.source,
        earlier_prices=lambda before: _prices_beside(connection, before, read_document) if connection else {},
        trusted=answer.archived,
    )
    return replace(verdict, set_aside=verdict.set_aside + aside)


def known(connection: duckdb.DuckDBPyConnection, observations: Sequence[Observation]) -> KnownRates:
    """Load the rates and held figures of the same currencies, around the days of these observations."""
    days = [observation.observed_at.date() for observation in observations]
    bounds: dict[str, object] = {
        "bases": sorted({observation.base for observation in observations}),
        "quotes": sorted({observation.quote for observation in observations}),
        "first": min(days) - WAITING,
        "after": max(days) + WAITING,
    }
    waiting = [
        Held(stored_rate(*row), fetch_id, doubt, reason, step and Decimal(step))
        for fetch_id, doubt, reason, step, *row in connection.execute(_WAITING, bounds).fetchall()
    ]
    # Held figures are validated again, so the rates near them are needed too.
    days += [held.observation.observed_at.date() for held in waiting]
    bounds["first"], bounds["after"] = min(days) - SAME_TIME, max(days) + SAME_TIME + timedelta(days=1)
    corrected = {
        (source, base, quote, moment.replace(tzinfo=UTC)): units
        for source, base, quote, moment, units in connection.execute(_CORRECTED, bounds).fetchall()
    }
    newest = {
        (source, base, quote): moment.replace(tzinfo=UTC)
        for source, base, quote, moment in connection.execute(
            _NEWEST, {name: bounds[name] for name in ("bases", "quotes")}
        ).fetchall()
    }
    moments = [
        each.observed_at.replace(tzinfo=None) for each in (*observations, *(held.observation for held in waiting))
    ]
    around = {"reach": REACH.days, "many": MANY, "near_from": min(moments) - NEAR, "near_to": max(moments) + NEAR}
    accepted = [stored_rate(*row) for row in connection.execute(_AROUND, {**bounds, **around}).fetchall()]
    known_rates = known_rates_of(accepted, newest, corrected)
    known_rates.waiting = waiting
    decided = connection.execute(_DECIDED, bounds).fetchall()
    known_rates.rejected = frozenset(stored_rate(*row) for *row, decision in decided if decision == "rejected")
    known_rates.withdrawn = {stored_rate(*row) for *row, decision in decided if decision == "withdrawn"}
    return known_rates


def known_rates_of(
    accepted: Iterable[Observation] = (),
    newest: Mapping[Series, datetime] = MappingProxyType({}),
    corrected: Mapping[tuple[str, str, str, datetime], Sequence[Decimal]] = MappingProxyType({}),
) -> KnownRates:
    """Combine rates with the calendars of the sources and the names of the central banks' sources."""
    all_sources = sources.load()

    def publishes(source: str, day: date) -> bool:
        return source not in all_sources or all_sources[source].RHYTHM.publishes_for(day)

    official = frozenset(name for name, source in all_sources.items() if source.KIND == "official")
    return KnownRates(accepted, publishes=publishes, official=official, newest_moments=newest, corrected=corrected)


def stored_rate(source: str, base: str, quote: str, observed_at: datetime, rate: Decimal) -> Observation:
    """Convert a row of the store, whose times are naive UTC, to an observation."""
    return Observation(source=source, base=base, quote=quote, observed_at=observed_at.replace(tzinfo=UTC), rate=rate)


def prices_of(source: str, url: str, sha256: str | None, read_document: ReadDocument) -> Prices:
    """Return the prices in a kept document; empty if it is lost, damaged or no longer readable."""
    if sha256 is None or url.startswith(ARCHIVED) or source not in sources.load():
        return {}
    try:
        content = read_document(sha256)
        return sources.named(source).parse(content).prices if content is not None else {}
    except (SourceError, ValueError, RatesvcError):
        return {}


def _prices_beside(connection: duckdb.DuckDBPyConnection, before: Observation, read_document: ReadDocument) -> Prices:
    """Return the prices in the document of a rate."""
    moment = before.observed_at.replace(tzinfo=None)
    row = connection.execute(_DOCUMENT_OF, [*before.series, moment]).fetchone()
    if row is None:
        return {}
    source, url, sha256 = row
    return prices_of(source, url, sha256, read_document)


_WAITING = """
SELECT
    min(fetch_id), max_by(coalesce(doubt, 'jump'), fetch_id), max_by(reason, fetch_id), max_by(printed_step, fetch_id),
    source, base, quote, observed_at, rate::DECIMAL(22, 13) AS kept
FROM waiting
WHERE base IN $bases AND quote IN $quotes AND observed_at BETWEEN $first AND $after
GROUP BY ALL
"""

# The moments within the days, plus the nearest daily rate before and after them. Of a day with many moments only the
# first and the last, and those near the document's own.
_AROUND = """
SELECT source, base, quote, observed_at, rate
FROM (
    SELECT
        source, base, quote, observed_at, max_by(rate, fetch_id) AS rate,
        count(*) OVER day AS moments, min(observed_at) OVER day AS opening, max(observed_at) OVER day AS closing
    FROM standing
    WHERE base IN $bases AND quote IN $quotes AND observed_at >= $first AND observed_at < $after
    GROUP BY source, base, quote, observed_at
    WINDOW day AS (PARTITION BY source, base, quote, observed_at::DATE)
)
WHERE moments <= $many OR observed_at IN (opening, closing) OR observed_at BETWEEN $near_from AND $near_to
UNION ALL
SELECT source, base, quote, max(observed_at), max_by(close, observed_at)
FROM daily
WHERE base IN $bases AND quote IN $quotes AND observed_on < $first AND observed_on >= $first::DATE - $reach
GROUP BY ALL
UNION ALL
SELECT source, base, quote, min(observed_at), min_by(close, observed_at)
FROM daily
WHERE base IN $bases AND quote IN $quotes AND observed_on >= $after AND observed_on <= $after::DATE + $reach
GROUP BY ALL
"""

_CORRECTED = """
SELECT source, base, quote, observed_at, list(rate ORDER BY fetch_id)
FROM standing
SEMI JOIN (
    SELECT source, base, quote, observed_at FROM standing
    WHERE base IN $bases AND quote IN $quotes AND observed_at >= $first AND observed_at < $after
    GROUP BY ALL
    HAVING count(*) > 1
) USING (source, base, quote, observed_at)
WHERE base IN $bases AND quote IN $quotes AND observed_at >= $first AND observed_at < $after
GROUP BY ALL
"""

_DECIDED = """
SELECT source, base, quote, observed_at, rate, max_by(decision, fetch_id)
FROM decisions
WHERE base IN $bases AND quote IN $quotes AND observed_at >= $first AND observed_at < $after
GROUP BY ALL
"""

_NEWEST = (
    "SELECT source, base, quote, max(observed_at) FROM daily WHERE base IN $bases AND quote IN $quotes GROUP BY ALL"
)

_DOCUMENT_OF = """
SELECT fetches.source, url, payload_sha256
FROM standing JOIN fetches USING (fetch_id)
WHERE standing.source = ? AND base = ? AND quote = ? AND observed_at = ?
ORDER BY fetch_id DESC
LIMIT 1
"""
