"""Puts one snapshot into the tables: whole, or not at all.

An observation is stored when it differs from the last sighting of the same source, currency and
moment. So asking again stores nothing, a correction is a second sighting, and a run that was
killed can simply be repeated.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

import duckdb

from ratesvc.core.observation import Observation
from ratesvc.store import daily, raw_documents
from ratesvc.store.database import Store
from ratesvc.validation.fetch_result import Fetch
from ratesvc.validation.rules import Rejection
from ratesvc.validation.validate_fetch import validate_fetch

Reason = Literal["schedule", "manual", "backfill", "archive", "reparse"]


def record(store: Store, reason: Reason, fetches: Sequence[Fetch]) -> int:
    """Judges the fetches, at least one, in their order, and stores them as one snapshot.

    Each is told what was kept of it, and how many observations were new.

    Returns the snapshot's id.
    """
    with store.transaction() as connection:
        snapshot_id = next_id(connection, "snapshots", "snapshot_id")
        taken_at = min(fetch.started_at for fetch in fetches)
        finished_at = max(fetch.finished_at for fetch in fetches)
        connection.execute(
            "INSERT INTO snapshots VALUES (?, ?, ?, ?)",
            [snapshot_id, naive(taken_at), naive(finished_at), reason],
        )
        for fetch in fetches:
            _record_fetch(connection, snapshot_id, fetch)
    return snapshot_id


def rebuild(store: Store) -> int:
    """Makes `daily` from `observations` from scratch; returns its number of rows."""
    with store.transaction() as connection:
        return daily.sum_up_all(connection)


def _record_fetch(connection: duckdb.DuckDBPyConnection, snapshot_id: int, fetch: Fetch) -> None:
    fetch_id = next_id(connection, "fetches", "fetch_id")
    validate_fetch(connection, fetch, raw_documents.read)
    # They keep the fetch that brought them, and are seen from now on.
    for held in fetch.confirmed:
        fetch.stored += insert_new(
            connection, held.fetch_id, fetch.finished_at, [held.observation], confirmed_by=fetch_id
        )
    for held in fetch.withdrawn:
        reason = f"{fetch.source} printed another figure for the same moment"
        note_decision(connection, fetch_id, fetch.finished_at, held.observation, "withdrawn", None, reason)
    if fetch.kept:
        fetch.stored += insert_new(connection, fetch_id, fetch.finished_at, fetch.kept)
    for observation in fetch.superseded:
        reason = f"{fetch.source} went on with earlier days"
        note_decision(connection, fetch_id, fetch.finished_at, observation, "superseded", None, reason)
        day = observation.observed_at.date()
        daily.sum_up(connection, observation.source, day, day + timedelta(days=1))
    for rejection in fetch.set_aside:
        _note(connection, fetch_id, rejection)
    first, last = fetch.asked_for or (None, None)
    connection.execute(
        _INSERT_FETCH,
        {
            "fetch_id": fetch_id,
            "snapshot_id": snapshot_id,
            "source": fetch.source,
            "url": fetch.url,
            "started_at": naive(fetch.started_at),
            "finished_at": naive(fetch.finished_at),
            "outcome": fetch.outcome,
            "http_status": fetch.http_status,
            "bytes": None if fetch.document is None else len(fetch.document),
            "payload_sha256": None if fetch.document is None else raw_documents.keep(fetch.document),
            "observations": fetch.stored,
            "rejections": len(fetch.set_aside),
            "error": fetch.error,
            "asked_from": first,
            "asked_to": last,
            "etag": fetch.etag,
            "last_modified": fetch.last_modified,
        },
    )


def insert_new(
    connection: duckdb.DuckDBPyConnection,
    fetch_id: int,
    seen_at: datetime,
    observations: Sequence[Observation],
    confirmed_by: int | None = None,
) -> int:
    """Stores those that differ from the last sighting; all are of one source. Returns how many did."""
    moments = [naive(observation.observed_at) for observation in observations]
    # The look-up of last sightings and the summing up of days are bounded by the days of this document.
    source, first, after = observations[0].source, min(moments).date(), max(moments).date() + timedelta(days=1)
    [(stored,)] = connection.execute(
        _INSERT_NEW,
        {
            "source": source,
            "first": first,
            "after": after,
            "fetch_id": fetch_id,
            "confirmed_by": confirmed_by,
            "seen_at": naive(seen_at),
            "moments": moments,
            "currencies": [observation.currency for observation in observations],
            "units": [f"{observation.units_per_usd:f}" for observation in observations],
        },
    ).fetchall()
    if stored:
        daily.sum_up(connection, source, first, after)
    return int(stored)


def note_decision(
    connection: duckdb.DuckDBPyConnection,
    fetch_id: int,
    decided_at: datetime,
    observation: Observation,
    decision: Literal["accepted", "rejected", "superseded", "withdrawn"],
    decided_by: str | None,
    reason: str,
) -> None:
    """Notes what was decided about a figure, for ever. decided_by: a person; None for the service."""
    connection.execute(
        "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?::DECIMAL(18, 8), ?, ?, ?)",
        [
            fetch_id,
            naive(decided_at),
            observation.source,
            observation.currency,
            naive(observation.observed_at),
            f"{observation.units_per_usd:f}",
            decision,
            decided_by,
            reason,
        ],
    )


def _note(connection: duckdb.DuckDBPyConnection, fetch_id: int, rejection: Rejection) -> None:
    units = rejection.units_per_usd
    connection.execute(
        _NOTE_REJECTION,
        {
            "fetch_id": fetch_id,
            "source": rejection.source,
            "currency": rejection.currency,
            "observed_at": rejection.observed_at and naive(rejection.observed_at),
            "units": None if units is None else f"{units:f}",
            "reason": rejection.reason,
            "held": rejection.held,
            "doubt": rejection.doubt,
            "step": None if rejection.step is None else f"{rejection.step:f}",
            "rejection_id": next_id(connection, "rejections", "rejection_id"),
        },
    )


def next_id(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    """The number of the next row of a table."""
    # With one writer counting up is safe; DuckLake has no sequences.
    [(number,)] = connection.execute(f"SELECT coalesce(max({column}), 0) + 1 FROM {table}").fetchall()
    return int(number)


def naive(moment: datetime) -> datetime:
    """UTC without the label: what a TIMESTAMP column holds."""
    return moment.astimezone(UTC).replace(tzinfo=None)


_INSERT_FETCH = """
INSERT INTO fetches BY NAME
SELECT
    $fetch_id AS fetch_id, $snapshot_id AS snapshot_id, $source AS source, $url AS url,
    $started_at AS started_at, $finished_at AS finished_at, $outcome AS outcome, $http_status AS http_status,
    $bytes AS bytes, $payload_sha256 AS payload_sha256, $observations AS observations, $rejections AS rejections,
    $error AS error, $asked_from AS asked_from, $asked_to AS asked_to, $etag AS etag, $last_modified AS last_modified
