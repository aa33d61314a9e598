"""Filling in history: every day once, after a kill too, and while another process is the writer."""

import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from ratesvc import sources
from ratesvc.collect import backfill, backfill_queue, http, snapshot
from ratesvc.collect.backfill import Progress, Span
from ratesvc.collect.backfill_queue import Order
from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.core.publication_calendar import ONE_DAY, SUNDAY
from ratesvc.jobs import backfill as job
from ratesvc.publish import publish, reader
from ratesvc.sources import nbk
from ratesvc.store.database import Store

from .conftest import Respond, See, answer

Serve = Callable[[Respond], str]
FIRST = date(2025, 1, 1)
# The bank is asked without its pause, which would make the test last minutes.
IN_A_HURRY = """
from ratesvc.collect import backfill
from ratesvc.__main__ import main
from ratesvc.sources import nbk
nbk.PAUSE_SECONDS = 0.01
main()
"""


class Bank:
    """The National Bank of Kazakhstan: a rate for each day but Sundays, which are empty. It keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[date] = []
        self.failing: set[date] = set()

    def rate(self, day: date) -> Decimal | None:
        return None if day.weekday() == SUNDAY else Decimal(500) + Decimal(day.toordinal() % 700) / 100

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        [asked] = parse_qs(urlsplit(handler.path).query)["fdate"]
        day = datetime.strptime(asked, "%d.%m.%Y").date()  # noqa: DTZ007 - a printed day
        self.asked.append(day)
        if day in self.failing:
            return answer(handler, b"", 403)
        rate = self.rate(day)
        item = f"<item><title>USD</title><description>{rate}</description><quant>1</quant></item>" if rate else ""
        return answer(handler, f"<rates><date>{asked}</date>{item}</rates>".encode())

    def says(self, first: date, last: date) -> list[tuple[date, Decimal]]:
        days = (first + number * ONE_DAY for number in range((last - first).days + 1))
        return [(day, rate) for day in days if (rate := self.rate(day))]


@pytest.fixture
def bank(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Bank:
    found = Bank()
    monkeypatch.setenv("RATESVC_ORIGIN_NBK", serve(found))
    monkeypatch.setenv("RATESVC_SOURCES", "nbk")
    monkeypatch.setattr(nbk, "PAUSE_SECONDS", 0)
    monkeypatch.setattr(http, "_free_at", {})
    settings.load.cache_clear()
    return found


def stored(store: Store) -> list[tuple[date, Decimal]]:
    return store.query("SELECT observed_on, rate FROM rates WHERE source = 'nbk' ORDER BY observed_on")


def silently(_: Progress) -> None:
    """Tells nobody."""


def test_each_day_is_asked_once_and_the_empty_ones_too(store: Store, see: See, bank: Bank, data: Path) -> None:
    see("KZT", "2024-12-31", "500.50")  # Of another source: a first figure is held.
    span = Span("nbk", FIRST, FIRST + 29 * ONE_DAY)
    told: list[int] = []
    progress = backfill.fill(store, span, lambda now: told.append(now.done))
    assert bank.asked == [FIRST + number * ONE_DAY for number in range(30)]
    assert stored(store) == bank.says(span.first, span.last)
    assert (progress.total, progress.done, progress.stored, progress.failed) == (30, 30, 26, 0)
    assert told == list(range(31))
    assert store.query(
        "SELECT DISTINCT reason FROM snapshots JOIN fetches USING (snapshot_id) WHERE source = 'nbk'"
    ) == [("backfill",)]
    newest = reader.Reader(reader.newest(data / "published"))
    assert newest.rows("SELECT count(*) AS days FROM rates WHERE source = 'nbk'") == [{"days": 26}]

    again = backfill.fill(store, Span("nbk", FIRST, FIRST + 31 * ONE_DAY), silently)
    assert (again.total, bank.asked[30:]) == (2, [FIRST + 30 * ONE_DAY, FIRST + 31 * ONE_DAY])


def test_a_day_that_failed_is_asked_again_the_next_time(store: Store, bank: Bank) -> None:
    span = Span("nbk", FIRST, FIRST + 9 * ONE_DAY)
    bank.failing = {FIRST + 3 * ONE_DAY}
    assert backfill.fill(store, span, silently).failed == 1
    bank.failing.clear()
    assert backfill.fill(store, span, silently).total == 1
    assert stored(store) == bank.says(span.first, span.last)


def test_a_source_that_only_fails_is_left_alone_soon(store: Store, bank: Bank) -> None:
    bank.failing = {FIRST + number * ONE_DAY for number in range(100)}
    with pytest.raises(
        RatesvcError, match=r"failed 5 times in a row, most recently for 2025-01-05 \(127.0.0.1 answered 403"
    ):
        backfill.fill(store, Span("nbk", FIRST, FIRST + 99 * ONE_DAY), silently)
    assert len(bank.asked) == 5


def test_a_long_run_publishes_on_its_way(store: Store, bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "PUBLISH_SECONDS", 0)
    published: list[str] = []
    monkeypatch.setattr(publish, "publish", lambda *_: published.append(""))
    backfill.fill(store, Span("nbk", FIRST, FIRST + 4 * ONE_DAY), silently)
    assert len(published) == 6


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody", FIRST, FIRST), "there is no source 'nobody'"),
        (("nbkr", FIRST, FIRST), "only its newest document; sources with history are cbr, cbt, cbu,"),
        (("nbk", date(1990, 1, 1), FIRST), "has no rates before 1999-12-15"),
        (("nbk", FIRST, FIRST - ONE_DAY), "is before the first"),
        (("nbk", FIRST, date(2999, 1, 1)), "is in the future"),
    ],
)
def test_a_span_that_makes_no_sense_is_refused(arguments: tuple[str, date, date], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Span(*arguments)


@pytest.mark.process
@pytest.mark.parametrize("kills", [1, pytest.param(3, marks=pytest.mark.soak)])
def test_killed_it_ends_with_every_day_and_asks_none_twice(data: Path, bank: Bank, kills: int) -> None:
    last = FIRST + 199 * ONE_DAY
    command = [sys.executable, "-c", IN_A_HURRY, "backfill", "nbk", "--from", f"{FIRST}", "--to", f"{last}"]
    in_flight = 0
    for part in range(kills):
        goal = 200 * (part + random.uniform(0.1, 0.9)) / kills
        with subprocess.Popen(command, stderr=subprocess.PIPE) as running:
            deadline = time.monotonic() + 60
            while len(bank.asked) - in_flight < goal and time.monotonic() < deadline:
                assert running.poll() is None
                time.sleep(0.001)
            running.send_signal(signal.SIGKILL)
        in_flight += 1
    finished = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert "0 requests failed" in finished.stdout
    assert "days" in finished.stderr  # Plain lines, as this is no terminal.
    twice = [day for day in set(bank.asked) if bank.asked.count(day) > 1]
    assert len(twice) <= in_flight
    assert len(bank.asked) <= 200 + in_flight
    newest = reader.Reader(reader.newest(data / "published"))
    days = newest.rows("SELECT observed_on, rate FROM rates WHERE source = 'nbk' ORDER BY observed_on")
    assert [(day["observed_on"], day["rate"]) for day in days] == bank.says(FIRST, last)


def test_the_time_before_the_first_answer_of_a_bank_is_filled_in_the_last_days_first(
    store: Store, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "now", lambda: datetime(2026, 1, 15, 12, tzinfo=UTC))
    monkeypatch.setattr(backfill, "AT_FIRST", (10, 40))
    job.run()
    assert bank.asked == []
    snapshot.take_snapshot(store, sources.select(("nbk",)), "schedule")
    assert bank.asked == [date(2026, 1, 16)]
    job.run()
    today = date(2026, 1, 15)  # The rate in force, although the bank has printed tomorrow's.
    assert bank.asked[1:12] == [today - back * ONE_DAY for back in range(10, -1, -1)]
    assert stored(store) == bank.says(today - 40 * ONE_DAY, date(2026, 1, 16))
    asked = len(bank.asked)
    job.run()
    assert len(bank.asked) == asked
    assert Counter(bank.asked).most_common(1)[0][1] <= 2  # The last two days may still have changed.


def test_days_that_an_outage_of_ours_has_cost_are_filled_in_and_an_empty_one_is_not_asked_for_again_and_again(
    store: Store, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    def snapshot_at(day: int, hour: int = 14) -> None:
        monkeypatch.setattr(snapshot, "now", lambda: datetime(2026, 6, day, hour, tzinfo=UTC))
        snapshot.take_snapshot(store, sources.select(("nbk",)), "schedule")
        bank.asked.clear()

    empty = date(2026, 6, 12)  # A Friday on which no rate was set, whatever the calendar says.
    real = bank.rate
    monkeypatch.setattr(bank, "rate", lambda day: None if day == empty else real(day))
    monkeypatch.setattr(backfill, "AT_FIRST", (3,))
    snapshot_at(8)
    job.run()  # The bank's first answer: the days before it.
    snapshot_at(15)
    job.run()
    assert bank.asked == [date(2026, 6, day) for day in (10, 11, 12, 13)]
    for hour in (15, 23):
        snapshot_at(15, hour)
        job.run()
        assert bank.asked == []
    snapshot_at(17)
    job.run()
    assert bank.asked == [date(2026, 6, 17)]  # Of that day's rate only tomorrow's was seen.
    assert empty not in dict(stored(store))
    assert dict(stored(store))[date(2026, 6, 17)] == real(date(2026, 6, 17))


def test_the_past_of_a_source_may_be_in_another_one() -> None:
    assert [sources.history_of(name) for name in ("nbk", "nbkr", "nbkr_archive")] == ["nbk", *["nbkr_archive"] * 2]


def test_while_the_jobs_write_they_are_asked_to_do_it(store: Store, see: See, bank: Bank) -> None:
    see("KZT", "2024-12-31", "500.50")  # Of another source: a first figure is held.
    span = Span("nbk", FIRST, FIRST + 9 * ONE_DAY)
    command = [sys.executable, "-m", "ratesvc", "backfill", "nbk", "--from", f"{span.first}", "--to", f"{span.last}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as asking:
        while not backfill_queue.placed():
            assert asking.poll() is None
            time.sleep(0.01)
        job.run()
        said, shown = asking.communicate(timeout=20)
    assert said == "nbk from 2025-01-01 to 2025-01-10: 10 of 10 days, 9 rates stored, 0 requests failed\n"
    assert shown.startswith("another process is the writer; handing the work over to it\nnbk from 2025-01-01")
    assert backfill_queue.placed() == []
    assert stored(store) == bank.says(span.first, span.last)


def test_an_order_that_fails_tells_why_and_one_that_is_removed_is_cancelled(
    store: Store, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank.failing = {FIRST + number * ONE_DAY for number in range(100)}
    order = Order(Span("nbk", FIRST, FIRST + 99 * ONE_DAY))
    order.write()
    job.run()
    assert "5 times in a row" in order.note["failure"]
    job.run()  # It is not worked on again.
    assert len(bank.asked) == 5

    bank.failing.clear()
    order.write()
    monkeypatch.setattr(Bank, "rate", lambda *_: order.remove())
    job.run()
    assert len(bank.asked) == 6
    (settings.load().orders / "strange.json").write_text('{"source": "nobody", "first": "then"}')
    job.run()
    assert backfill_queue.placed() == []
