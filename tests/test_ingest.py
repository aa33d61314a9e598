"""One snapshot: each source on its own, the ways in their order, the archive first."""

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from ratesvc import sources
from ratesvc.collect import http, snapshot
from ratesvc.collect.reparse import reparse
from ratesvc.core import settings
from ratesvc.core.reading import Reading
from ratesvc.jobs import snapshot as job
from ratesvc.publish import publish
from ratesvc.sources import Source, currency_api
from ratesvc.store.database import Store
from ratesvc.store.write import record
from ratesvc.validation.fetch_result import Answer

from .conftest import Respond, See, answer

Serve = Callable[[Respond], str]
DOCUMENT = json.dumps(
    {"date": "2026-05-24", "usd": {"kgs": 87.45, "kzt": 472.3, "tjs": 9.345, "uzs": 12020.5, "tmt": 3.5}}
).encode()


def source(*urls: str, parse: Any = currency_api.parse) -> Source:
    """currency_api with other ways to ask."""
    constants = {name: getattr(currency_api, name) for name in Source.__annotations__}
    return cast(Source, SimpleNamespace(**constants, newest=lambda _today: list(urls), parse=parse))


@pytest.fixture(autouse=True)
def in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the day of the document, and nobody waits between tries."""
    monkeypatch.setattr(snapshot, "now", lambda: datetime(2026, 5, 24, 12, tzinfo=UTC))
    monkeypatch.setattr(http, "BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr(http, "_free_at", {})


@pytest.fixture
def known(see: See) -> None:
    """The rates of the day before, because a first figure is held."""
    for currency, units in (("KGS", "87.40"), ("KZT", "472"), ("TJS", "9.34"), ("UZS", "12010"), ("TMT", "3.5")):
        see(currency, "2026-05-23", units)


@pytest.fixture
def good(serve: Serve) -> str:
    return serve(lambda handler: answer(handler, DOCUMENT))


@pytest.fixture
def bad(serve: Serve) -> str:
    return serve(lambda handler: answer(handler, b"<html>blocked</html>"))


@pytest.mark.usefixtures("known")
def test_a_second_identical_snapshot_stores_nothing(store: Store, good: str) -> None:
    first, second = (snapshot.take_snapshot(store, {"currency_api": source(good)}, "manual")[0] for _ in range(2))
    assert (first.outcome, first.stored) == ("new", 5)
    assert (second.outcome, second.stored) == ("unchanged", 0)
    assert second.sentence == "currency_api: unchanged: 5 rates for 2026-05-24, by 127.0.0.1"
    assert store.query("SELECT count(*) FROM observations WHERE observed_at >= '2026-05-24'") == [(5,)]
    kept = "SELECT count(*), count(DISTINCT payload_sha256) FROM fetches WHERE payload_sha256 IS NOT NULL"
    assert store.query(kept) == [(2, 1)]


def test_in_an_empty_store_a_first_figure_is_held_unless_a_peg_speaks_for_it(store: Store, good: str) -> None:
    [found] = snapshot.take_snapshot(store, {"currency_api": source(good)}, "manual")
    assert store.query("SELECT quote, rate FROM rates WHERE source = 'currency_api'") == [("TMT", Decimal("3.5"))]
    assert store.query("SELECT quote, reason FROM held ORDER BY quote") == [
        (currency, f"{units} is the first figure, with nothing to compare it with")
        for currency, units in (("KGS", "87.45"), ("KZT", "472.3"), ("TJS", "9.345"), ("UZS", "12020.5"))
    ]
    assert "4 set aside: USD/KGS: 87.45 is the first figure" in found.sentence


def test_the_first_way_that_answers_is_taken_and_the_others_complaints_are_kept(
    store: Store, good: str, bad: str
) -> None:
    gone = "http://127.0.0.1:1"
    [taken] = snapshot.take_snapshot(store, {"currency_api": source(gone, bad, good, "npm:never-asked")}, "manual")
    assert (taken.answer.url, taken.outcome) == (good, "new")
    [(url, status, error)] = store.query("SELECT url, http_status, error FROM fetches")
    assert (url, status) == (good, 200)
    assert "127.0.0.1 cannot be reached" in error
    assert "Expecting value" in error


def test_a_set_origin_is_the_only_one_that_is_asked(
    store: Store, monkeypatch: pytest.MonkeyPatch, serve: Serve
) -> None:
    asked: list[str] = []

    def refuse(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        answer(handler, b"", 503)

    monkeypatch.setenv("RATESVC_ORIGIN_CURRENCY_API", serve(refuse))
    settings.load.cache_clear()
    [failed] = snapshot.take_snapshot(store, {"currency_api": cast(Source, currency_api)}, "manual")
    assert asked == ["/npm/@fawazahmed0/currency-api@latest/v1/currencies/usd.json"] * http.TRIES
    assert failed.sentence == "currency_api: failed: 127.0.0.1 answered 503 Service Unavailable"
    assert store.query("SELECT outcome, http_status FROM fetches") == [("failed", 503)]


def test_a_source_that_hangs_fails_alone_and_in_time(
    store: Store, good: str, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "WHOLE_SECONDS", 1)
    hanging = serve(lambda _: time.sleep(5))
    started = time.monotonic()
    fetches = snapshot.take_snapshot(store, {"a": source(hanging), "currency_api": source(good)}, "manual")
    assert time.monotonic() - started < 3
    assert [each.outcome for each in fetches] == ["failed", "new"]


def test_a_parser_that_breaks_is_that_sources_failure_alone(store: Store, good: str) -> None:
    def broken(_: bytes) -> Reading:
        raise RecursionError("too deep")

    fetches = snapshot.take_snapshot(store, {"a": source(good, parse=broken), "currency_api": source(good)}, "manual")
    assert [each.outcome for each in fetches] == ["failed", "new"]
    assert store.query("SELECT error FROM fetches WHERE source = 'a'") == [("too deep",)]


@pytest.mark.usefixtures("known")
def test_a_doubtful_and_a_missing_currency_do_not_hold_up_the_others(store: Store, serve: Serve) -> None:
    document = b'{"date": "2026-05-24", "usd": {"kgs": 874.5, "kzt": 472.3, "tjs": 9.345, "tmt": 3.5}}'
    origin = serve(lambda handler: answer(handler, document))
    [found] = snapshot.take_snapshot(store, {"currency_api": source(origin)}, "manual")
    assert found.stored == 3
    assert store.query("SELECT quote, rate, reason FROM rejections ORDER BY quote") == [
        (
            "KGS",
            "874.5",
            "874.5 is outside the plausible band 15 to 800: it is 10.0 times the 87.4 of 2026-05-23",
        ),
        ("UZS", None, "it is not in the document"),
    ]
    assert "2 set aside: USD/KGS: 874.5 is" in found.sentence


@pytest.mark.usefixtures("known")
def test_an_unreadable_figure_of_a_past_day_is_set_aside_too(store: Store, serve: Serve) -> None:
    document = b'{"date": "2025-05-24", "usd": {"kgs": 0, "kzt": 472.3, "tjs": 9.345, "uzs": 12020.5, "tmt": 3.5}}'
    way = serve(lambda handler: answer(handler, document))
    day = date(2025, 5, 24)

    async def ask() -> Answer:
        async with snapshot.client() as client:
            return await snapshot.ask(client, "currency_api", source(way), [way], {}, asked_for=(day, day))

    [found] = record(store, "backfill", [snapshot.run(ask())])
    assert found.stored == 4
    assert store.query("SELECT quote, observed_at::DATE, rate, reason FROM rejections") == [
        ("KGS", day, None, "0 is not a positive number")
    ]


@pytest.mark.usefixtures("known")
def test_the_times_are_ours_and_the_day_is_the_documents(store: Store, good: str) -> None:
    snapshot.take_snapshot(store, {"currency_api": source(good)}, "manual")
    assert (
        store.query("SELECT observed_at::VARCHAR, seen_at::VARCHAR FROM observations WHERE observed_at >= '2026-05-24'")
        == [("2026-05-24 00:00:00", "2026-05-24 12:00:00")] * 5
    )


def test_a_later_release_of_the_archive_adds_what_a_store_lacks_and_corrects_nothing(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(snapshot, "ARCHIVE", tmp_path)
    monkeypatch.setattr(snapshot, "now", lambda: datetime(2026, 10, 1, tzinfo=UTC))
    bundled = tmp_path / "currency_api.csv"
    bundled.write_text("date,currency,units_per_usd\n2026-09-28,KZT,481.5\n")
    snapshot.load_archive(store)
    bundled.write_text(
        "date,base,quote,rate\n2026-09-28,USD,KZT,482.5\n2026-09-28,USD,EUR,0.86\n2026-09-29,USD,KZT,483.5\n"
    )
    snapshot.load_archive(store)
    assert snapshot.load_archive(store) == []
    figures = "SELECT pair, observed_on, rate FROM rates WHERE quote = 'KZT' ORDER BY ALL"
    expected = [
        ("EUR/KZT", date(2026, 9, 28), Decimal("561.046511628")),
        ("USD/KZT", date(2026, 9, 28), Decimal("481.5")),
        ("USD/KZT", date(2026, 9, 29), Decimal("483.5")),
    ]
    assert store.query(figures) == expected
    assert store.query("SELECT count(*) FROM corrections") == [(0,)]
    reparse(store, {"currency_api": sources.named("currency_api")})
    assert store.query(figures) == expected
    assert store.query("SELECT count(*) FROM snapshots") == [(2,)]


def test_the_archive_fills_an_empty_store_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot, "now", lambda: datetime(2026, 10, 1, tzinfo=UTC))
    [loaded] = snapshot.load_archive(store)
    assert (loaded.source, loaded.stored) == ("currency_api", 203 * 25)
    assert snapshot.load_archive(store) == []
    assert store.query("SELECT reason FROM snapshots") == [("archive",)]
    assert store.query(
        "SELECT min(observed_on), max(observed_on), max_by(rate, observed_on) FROM rates WHERE pair = 'USD/UZS'"
    ) == [(date(2024, 3, 2), date(2026, 9, 29), Decimal("11792.22406441"))]


def test_when_nobody_can_be_reached_the_log_says_once_that_it_is_us(
    store: Store, bad: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(publish, "publish", lambda *_: "a version")
    gone = "http://127.0.0.1:1"
    asked = {"currency_api": source(gone), "nbk": source(gone), "nbt": source(gone, "npm:nothing@0#at-all")}
    monkeypatch.setattr(sources, "select", lambda _: asked)
    monkeypatch.setattr(http, "_npm", no_npm)
    job.run()
    [told] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert told.startswith("no source could be reached, so the problem is probably on our side: currency_api: failed")

    caplog.clear()
    asked["nbt"] = source(bad, "npm:nothing@0#at-all")  # Its server answers, though nothing of use.
    job.run()
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 3


async def no_npm(_url: str) -> http.Payload:
    raise http.FetchError("no npm client is installed")
