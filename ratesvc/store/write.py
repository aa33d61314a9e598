"""Store one snapshot in the tables, completely or not at all.

An observation is stored if it differs from the last sighting of the same source, pair and
moment. So a repeated fetch stores nothing, a correction is a second sighting, and a run that was
killed can be repeated.
"""

import errno
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import duckdb

from ratesvc.core.observation import Observation
from ratesvc.core.reading import Reading
from ratesvc.store import daily, fetch_log, raw_documents
from ratesvc.store.database import Store
from ratesvc.validation.fetch_result import Answer, Fetch
from ratesvc.validation.rules import Rejection, Verdict
from ratesvc.validation.validate_fetch import validate_fetch

Reason = Literal["schedule", "manual", "backfill", "archive", "reparse"]


def record(store: Store, reason: Reason, answers: Sequence[Answer]) -> list[Fetch]:
    """Validate answers, at least one, in order, and store them as one snapshot.

    An answer whose document cannot be kept has failed. Raises OSError if the disk is full.
    """
    answers = [_with_its_document_kept(answer) for answer in answers]
    with store.transaction() as connection:
        snapshot_id = _begin_snapshot(connection, reason, answers)
        # Each is validated after the previous ones are stored, because they may confirm one another.
        fetches = [
            _store(connection, snapshot_id, answer, validate_fetch(connection, answer, raw_documents.read))
            for answer in answers
        ]
    fetch_log.follow_later(store)
    return fetches


def record_judged(store: Store, reason: Reason, judged: Sequence[tuple[Answer, Verdict]]) -> list[Fetch]:
    """Store answers, at least one, with their verdicts as one snapshot."""
    with store.transaction() as connection:
        snapshot_id = _begin_snapshot(connection, reason, [answer for answer, _ in judged])
        fetches = [_store(connection, snapshot_id, answer, verdict) for answer, verdict in judged]
    fetch_log.follow_later(store)
    return fetches


def rebuild(store: Store) -> int:
    """Rebuild `daily` from `observations`; returns its number of rows."""
    with store.transaction() as connection:
        return daily.sum_up_all(connection)


def _with_its_document_kept(answer: Answer) -> Answer:
    """Keep the document of an answer. If that is impossible for this one, its figures could not be traced to it."""
    try:
        if answer.document is not None:
            raw_documents.keep(answer.document)
    except OSError as failure:
        if failure.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        error = f"its document cannot be kept: {failure}"
        return replace(answer, document=None, reading=Reading(), failed=True, error=error)
    return answer


def _begin_snapshot(connection: duckdb.DuckDBPyConnection, reason: Reason, answers: Sequence[Answer]) -> int:
    """Insert the row of a snapshot; returns its ID."""
    snapshot_id = max(
        next_id(connection, "snapshots", "snapshot_id"),
        # After a restore the last snapshots, which brought nothing, may be missing.
        next_id(connection, "published_versions", "snapshot_id"),
    )
    taken_at = min(answer.started_at for answer in answers)
    finished_at = max(answer.finished_at for answer in answers)
    connection.execute(
        "INSERT INTO snapshots VALUES (?, ?, ?, ?)", [snapshot_id, naive(taken_at), naive(finished_at), reason]
    )
    return snapshot_id


def _store(connection: duckdb.DuckDBPyConnection, snapshot_id: int, answer: Answer, verdict: Verdict) -> Fetch:
    fetch_id = next_id(connection, "fetches", "fetch_id")
    seen_at, stored = answer.finished_at, 0
    # They keep the fetch that returned them, but their seen_at is the time of confirmation.
    for held in verdict.confirmed:
        stored += insert_new(connection, held.fetch_id, seen_at, [held.observation], confirmed_by=fetch_id)
    for held in verdict.withdrawn:
        reason = f"{answer.source} printed another figure for the same moment"
        note_decision(connection, fetch_id, seen_at, held.observation, "withdrawn", None, reason)
    if verdict.kept:
        stored += insert_new(connection, fetch_id, seen_at, verdict.kept)
    for observation in verdict.superseded:
        reason = f"{answer.source} went on with earlier days"
        note_decision(connection, fetch_id, seen_at, observation, "superseded", None, reason)
        day = observation.observed_at.date()
        daily.sum_up(connection, observation.source, day, day + timedelta(days=1))
    for rejection in verdict.set_aside:
        _note(connection, fetch_id, rejection)
    fetch = Fetch(answer=answer, verdict=verdict, stored=stored)
    first, last = answer.asked_for or (None, None)
    connection.execute(
        _INSERT_FETCH,
        {
            "fetch_id": fetch_id,
            "snapshot_id": snapshot_id,
            "source": answer.source,
            "url": answer.url,
            "started_at": naive(answer.started_at),
            "finished_at": naive(answer.finished_at),
            "outcome": fetch.outcome,
            "http_status": answer.http_status,
            "bytes": None if answer.document is None else len(answer.document),
            "payload_sha256": None if answer.document is None else raw_documents.sha256_of(answer.document),
            "observations": stored,
            "rejections": len(verdict.set_aside),
            "error": fetch.error,
            "asked_from": first,
            "asked_to": last,
            "etag": answer.etag,
            "last_modified": answer.last_modified,
        },
    )
    return fetch


