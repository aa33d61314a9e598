"""On which days a source is expected to publish, and by when."""

import csv
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ratesvc.core.publication_calendar import ONE_DAY, Rhythm
from ratesvc.sources import cbt, currency_api, load, named, nbk, nbkr

OFFICIAL_DAYS = Path(__file__).parents[2] / "shared" / "data" / "nbk_usd_kzt_2015_2020.csv"


def expected_of_nbk(first: date, last: date) -> list[int]:
    return [day.day for day in nbk.RHYTHM.days(first, last)]


def test_a_normal_week_of_the_kazakh_bank_is_tuesday_to_saturday() -> None:
    # 2026-05-18 is a Monday.
    assert expected_of_nbk(date(2026, 5, 18), date(2026, 5, 24)) == [19, 20, 21, 22, 23]


def test_a_rate_that_would_be_set_on_a_holiday_is_not_expected() -> None:
    # Nowruz is 21 to 23 March; in 2026 its weekend is made up for on the 24th and the 25th.
    assert expected_of_nbk(date(2026, 3, 18), date(2026, 3, 31)) == [18, 19, 20, 21, 27, 28, 31]


def test_a_source_without_a_country_never_rests() -> None:
    assert len(list(currency_api.RHYTHM.days(date(2026, 1, 1), date(2026, 12, 31)))) == 365


def test_there_are_no_days_between_a_day_and_the_one_before() -> None:
    assert list(Rhythm(due=timedelta()).days(date(2026, 5, 24), date(2026, 5, 23))) == []


def test_tomorrows_rate_is_due_today() -> None:
    assert nbkr.RHYTHM.due_at(date(2026, 5, 24)) == datetime(2026, 5, 23, 12, tzinfo=UTC)
    assert nbk.RHYTHM.due_at(date(2026, 5, 19)) == datetime(2026, 5, 18, 13, tzinfo=UTC)
    assert cbt.RHYTHM.due_at(date(2026, 5, 20)) == datetime(2026, 5, 19, 12, tzinfo=UTC)


def test_a_market_day_is_due_in_the_night_after_it() -> None:
    assert currency_api.RHYTHM.due_at(date(2026, 5, 24)) == datetime(2026, 5, 25, 4, tzinfo=UTC)


@pytest.mark.parametrize("name", load())
def test_the_holidays_of_every_country_are_known_and_leave_most_days(name: str) -> None:
    days = list(named(name).RHYTHM.days(date(2026, 1, 1), date(2026, 12, 31)))
    assert len(days) >= 240


@pytest.mark.skipif(not OFFICIAL_DAYS.exists(), reason="the official days are not at hand")
def test_the_kazakh_rate_changed_on_the_expected_days_and_hardly_on_any_other() -> None:
    with OFFICIAL_DAYS.open(newline="") as lines:
        # In the months before the float of 2015-08-20 the rate often stood still.
        units = {
            date.fromisoformat(row["Date"]): row["USD"] for row in csv.DictReader(lines) if row["Date"] > "2015-08-20"
        }
    changed = {day for day in units if day - ONE_DAY in units and units[day] != units[day - ONE_DAY]}
    expected = set(nbk.RHYTHM.days(min(units) + ONE_DAY, max(units)))
    assert len(changed & expected) > 1000
    # The same rate twice.
    assert {str(day) for day in expected - changed} == {"2015-10-30", "2016-09-17"}
    assert changed <= expected  # Working Saturdays in the place of a bridge day too.
