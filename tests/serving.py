"""A running web server, and something for it to show."""

import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import pytest

from ratesvc import sources
from ratesvc.collect import snapshot
from ratesvc.core.observation import Observation, midnight
from ratesvc.core.reading import Reading
from ratesvc.publish import publish
from ratesvc.store.database import Store
from ratesvc.store.write import Reason, record, record_judged
from ratesvc.validation.fetch_result import Answer, Fetch
from ratesvc.validation.rules import Verdict

needs_proc = pytest.mark.skipif(
    not Path(f"/proc/self/task/{os.getpid()}/children").exists(), reason="finds processes in /proc, as Linux has it"
)


TODAY = datetime.now(UTC).date()
"""The day on which the invented stores end: of the beginning of the run, even if it goes on after midnight."""


_PORTS = count(20_000 + 1_500 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")))
"""A range for each worker of pytest-xdist, below the ports that the system gives to connections and to port 0."""


def free_port() -> int:
    """A port that nobody else is about to take."""
    for port in _PORTS:
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise AssertionError


def get(url: str, seconds: float = 30) -> str:
    """The body, as soon as there is one."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
                return str(answer.read().decode())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def children(pid: int) -> dict[str, int]:
    """The process ids of the running commands below a process, by their names."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_bytes().decode().split("\0")
        if len(words) > 1:  # A process that has ended has none.
            found[words[-2]] = int(child)
    return found


def until(true: Callable[[], object], seconds: float = 20) -> None:
    """Waits until something is true."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def started_by(pid: int) -> set[int]:
    """The process ids of the children of a process, whichever of its threads started them."""
    found: set[int] = set()
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):  # The thread has ended.
            found |= {int(child) for child in path.read_text().split()}
    return found


def below(pid: int) -> set[int]:
    """The process ids of all processes below one."""
    children = started_by(pid)
    return children.union(*(below(child) for child in children))


@contextmanager
def serving(port: int, **environment: str) -> Iterator[str]:
    """The address of a web server on a port."""
    given = {**os.environ, "RATESVC_PORT": str(port), "RATESVC_WORKERS": "1", **environment}
    with subprocess.Popen([sys.executable, "-m", "ratesvc", "web"], env=given, stderr=subprocess.DEVNULL) as web:
        address = f"http://127.0.0.1:{port}"
        try:
            get(f"{address}/healthz")
            yield address
        finally:
            web.terminate()


def publish_the_archive(store: Store) -> None:
    """Publishes the bundled history."""
    snapshot.load_archive(store)
    publish.publish(store)


def publish_every_state(store: Store) -> None:
    """Publishes a row of each state.

    KGS is flat, KZT up, TJS down with a figure for tomorrow that is not confirmed, UZS stale and by the market, TMT
    pegged.
    """
    snapshot.load_archive(store)
    now = datetime.now(UTC)
    yesterday, last = TODAY - timedelta(days=1), newest_day("nbkr")
    for source, currency, printed in (
        ("nbkr", "KGS", {newest_day("nbkr", last - timedelta(days=1)): "87.45", last: "87.45"}),  # Neither is a copy.
        ("nbk", "KZT", {yesterday: "518.92", TODAY: "517.30"}),
        ("nbt", "TJS", {yesterday: "9.3345", TODAY: "9.3450"}),
    ):
        for day, units in printed.items():
            observation = Observation(
                source=source, base="USD", quote=currency, observed_at=midnight(str(day)), rate=Decimal(units)
            )
            record_unjudged(store, source, [observation], now)
    print_a_figure(store, "nbt", "TJS", midnight(str(TODAY + timedelta(days=1))), "12.3450")  # Held: a jump.
    publish.publish(store)


def newest_day(source: str, last: date = TODAY) -> date:
    """The last day up to a day for which a source publishes a rate that is no copy."""
    return max(sources.load()[source].RHYTHM.days(last - timedelta(days=14), last))


def print_a_figure(store: Store, source: str, currency: str, day: datetime, units: str) -> None:
    """Stores what a source printed the day before, after it was judged: a doubtful figure is held."""
    _record(store, source, currency, {day: Decimal(units)}, day - timedelta(hours=12), kept=False)


BUSY = {  # Where an invented year ends, and how far a day moves it, in percent.
    "nbkr": ("KGS", 87.45, 0.05, "0.0001"),
    "nbk": ("KZT", 517.30, 0.45, "0.01"),
    "nbt": ("TJS", 9.3450, 0.15, "0.0001"),
}
HOLE = (200, 145)
"""So many days before today the National Bank of Tajikistan falls silent, and speaks again."""


def publish_a_busy_year(store: Store) -> None:
    """Publishes an invented year in which everything happens that a dashboard must show.

    Three central banks by their own calendars, one of them with a hole of 55 days; the market for all five, hourly
    in the last 20 days; a market that alone is left (UZS) and a peg (TMT); a correction, a held figure, a failed
    fetch, a bank that was late. It ends today.
    """
    chance = random.Random(5)
    now = datetime.now(UTC)
    today = midnight(str(TODAY))
    for source, (currency, last, daily, step) in BUSY.items():
        printed, level = {}, last
        for back in range(420):
            day = today - timedelta(days=back)
            if sources.load()[source].RHYTHM.publishes_for(day.date()):
                if not (source == "nbt" and HOLE[1] < back <= HOLE[0]):
                    printed[day] = Decimal(level).quantize(Decimal(step))
                level /= 1 + chance.gauss(0, daily) / 100
        _saw(store, source, currency, printed, today)
        market = {
            day + timedelta(hours=hour): (units * Decimal(1 + chance.gauss(0.002, 0.002))).quantize(Decimal("0.000001"))
            for day, units in printed.items()
            if day < today
            for hour in (range(24) if (today - day).days < 20 else (0,))
        }
        _record(store, "currency_api", currency, market, now, reason="backfill")
    days = [today - timedelta(days=back) for back in range(420)]
    for currency, level, noise in (("UZS", 12000, 40), ("TMT", 3.5, 0.01)):
        market = {day: Decimal(f"{chance.gauss(level, noise):.4f}") for day in days}
        _record(store, "currency_api", currency, market, now, reason="backfill")
    _record(store, "nbk", "KZT", {midnight(str(newest_day("nbk"))): Decimal("516.95")}, now)  # A correction.
    _record(store, "nbkr", "KGS", {today + timedelta(days=1): Decimal("97.45")}, now, kept=False)  # Held: a jump.
    failed = Answer(
        source="cbu", url="https://cbu.uz/json/", started_at=now, finished_at=now, failed=True, error="HTTP 503"
    )
    record(store, "schedule", [failed])
    publish.publish(store)


def _saw(store: Store, source: str, currency: str, printed: dict[datetime, Decimal], today: datetime) -> None:
    """Long ago as history, in the last 60 days each day when it is due, once three hours late."""
    rhythm = sources.load()[source].RHYTHM
    recent = {day: units for day, units in printed.items() if (today - day).days <= 60}
    _record(
        store, source, currency, {day: printed[day] for day in printed if day not in recent}, today, reason="backfill"
    )
    for number, day in enumerate(sorted(recent)):
        if number == 7:  # It is asked when the rate is due, and has none yet.
            asked = rhythm.due_at(day.date()) + timedelta(minutes=5)
            record(store, "schedule", [Answer(source=source, url="npm:test", started_at=asked, finished_at=asked)])
        seen = rhythm.due_at(day.date()) + timedelta(hours=3 if number == 7 else -1)
        _record(store, source, currency, {day: recent[day]}, min(seen, datetime.now(UTC)), reason="schedule")


def _record(
    store: Store,
    source: str,
    currency: str,
    rates: dict[datetime, Decimal],
    seen: datetime,
    *,
    reason: Reason = "schedule",
    kept: bool = True,
) -> None:
    observations = [
        Observation(source=source, base="USD", quote=currency, observed_at=moment, rate=units)
        for moment, units in sorted(rates.items())
    ]
    days = [observation.observed_at.date() for observation in observations]
    asked_for = (days[0], days[-1]) if reason == "backfill" else None
    if kept:
        record_unjudged(store, source, observations, seen, reason=reason, asked_for=asked_for)
        return
    reading = Reading(observations=observations)
    answer = Answer(
        source=source, url="npm:test", started_at=seen, finished_at=seen, asked_for=asked_for, reading=reading
    )
    record(store, reason, [answer])


def record_unjudged(
    store: Store,
    source: str,
    observations: Sequence[Observation],
    seen: datetime,
    *,
    reason: Reason = "manual",
    asked_for: tuple[date, date] | None = None,
) -> Fetch:
    """Stores observations as they are, whatever the rules would make of them."""
    answer = Answer(source=source, url="npm:test", started_at=seen, finished_at=seen, asked_for=asked_for)
    [fetch] = record_judged(store, reason, [(answer, Verdict(kept=tuple(observations)))])
    return fetch


def runs(pid: int) -> bool:
    """Whether it is neither gone nor a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
