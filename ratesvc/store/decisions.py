"""A person's decisions about held figures: `ratesvc held accept` and `ratesvc held reject`.

A decision takes effect with a snapshot of its own, so the database as of an earlier time does not include it. It is
kept permanently, with the person's name and reason.

While the jobs process is the writer, a decision is handed to it as a file `orders/*.decision` in the data
folder, which the job `decide` carries out within a minute.
"""

import json
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal
from unicodedata import category
from uuid import uuid4

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.core.quoting import in_short
from ratesvc.core.seals import sealed, unsealed
from ratesvc.store import fetch_log
from ratesvc.store.database import Store
from ratesvc.store.write import insert_new, naive, next_id, note_decision
from ratesvc.validation.validate_fetch import stored_rate

PATTERN = "*.decision"
"""File names of decisions that wait for the jobs process."""
PATIENCE_SECONDS = 90
"""How long to wait for the job, which looks for decisions every minute."""
LOOK_SECONDS = 0.5
LONGEST = 500
"""Greatest length of a name or a reason, in characters."""
_UNFIT = {"Cc", "Cs", "Cn", "Zl", "Zp"}
"""Unicode categories that a line of text cannot hold: control characters, surrogates, unassigned, line breaks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A person's decision about the held figure with this ID."""

    rejection_id: int
    decision: Literal["accepted", "rejected"]
    decided_by: str
    reason: str

    def __post_init__(self) -> None:
        for name, text in (("--by", self.decided_by), ("--because", self.reason)):
            if not isinstance(text, str) or not 0 < len(text.strip()) <= LONGEST or set(map(category, text)) & _UNFIT:
                raise UsageError(
                    f"{name} is one line of at most {LONGEST} characters that can be read: it is kept for ever"
                )
        if type(self.rejection_id) is not int or not 0 < self.rejection_id < 2**63:
            raise UsageError("the number of a held figure is one that `ratesvc held` lists")
        if self.decision not in ("accepted", "rejected"):
            raise UsageError("a decision is accepted or rejected")


def decide(store: Store, decision: Decision) -> str:
    """Carry out a decision; returns it as a sentence. Raises RatesvcError if no figure with this ID is held."""
    now = datetime.now(UTC)
    with store.transaction() as connection:
        row = connection.execute(_UNDECIDED, [decision.rejection_id]).fetchone()
        if row is None:
            raise RatesvcError(f"no figure {decision.rejection_id} is held: `ratesvc held` lists those that are")
        *figure, held_by, since = row
        observation = stored_rate(*figure)
        if since is not None and decision.decision == "accepted":
            raise RatesvcError(
                f"{observation.source} has printed {since.normalize():f} for {observation.observed_at:%Y-%m-%d} since:"
                f" figure {decision.rejection_id} cannot be accepted any more"
            )
        snapshot_id, fetch_id = (
            next_id(connection, "snapshots", "snapshot_id"),
            next_id(connection, "fetches", "fetch_id"),
        )
        connection.execute("INSERT INTO snapshots VALUES (?, ?, ?, 'decision')", [snapshot_id, naive(now), naive(now)])
        day = observation.observed_at.date()
        stored = 0
        if decision.decision == "accepted":
            stored = insert_new(connection, held_by, now, [observation], confirmed_by=fetch_id)
        connection.execute(
            "INSERT INTO fetches BY NAME SELECT ? AS fetch_id, ? AS snapshot_id, ? AS source, ? AS url,"
            " ?::TIMESTAMP AS started_at, ?::TIMESTAMP AS finished_at, 'new' AS outcome, ? AS observations,"
            " 0 AS rejections, ?::DATE AS asked_from, ?::DATE AS asked_to",
            [
                *(fetch_id, snapshot_id, observation.source, "a person's decision"),
                *(naive(now), naive(now), stored, day, day),
            ],
        )
        note_decision(connection, fetch_id, now, observation, decision.decision, decision.decided_by, decision.reason)
    fetch_log.follow_later(store)
    return (
        f"{decision.decision}: {observation.source}, {observation.pair} = {observation.rate.normalize():f}"
        f" for {day}, by {decision.decided_by}"
    )


def hand_over(decision: Decision) -> str:
    """Have the jobs process carry out a decision; returns its sentence. Raises RatesvcError if it does not."""
    path = settings.load().orders / f"{decision.rejection_id}-{uuid4().hex}.decision"
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, sealed(asdict(decision)))
    until = time.monotonic() + PATIENCE_SECONDS
    answer = path.with_suffix(".answer")
    while time.monotonic() < until:
        time.sleep(LOOK_SECONDS)
        if answer.exists():
            note = json.loads(answer.read_bytes())
            answer.unlink()
            if note["failure"]:
                raise RatesvcError(note["failure"])
            return str(note["sentence"])
    raise RatesvcError(
        f"the jobs process has not taken up the decision within {PATIENCE_SECONDS} s; it may still: {path}"
    )


def handed_over() -> list[Path]:
    """List the files of waiting decisions, oldest first."""
    return sorted(settings.load().orders.glob(PATTERN), key=lambda path: path.stat().st_mtime)


def take_up(store: Store, path: Path) -> str:
    """Carry out the decision in a file and write the answer beside it. Raises RatesvcError if it cannot."""
    sentence, failure = None, None
    try:
        sentence = decide(store, read(path))
    except RatesvcError as refusal:
        failure = str(refusal)
    _write(path.with_suffix(".answer"), json.dumps({"sentence": sentence, "failure": failure}).encode())
    path.unlink(missing_ok=True)
    if failure:
        raise RatesvcError(failure)
    return str(sentence)


def read(path: Path) -> Decision:
    """Read a decision from a file. Raises RatesvcError for any other file."""
    try:
        return Decision(**unsealed(path.read_bytes()))
    except (ValueError, TypeError) as strange:
        raise RatesvcError(f"{path} is no decision: {in_short(strange)}") from None


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(path)


# A figure that was rejected before can be decided again: the last decision counts. Also selects the figure that its
# source has printed since.
_UNDECIDED = """
SELECT
    source, base, quote, observed_at, rate::DECIMAL(22, 13) AS kept, fetch_id,
    (
        SELECT max_by(standing.rate, standing.fetch_id)
        FROM standing
        WHERE standing.source = rejections.source AND standing.base = rejections.base
        AND standing.quote = rejections.quote
        AND standing.observed_at = rejections.observed_at AND standing.fetch_id > rejections.fetch_id
    )
FROM rejections
WHERE held AND rejection_id = ? AND NOT EXISTS (
    FROM observations
    WHERE observations.source = rejections.source AND observations.base = rejections.base
    AND observations.quote = rejections.quote
    AND observations.observed_at = rejections.observed_at AND observations.rate = kept
    AND coalesce(observations.confirmed_by, observations.fetch_id) >= rejections.fetch_id
)
AND NOT EXISTS (
    FROM decisions
    WHERE decision = 'withdrawn' AND decisions.source = rejections.source
    AND decisions.base = rejections.base AND decisions.quote = rejections.quote
    AND decisions.observed_at = rejections.observed_at
    AND decisions.rate = kept AND decisions.fetch_id >= rejections.fetch_id
)
"""
