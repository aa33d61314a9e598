"""Scheduler: runs each job in jobs/ on its own schedule. Times are UTC.

Unlike APScheduler's defaults, late runs still run, missed runs coalesce, a job never overlaps itself,
and an error is one line in the log.
"""

import logging
import os
import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol, cast

import duckdb
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.base import JobLookupError
from apscheduler.schedulers.blocking import BlockingScheduler
from apscheduler.triggers.cron import CronTrigger

from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.core.plugins import modules
from ratesvc.notify import addresses
from ratesvc.publish.reader import first_line
from ratesvc.store.database import writing

PATIENCE_SECONDS = 8
"""How long a running job may continue after a termination signal."""

log = logging.getLogger("ratesvc")


class Job(Protocol):
    """Interface of every module in jobs/."""

    __doc__: str | None
    SCHEDULE: str
    """Five cron fields, UTC; weekdays by name, because APScheduler's `1-5` is Tuesday to Saturday."""

    MAY_OVERRUN: bool
    """Whether it may run past its next scheduled time without a logged warning."""

    @staticmethod
    def run() -> None:
        """Do the job once."""


def load() -> Mapping[str, Job]:
    """Load all jobs, by name."""
    return cast(Mapping[str, Job], modules("ratesvc.jobs"))


def trigger(schedule: str) -> CronTrigger:
    """Parse a schedule. Raises UsageError for weekdays by number."""
    weekdays = schedule.split()[-1]
    if any(letter.isdigit() for letter in weekdays):
        raise UsageError(f"the schedule {schedule!r} numbers its weekdays: name them, as in mon-fri")
    return CronTrigger.from_crontab(schedule, timezone=UTC)


def next_run(schedule: str, after: datetime) -> datetime:
    """Return the first time of a schedule after another time. Both are aware, UTC."""
    following: datetime = trigger(schedule).get_next_fire_time(None, after)
    return following


def named(name: str) -> Job:
    """Return one job. Raises UsageError for an unknown name."""
    known = load()
    if name not in known:
        raise UsageError(f"there is no job {name!r}; there are {', '.join(known)}")
    return known[name]


def run_all() -> None:
    """Run every job immediately and then on its schedule, until SIGTERM or SIGINT. Shutdown takes at most 10 s.

    Raises UsageError for a wrong address in RATESVC_NOTIFY, which a job alone would only log, every minute.
    """
    addresses.configured()
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    known = load()
    scheduler = BlockingScheduler(
        timezone=UTC,
        executors={"default": ThreadPoolExecutor(len(known))},  # A thread per job, so that a hung job blocks no other.
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for name, job in known.items():
        scheduler.add_job(
            _run_paused if job.MAY_OVERRUN else _run_logged,
            trigger(job.SCHEDULE),
            [scheduler, name, job] if job.MAY_OVERRUN else [name, job],
            id=name,
            name=name,
            next_run_time=datetime.now(UTC),
        )
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, lambda *_: _end(scheduler))
    scheduler.start()


def _run_paused(scheduler: BlockingScheduler, name: str, job: Job) -> None:
    """Run a job, and schedule its next run only after this one has ended."""
    with suppress(JobLookupError):  # The scheduler is ending.
        scheduler.pause_job(name)
    try:
        _run_logged(name, job)
    finally:
        with suppress(JobLookupError):
            scheduler.resume_job(name)


def _run_logged(name: str, job: Job) -> None:
    try:
        job.run()
    except (RatesvcError, OSError, duckdb.Error) as failure:
        log.error("%s: %s", name, first_line(failure))
        _end_if_the_database_has_given_up()


def _end_if_the_database_has_given_up() -> None:
    # The file may have been removed. Or the disk was full at a checkpoint, after which DuckDB refuses everything
    # (with an IOException for an attached file, a FatalException for others) until the file is reopened.
    # `ratesvc run`, or another supervisor, then starts a new process.
    try:
        with writing() as store:
            store.query("FROM snapshots LIMIT 1")
    except (RatesvcError, duckdb.Error):
        log.critical("the database must be reopened: ending, so that a new process can do so")
        os._exit(1)


def _end(scheduler: BlockingScheduler) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # Once is enough.
    log.info("ending")
    # Waiting for a hung job could take forever, so wait in another thread, with a limit.
    threading.Thread(target=scheduler.shutdown, daemon=True).start()
    limit = threading.Timer(PATIENCE_SECONDS, os._exit, [0])
    limit.daemon = True
    limit.start()
