"""Documents enter a store as they were published, and what the ticker says is read on each evening."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ratesvc import sources
from ratesvc.core import settings
from ratesvc.store.database import Store, writing
from ratesvc.store.write import record
from ratesvc.validation.fetch_result import Answer, Fetch

from .clock import set_clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a source published at a moment."""

    source: str
    at: datetime
    content: bytes
    requested: tuple[date, date] | None = None


@contextmanager
def fresh(empty: Path, folder: Path) -> Iterator[Store]:
    """An open, empty store of its own, for one of many trials; `empty` is the file to copy."""
    folder.mkdir(parents=True)
    shutil.copyfile(empty, folder / "rates.duckdb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATESVC_DATA", str(folder))
        settings.load.cache_clear()
        with writing() as store:
            yield store
    settings.load.cache_clear()
    shutil.rmtree(folder)


def enter(store: Store, *documents: Document) -> list[Fetch]:
    """Has them fetched, read, judged and stored as one snapshot."""
    answers = []
    for document in documents:
        reading = sources.named(document.source).parse(document.content)
        answers.append(
            Answer(
                source=document.source,
                url=f"https://{document.source}.example/",
                started_at=document.at,
                finished_at=document.at,
                document=document.content,
                asked_for=document.requested,
                reading=reading,
            )
        )
    return record(store, "schedule", answers)


def row(store: Store, pair: str, moment: datetime) -> dict[str, Any]:
    """What the ticker says of a pair at a moment."""
    set_clock(store, moment)
    columns = (
        "rate, change, text, printed, observed_on, previous_on, source, kind, stale, note, unconfirmed,"
        " unconfirmed_printed, unconfirmed_change, unconfirmed_reason, unconfirmed_on"
    )
    [found] = store.query(f"SELECT {columns} FROM ticker WHERE pair = ?", [pair])
    return dict(zip(columns.replace(" ", "").split(","), found, strict=True))


def evening_before(day: date, hour: int = 11, minute: int = 30) -> datetime:
    """When the document for a day is out at a bank that prints tomorrow's rate."""
    return datetime.combine(day - timedelta(days=1), time(hour, minute, tzinfo=UTC))


def figures(store: Store, source: str, currency: str) -> Sequence[tuple[date, Decimal]]:
    """The series of a source."""
    return store.query(
        "SELECT observed_on, rate FROM rates WHERE source = ? AND base = 'USD' AND quote = ? ORDER BY observed_on",
        [source, currency],
    )