"""

# The digits travel as text, because a list of decimals would take the scale of its first one.
_INSERT_NEW = """
INSERT INTO observations
SELECT source, currency, observed_at, units_per_usd, $seen_at, $fetch_id, $confirmed_by
FROM (
    SELECT
        $source AS source,
        unnest($currencies::VARCHAR[]) AS currency,
        unnest($moments::TIMESTAMP[]) AS observed_at,
        unnest($units::VARCHAR[])::DECIMAL(18, 8) AS units_per_usd
)
LEFT JOIN (
    SELECT source, currency, observed_at, max_by(units_per_usd, fetch_id) AS last_seen
    FROM standing
    WHERE source = $source AND observed_at >= $first AND observed_at < $after
    GROUP BY ALL
) USING (source, currency, observed_at)
WHERE units_per_usd IS DISTINCT FROM last_seen
ORDER BY observed_at, currency
"""

_NOTE_REJECTION = """
INSERT INTO rejections BY NAME
SELECT
    $rejection_id AS rejection_id, $fetch_id AS fetch_id, $source AS source, $currency AS currency,
    $observed_at::TIMESTAMP AS observed_at, $units AS units_per_usd, $reason AS reason, $held AS held,
    $doubt AS doubt, $step AS printed_step
WHERE NOT EXISTS (
    FROM rejections
    WHERE source = $source AND currency = $currency AND reason = $reason
    AND observed_at IS NOT DISTINCT FROM $observed_at::TIMESTAMP
    AND units_per_usd IS NOT DISTINCT FROM $units
)
"""
