"""The jobs and their times."""

from datetime import UTC, datetime

import pytest

from ratesvc import timetable
from ratesvc.errors import AskedWrongly


def test_every_job_has_a_schedule_and_says_what_it_does() -> None:
    jobs = timetable.load()
    assert list(jobs) == ["backfill", "snapshot", "tidy"]
    for job in jobs.values():
        timetable.trigger(job.SCHEDULE)
        assert (job.__doc__ or "").splitlines()[0].endswith(".")


def test_the_next_run_is_in_utc() -> None:
    after = datetime(2026, 5, 24, 12, 15, 0, 1, tzinfo=UTC)
    assert timetable.next_run("*/15 * * * *", after) == datetime(2026, 5, 24, 12, 30, tzinfo=UTC)
    assert timetable.next_run("0 4 * * mon-fri", after) == datetime(2026, 5, 25, 4, tzinfo=UTC)


def test_weekdays_by_number_are_refused_because_they_are_off_by_one() -> None:
    with pytest.raises(AskedWrongly, match="name them"):
        timetable.trigger("0 4 * * 1-5")
