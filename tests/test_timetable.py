"""The jobs and their times."""

import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.interval import IntervalTrigger

from ratesvc.core.errors import UsageError
from ratesvc.run import scheduler


def test_every_job_has_a_schedule_and_says_what_it_does() -> None:
    jobs = scheduler.load()
    assert list(jobs) == ["backfill", "compact", "decide", "notify", "scrub", "snapshot", "tidy", "upload"]
    for job in jobs.values():
        scheduler.trigger(job.SCHEDULE)
        assert (job is jobs["backfill"]) == job.MAY_OVERRUN  # One that fills in decades takes hours.
        assert (job.__doc__ or "").splitlines()[0].endswith(".")


def test_the_next_run_is_in_utc() -> None:
    after = datetime(2026, 5, 24, 12, 15, 0, 1, tzinfo=UTC)
    assert scheduler.next_run("*/15 * * * *", after) == datetime(2026, 5, 24, 12, 30, tzinfo=UTC)
    assert scheduler.next_run("0 4 * * mon-fri", after) == datetime(2026, 5, 25, 4, tzinfo=UTC)


def test_weekdays_by_number_are_refused_because_they_are_off_by_one() -> None:
    with pytest.raises(UsageError, match="name them"):
        scheduler.trigger("0 4 * * 1-5")


def test_a_job_that_may_overrun_is_quiet_about_it_and_another_one_is_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    runs = {"long": 0, "hung": 0}
    done = threading.Event()
    schedulers: list[BlockingScheduler] = []

    class Kept(BlockingScheduler):  # type: ignore[misc]
        def __init__(self, **options: object) -> None:
            super().__init__(**options)
            schedulers.append(self)

    def job(name: str, *, may_overrun: bool) -> SimpleNamespace:
        def run() -> None:
            runs[name] += 1
            if runs[name] == 1:
                done.wait(10)

        return SimpleNamespace(SCHEDULE="* * * * *", MAY_OVERRUN=may_overrun, run=run)

    jobs = {"long": job("long", may_overrun=True), "hung": job("hung", may_overrun=False)}
    monkeypatch.setattr(scheduler, "load", lambda: jobs)
    monkeypatch.setattr(scheduler, "trigger", lambda _: IntervalTrigger(seconds=0.05, timezone=UTC))
    monkeypatch.setattr(scheduler, "BlockingScheduler", Kept)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    running = threading.Thread(target=scheduler.run_all)
    running.start()
    try:
        until(lambda: any("hung" in record.getMessage() for record in caplog.records))
        assert runs == {"long": 1, "hung": 1}
        done.set()
        until(lambda: runs["long"] >= 3)  # It goes on by its schedule.
    finally:
        done.set()
        schedulers[0].shutdown()
        running.join(10)
    assert [record.getMessage() for record in caplog.records if "long" in record.getMessage()] == []


def until(true: Callable[[], bool]) -> None:
    """Waits until something is true, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)