def insert_new(
    connection: duckdb.DuckDBPyConnection,
    fetch_id: int,
    seen_at: datetime,
    observations: Sequence[Observation],
    confirmed_by: int | None = None,
) -> int:
    """Store the observations, all of one source, that differ from the last sighting; returns their number."""
    moments = [naive(observation.observed_at) for observation in observations]
    # The lookup of last sightings and the update of `daily` are limited to the days of this document.
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
            "bases": [observation.base for observation in observations],
            "quotes": [observation.quote for observation in observations],
            "rates": [f"{observation.rate:f}" for observation in observations],
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
    """Record a decision about a figure. decided_by: a person; None for the service."""
    connection.execute(
        "INSERT INTO decisions VALUES (?, ?, ?, ?, ?, ?, ?::DECIMAL(22, 13), ?, ?, ?)",
        [
            fetch_id,
            naive(decided_at),
            *observation.series,
            naive(observation.observed_at),
            f"{observation.rate:f}",
            decision,
            decided_by,
            reason,
        ],
    )


def _note(connection: duckdb.DuckDBPyConnection, fetch_id: int, rejection: Rejection) -> None:
    connection.execute(
        _NOTE_REJECTION,
        {
            "fetch_id": fetch_id,
            "source": rejection.source,
            "base": rejection.base,
            "quote": rejection.quote,
            "observed_at": rejection.observed_at and naive(rejection.observed_at),
            "rate": rejection.digits,
            "reason": rejection.reason,
            "held": rejection.held,
            "doubt": rejection.doubt,
            "step": None if rejection.step is None else f"{rejection.step:f}",
            "rejection_id": next_id(connection, "rejections", "rejection_id"),
        },
    )


def next_id(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> int:
    """Return the next ID of a table."""
    # Counting up is safe with one writer; DuckLake has no sequences.
    [(number,)] = connection.execute(f"SELECT coalesce(max({column}), 0) + 1 FROM {table}").fetchall()
    return int(number)


def naive(moment: datetime) -> datetime:
    """Convert an aware time to naive UTC, as in a TIMESTAMP column."""
    return moment.astimezone(UTC).replace(tzinfo=None)


_INSERT_FETCH = """
INSERT INTO fetches BY NAME
SELECT
    $fetch_id AS fetch_id, $snapshot_id AS snapshot_id, $source AS source, $url AS url,
    $started_at AS started_at, $finished_at AS finished_at, $outcome AS outcome, $http_status AS http_status,
    $bytes AS bytes, $payload_sha256 AS payload_sha256, $observations AS observations, $rejections AS rejections,
    $error AS error, $asked_from AS asked_from, $asked_to AS asked_to, $etag AS etag, $last_modified AS last_modified
"""

# The digits are passed as text, because a list of decimals would take the scale of its first one.
_INSERT_NEW = """
INSERT INTO observations
SELECT source, base, quote, observed_at, rate, $seen_at, $fetch_id, $confirmed_by
FROM (
    SELECT
        $source AS source,
        generate_subscripts($bases::VARCHAR[], 1) AS place,
        unnest($bases::VARCHAR[]) AS base,
        unnest($quotes::VARCHAR[]) AS quote,
        unnest($moments::TIMESTAMP[]) AS observed_at,
        unnest($rates::VARCHAR[])::DECIMAL(22, 13) AS rate
)
LEFT JOIN (
    SELECT source, base, quote, observed_at, max_by(rate, fetch_id) AS last_seen
    FROM standing
    WHERE source = $source AND observed_at >= $first AND observed_at < $after
    GROUP BY ALL
) USING (source, base, quote, observed_at)
WHERE rate IS DISTINCT FROM last_seen
ORDER BY observed_at, place
"""

_NOTE_REJECTION = """
INSERT INTO rejections BY NAME
SELECT
    $rejection_id AS rejection_id, $fetch_id AS fetch_id, $source AS source, $base AS base, $quote AS quote,
    $observed_at::TIMESTAMP AS observed_at, $rate AS rate, $reason AS reason, $held AS held,
    $doubt AS doubt, $step AS printed_step
WHERE NOT EXISTS (
    FROM rejections
    WHERE source = $source AND base = $base AND quote = $quote AND reason = $reason
    AND observed_at IS NOT DISTINCT FROM $observed_at::TIMESTAMP
    AND rate IS NOT DISTINCT FROM $rate
)
"""
