"""Puts one snapshot into the tables: whole, or not at all.

An observation is stored when it differs from the last sighting of the same source, currency and
moment. So asking again stores nothing, a correction is a second sighting, and a run that was
killed can simply be repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

import duckdb

from ratesvc.fetch import way
from ratesvc.observation import Observation
from ratesvc.store import Store
from ratesvc.validate import Rejection

Reason = Literal["schedule", "manual", "backfill", "archive"]


@dataclass(slots=True, kw_only=True)
class Fetch:
    """What came of asking one source once: a row of `fetches`. Times are aware, UTC."""

    source: str
    url: str
    started_at: datetime
    finished_at: datetime
    http_status: int | None = None
    bytes: int | None = None
    payload_sha256: str | None = None
    error: str | None = None
    failed: bool = False
    kept: list[Observation] = field(default_factory=list)
    set_aside: list[Rejection] = field(default_factory=list)
    stored: int = 0
    """How many of the kept observations were new; known once the fetch is recorded."""

    @property
    def outcome(self) -> Literal["new", "unchanged", "failed"]:
        """The word for it, once it is recorded."""
        if self.failed:
            return "failed"
        return "new" if self.stored else "unchanged"

    @property
    def sentence(self) -> str:
        """What it brought, for a person."""
        if self.failed:
            return f"{self.source}: failed: {self.error}"
        newest = max((observation.observed_at for observation in self.kept), default=None)
        rates = f"{len(self.kept)} rates for {newest:%Y-%m-%d}" if newest else "no rates"
        stored = f", {self.stored} new" if self.stored else ""
        held = f", {len(self.set_aside)} set aside: {self.set_aside[0].reason}" if self.set_aside else ""
        return f"{self.source}: {self.outcome}: {rates}{stored}{held}, by {way(self.url)}"


def record(store: Store, reason: Reason, fetches: Sequence[Fetch]) -> int:
    """Stores the fetches, at least one, as one snapshot, and tells each how many observations were new.

    Returns the snapshot's id.
    """
    with store.transaction() as connection:
        snapshot_id = _next(connection, "snapshots", "snapshot_id")
        taken_at = min(fetch.started_at for fetch in fetches)
        finished_at = max(fetch.finished_at for fetch in fetches)
        connection.execute(
            "INSERT INTO snapshots VALUES (?, ?, ?, ?)",
            [snapshot_id, _naive(taken_at), _naive(finished_at), reason],
        )
        for fetch in fetches:
            _record_fetch(connection, snapshot_id, fetch)
    return snapshot_id


def rebuild(store: Store) -> int:
    """Makes `daily` anew from `observations`; returns its number of rows."""
    with store.transaction() as connection:
        connection.execute("DELETE FROM daily")
        connection.execute(_SUM_UP_DAYS.format(where="true"))
        [(days,)] = connection.execute("SELECT count(*) FROM daily").fetchall()
    return int(days)


def _record_fetch(connection: duckdb.DuckDBPyConnection, snapshot_id: int, fetch: Fetch) -> None:
    fetch_id = _next(connection, "fetches", "fetch_id")
    if fetch.kept:
        fetch.stored = _insert_new(connection, fetch_id, fetch)
    for rejection in fetch.set_aside:
        _note(connection, fetch_id, rejection)
    connection.execute(
        "INSERT INTO fetches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            fetch_id,
            snapshot_id,
            fetch.source,
            fetch.url,
            _naive(fetch.started_at),
            _naive(fetch.finished_at),
            fetch.outcome,
            fetch.http_status,
            fetch.bytes,
            fetch.payload_sha256,
            fetch.stored,
            len(fetch.set_aside),
            fetch.error,
        ],
    )


def _insert_new(connection: duckdb.DuckDBPyConnection, fetch_id: int, fetch: Fetch) -> int:
    moments = [_naive(observation.observed_at) for observation in fetch.kept]
    # The look-up of last sightings and the summing up of days are bounded by the days of this document.
    days = {
        "source": fetch.source,
        "first": min(moments).date(),
        "after": max(moments).date() + timedelta(days=1),
    }
    [(stored,)] = connection.execute(
        _INSERT_NEW,
        {
            **days,
            "fetch_id": fetch_id,
            "seen_at": _naive(fetch.finished_at),
            "moments": moments,
            "currencies": [observation.currency for observation in fetch.kept],
            "units": [f"{observation.units_per_usd:f}" for observation in fetch.kept],
        },
    ).fetchall()
    if stored:
        connection.execute(
            "DELETE FROM daily WHERE source = $source AND observed_on >= $first AND observed_on < $after",
            days,
        )
        bounds = "source = $source AND observed_at >= $first AND observed_at < $after"
        connection.execute(_SUM_UP_DAYS.format(where=bounds), days)
    return int(stored)


def _note(connection: duckdb.DuckDBPyConnection, fetch_id: int, rejection: Rejection) -> None:
    units = rejection.units_per_usd
    connection.execute(
        _NOTE_REJECTION,
        {
            "fetch_id": fetch_id,
            "source": rejection.source,
            "currency": rejection.currency,
            "observed_at": rejection.observed_at and _naive(rejection.observed_at),
            "units": None if units is None else f"{units:f}",
            "reason": rejection.reason,
        },
    )


def _next(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    # With one writer counting up is safe; DuckLake has no sequences.
    [(number,)] = connection.execute(f"SELECT coalesce(max({column}), 0) + 1 FROM {table}").fetchall()
    return int(number)


def _naive(moment: datetime) -> datetime:
    """UTC without the label: what a TIMESTAMP column holds."""
    return moment.astimezone(UTC).replace(tzinfo=None)


# The digits travel as text, because a list of decimals would take the scale of its first one.
_INSERT_NEW = """
INSERT INTO observations
SELECT source, currency, observed_at, units_per_usd, $seen_at, $fetch_id
FROM (
    SELECT
        $source AS source,
        unnest($currencies::VARCHAR[]) AS currency,
        unnest($moments::TIMESTAMP[]) AS observed_at,
        unnest($units::VARCHAR[])::DECIMAL(18, 8) AS units_per_usd
)
LEFT JOIN (
    SELECT source, currency, observed_at, max_by(units_per_usd, fetch_id) AS last_seen
    FROM observations
    WHERE source = $source AND observed_at >= $first AND observed_at < $after
    GROUP BY ALL
) USING (source, currency, observed_at)
WHERE units_per_usd IS DISTINCT FROM last_seen
ORDER BY observed_at, currency
"""

_SUM_UP_DAYS = """
INSERT INTO daily
SELECT
    source, currency, observed_at::DATE AS observed_on,
    min_by(units_per_usd, observed_at),
    max(units_per_usd),
    min(units_per_usd),
    max_by(units_per_usd, observed_at),
    max(observed_at),
    max_by(seen_at, observed_at),
    sum(sightings)
FROM (
    -- Of each moment only the newest sighting counts; all of them are counted. Newest is what arrived last,
    -- which fetch_id tells and a clock that was set back does not.
    SELECT
        source, currency, observed_at,
        max_by(units_per_usd, fetch_id) AS units_per_usd,
        max_by(seen_at, fetch_id) AS seen_at,
        count(*) AS sightings
    FROM observations
    WHERE {where}
    GROUP BY source, currency, observed_at
)
GROUP BY source, currency, observed_on
ORDER BY observed_on, source, currency
"""

_NOTE_REJECTION = """
INSERT INTO rejections
SELECT $fetch_id, $source, $currency, $observed_at::TIMESTAMP, $units, $reason
WHERE NOT EXISTS (
    FROM rejections
    WHERE source = $source AND currency = $currency AND reason = $reason
    AND observed_at IS NOT DISTINCT FROM $observed_at::TIMESTAMP
    AND units_per_usd IS NOT DISTINCT FROM $units
)
"""
