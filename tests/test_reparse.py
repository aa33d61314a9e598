"""Kept documents read again: what a mended parser says becomes new sightings, and nothing is overwritten."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from ratesvc.collect import http
from ratesvc.collect.reparse import Outcome, reparse
from ratesvc.collect.snapshot import load_archive, take_snapshot
from ratesvc.core import settings
from ratesvc.core.errors import SourceError
from ratesvc.core.parsing import day_of, number, price_list, text_of, xml
from ratesvc.core.reading import Reading
from ratesvc.sources import named, nbk
from ratesvc.store import raw_documents
from ratesvc.store.database import Store
from ratesvc.store.write import rebuild, record
from ratesvc.validation.fetch_result import Answer

from .conftest import Respond, See, answer

Snapshot = Callable[[int, str], None]


@pytest.fixture
def snapshot(store: Store, serve: Callable[[Respond], str], monkeypatch: pytest.MonkeyPatch) -> Snapshot:
    """Takes a snapshot of nbk on a day of May 2026, on which its document has these items."""
    document = b""
    monkeypatch.setenv("RATESVC_ORIGIN_NBK", serve(lambda handler: answer(handler, document)))
    monkeypatch.setattr(http, "_free_at", {})
    monkeypatch.setattr(nbk, "PAUSE_SECONDS", 0)
    settings.load.cache_clear()

    def take(day: int, items: str) -> None:
        nonlocal document
        document = f"<rates><date>{day:02}.05.2026</date>{items}</rates>".encode()
        monkeypatch.setattr("ratesvc.collect.snapshot.now", lambda: datetime(2026, 5, day, 12, tzinfo=UTC))
        take_snapshot(store, {"nbk": named("nbk")}, "manual")

    return take


def item(units: str, quant: str = "1") -> str:
    return f"<item><title>USD</title><description>{units}</description><quant>{quant}</quant></item>"


def sightings(store: Store) -> list[tuple[date, Decimal, int]]:
    return store.query(
        "SELECT observed_at::DATE, rate, fetch_id FROM observations WHERE source = 'nbk' ORDER BY observed_at, fetch_id"
    )


def without_quant(payload: bytes) -> Reading:
    """A parser that has forgotten that a figure may be for many units."""
    document = xml(payload, "rates")
    day = day_of(text_of(document, "date"))
    rows = [("USD", row) for row in document.findall("item")]
    return price_list("nbk", ("KZT",), "KZT", day, rows, price=lambda row: number(text_of(row, "description")))


def test_without_a_change_nothing_is_stored(store: Store, snapshot: Snapshot) -> None:
    load_archive(store)
    snapshot(5, item("500"))
    snapshot(6, item("560"))  # Held,
    snapshot(6, item("561"))  # corrected,
    snapshot(7, item("562"))  # and confirmed.
    snapshot(8, item("5620"))  # A slip that stays one.
    before = store.query("FROM observations ORDER BY ALL"), store.query("FROM rejections")
    outcomes = reparse(store, {name: named(name) for name in ("nbk", "currency_api", "cbu")})
    assert outcomes["nbk"] == Outcome(documents=5)
    assert outcomes["currency_api"] == Outcome(documents=1)
    assert (store.query("FROM observations ORDER BY ALL"), store.query("FROM rejections")) == before
    assert store.query("SELECT count(*) FROM snapshots WHERE reason = 'reparse'") == [(0,)]


def test_a_mended_parser_makes_new_sightings_and_the_old_ones_stay(
    store: Store, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(nbk, "parse", without_quant)
        for day, units in ((5, "4000"), (6, "4010"), (7, "3990")):
            snapshot(day, item(units, "10"))
        snapshot(8, item("398"))
    # 398 was held: beside the wrong ones it looked like a slip.
    wrong = [(5, "4000", 1), (6, "4010", 2), (7, "3990", 3)]
    assert sightings(store) == [(date(2026, 5, day), Decimal(units), number) for day, units, number in wrong]

    assert reparse(store, {"nbk": named("nbk")})["nbk"] == Outcome(documents=4, changed=4)
    assert store.query("SELECT observed_on, rate FROM rates WHERE source = 'nbk' ORDER BY observed_on") == [
        (date(2026, 5, 5), Decimal(400)),
        (date(2026, 5, 6), Decimal(401)),
        (date(2026, 5, 7), Decimal(399)),
        (date(2026, 5, 8), Decimal(398)),
    ]
    assert len(sightings(store)) == 7
    assert store.query("FROM held") == []
    assert store.query("SELECT last_success_at FROM freshness WHERE source = 'nbk'") == [(datetime(2026, 5, 8, 12),)]  # noqa: DTZ001
    maintained = store.query("FROM daily ORDER BY ALL")
    rebuild(store)
    assert store.query("FROM daily ORDER BY ALL") == maintained
    assert reparse(store, {"nbk": named("nbk")})["nbk"].changed == 0


def test_a_document_that_could_not_be_read_can_be_now(
    store: Store, see: See, snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    see("KZT", "2026-05-04", "500")  # Of another source: a first figure is held.

    def refuse(_: bytes) -> Reading:
        raise SourceError("<rates> has no date")

    with monkeypatch.context() as broken:
        broken.setattr(nbk, "parse", refuse)
        snapshot(5, item("500"))
        outcome = reparse(store, {"nbk": named("nbk")})["nbk"]
    assert str(outcome) == (
        "1 documents read again, 0 rates changed, 1 cannot be read, the last one because <rates> has no date"
    )
    assert sightings(store) == []
    assert reparse(store, {"nbk": named("nbk")})["nbk"].changed == 1


def test_what_is_unreadable_is_noted_once(store: Store, see: See, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older parser refused the whole document for it."""
    see("UZS", "2026-05-04", "12010")  # Of another source: a first figure is held.
    manat = b"""[{"Ccy": "USD", "Nominal": "1", "Rate": "12030.55", "Diff": "0", "Date": "05.05.2026"},
    {"Ccy": "TMT", "Nominal": "1", "Rate": "-", "Diff": "0", "Date": "05.05.2026"}]"""
    moment = datetime(2026, 5, 5, 12, tzinfo=UTC)
    monkeypatch.setattr("ratesvc.collect.snapshot.now", lambda: moment)
    refused = Answer(source="cbu", url="x", started_at=moment, finished_at=moment, document=manat, failed=True)
    record(store, "schedule", [refused])
    assert [reparse(store, {"cbu": named("cbu")})["cbu"].changed for _ in range(2)] == [1, 0]
    assert store.query("SELECT quote, rate FROM rates WHERE source = 'cbu'") == [("UZS", Decimal("12030.55"))]
    assert store.query("SELECT source, quote, rate, reason, held FROM rejections") == [
        ("cbu", "TMT", None, "'-' is not a number with a decimal point", False)
    ]


def test_what_was_corrected_and_taken_back_ends_as_it_was(store: Store, see: See, snapshot: Snapshot) -> None:
    see("KZT", "2026-05-04", "500")  # Of another source: a first figure is held.
    for units in ("500", "501", "500"):
        snapshot(5, item(units))
    assert reparse(store, {"nbk": named("nbk")})["nbk"] == Outcome(documents=3)
    assert len(sightings(store)) == 3


def test_lost_and_damaged_documents_are_told(store: Store, snapshot: Snapshot) -> None:
    snapshot(5, item("500"))
    snapshot(6, item("501"))
    gone, damaged = sorted(settings.load().raw.glob("?" * 64))
    gone.unlink()
    damaged.write_bytes(b"?")
    outcome = reparse(store, {"nbk": named("nbk")})["nbk"]
    assert (outcome.documents, outcome.lost) == (0, 1)
    assert f"{damaged} is damaged" in str(outcome)
    assert len(sightings(store)) == 2
    assert raw_documents.read(gone.name) is None
