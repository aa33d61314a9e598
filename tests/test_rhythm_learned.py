"""A year of each bank's days, simulated under the rhythms that it may have: who is called late, and who is not."""

import csv
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import pytest

from ratesvc.core.observation import Observation, midnight
from ratesvc.core.publication_calendar import DAYS_OF_REST, HOLIDAY, ONE_DAY, SATURDAY, Rhythm, Row, each_day, learned
from ratesvc.sources import named
from ratesvc.store import reference_data
from ratesvc.store.database import Store

from .serving import record_unjudged
from .test_rhythm import OFFICIAL_DAYS

BEGIN, YEAR = date(2024, 12, 1), (date(2026, 1, 1), date(2026, 12, 31))
"""Thirteen months are there to learn from before the year that counts."""
GRACE = {
    "nbkr": ONE_DAY,
    "nbk": ONE_DAY,
    "nbt": ONE_DAY,
    "cbu": ONE_DAY,  # Which day its rates are for is not known, so it has a day more.
}
"""How long after a document was to come its lack is noticed."""
WEEKENDS = DAYS_OF_REST - {HOLIDAY}
HABITS = [
    pytest.param(bank, set_ahead, copies, id=f"{bank}-{dated}-{len(copies)}")
    for bank in ("nbkr", "nbk", "nbt", "cbu")
    for set_ahead, dated in ((0, "mon-fri"), (1, "tue-sat"))
    for copies in (frozenset(), WEEKENDS, DAYS_OF_REST)
]


class Document(NamedTuple):
    """What a bank prints, and when."""

    day: date
    out_at: datetime
    publication: bool


def of_bank(bank: str, set_ahead: int, copies: frozenset[int]) -> Rhythm:
    """The rhythm that a bank really has; a document comes at the declared hour of the day on which it is set."""
    declared = named(bank).RHYTHM
    # NBT can only be asked for days that have begun.
    hours = declared.due % ONE_DAY if bank != "nbt" else timedelta(hours=12)
    ahead = 0 if bank == "nbt" else set_ahead
    return replace(declared, set_ahead=set_ahead, copies=copies, due=hours - ahead * ONE_DAY)


@cache
def documents(real: Rhythm) -> list[Document]:
    return [
        Document(day, real.due_at(day), real.publishes_for(day))
        for day in each_day(BEGIN, YEAR[1] + timedelta(days=20))
        if real.prints_for(day)
    ]


def rows_at(printed: list[Document], moment: datetime) -> list[Row]:
    """What is stored at a moment; of three publications two bring another figure."""
    return [
        Row(each.day, each.publication and each.day.toordinal() % 3 > 0, True)
        for each in printed[: bisect_right(printed, moment, key=lambda each: each.out_at)]
    ][-300:]


def first_due(rhythm: Rhythm, newest: date) -> datetime:
    """When the document after the newest one is due."""
    days = each_day(newest + ONE_DAY, newest + timedelta(days=40))
    return next(rhythm.due_at(day) for day in days if rhythm.prints_for(day))


def days_of_year() -> Iterator[tuple[date, datetime]]:
    for day in each_day(*YEAR):
        yield day, datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.mark.parametrize(("bank", "set_ahead", "copies"), HABITS)
def test_a_bank_that_keeps_its_rhythm_is_never_late_and_one_that_stops_is_noticed(
    bank: str, set_ahead: int, copies: frozenset[int]
) -> None:
    declared, real = named(bank).RHYTHM, of_bank(bank, set_ahead, copies)
    printed = documents(real)
    expects_copies = bool(declared.copies and copies)
    wrongly, noticed_after = [], []
    for day, began in days_of_year():
        # The calendar is written at midnight, and counts for the day.
        expected = learned(declared, rows_at(printed, began))
        # It is late at a moment of this day if its newest document is followed by one that is overdue.
        until = bisect_left(printed, began + ONE_DAY, key=lambda each: each.out_at)
        for newest, following in pairwise(printed[until - 3 : until + 1]):
            if max(first_due(expected, newest.day), began) < min(following.out_at, began + ONE_DAY):
                wrongly.append((day, newest.day))
        # And if it falls silent on this day?
        until = bisect_left(printed, began, key=lambda each: each.out_at)
        missed = next(each for each in printed[until:] if each.publication or expects_copies)
        noticed_after.append(first_due(expected, printed[until - 1].day) - missed.out_at)
    assert wrongly == []
    assert len(noticed_after) == 365
    assert max(noticed_after) <= GRACE[bank]


def test_ten_days_of_holidays_hide_no_silence_of_a_bank_that_prints_copies() -> None:
    nbkr = named("nbkr").RHYTHM
    last = date(2026, 5, 1)  # Set on 30 April; the next rate is set on 11 May.
    assert [str(day) for day in nbkr.days(last, date(2026, 5, 12))] == ["2026-05-01", "2026-05-12"]
    assert first_due(nbkr, last) == datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_few_strange_days_overrule_nothing() -> None:
    cbu = named("cbu").RHYTHM
    mondays = [Row(day, True, True) for day in each_day(date(2026, 6, 1), date(2026, 6, 28)) if day.weekday() == 0]
    usual = [Row(day, True, True) for day in cbu.days(date(2026, 5, 1), date(2026, 6, 28))]
    assert learned(cbu, mondays[:2]) == cbu
    assert learned(cbu, sorted([*usual, *mondays[:2]])) == cbu
    assert learned(cbu, [row._replace(changed=False) for row in mondays]) == cbu  # Copies tell nothing.
    assert learned(cbu, mondays[:3]) == replace(cbu, set_ahead=0, due=cbu.due + ONE_DAY)


def test_our_own_gap_does_not_make_a_bank_one_that_prints_no_copies() -> None:
    nbkr = named("nbkr").RHYTHM
    rows = [Row(day, nbkr.publishes_for(day), True) for day in each_day(date(2026, 6, 1), date(2026, 7, 12))]
    gone = {date(2026, 7, 4) + number * ONE_DAY for number in range(3)}  # A weekend.
    assert learned(nbkr, [row for row in rows if row.day not in gone]).copies == nbkr.copies
    history = [row._replace(prompt=False) for row in rows if nbkr.publishes_for(row.day)]
    assert learned(nbkr, history).copies == nbkr.copies  # The archive has no copies, and need not have any.
    lived = [row for row in rows if nbkr.publishes_for(row.day)]
    assert learned(nbkr, lived).copies == {HOLIDAY}  # Of holidays nothing is known yet.


@pytest.mark.skipif(not OFFICIAL_DAYS.exists(), reason="the official days are not at hand")
def test_nothing_in_five_years_of_the_kazakh_bank_overrules_its_rhythm() -> None:
    with OFFICIAL_DAYS.open(newline="") as lines:
        units = [(date.fromisoformat(row["Date"]), row["USD"]) for row in csv.DictReader(lines)]
    rows = [Row(day, figure != before, True) for (_, before), (day, figure) in pairwise(units)]
    nbk = named("nbk").RHYTHM
    assert len(rows) > 1800
    assert {learned(nbk, rows[max(0, end - 400) : end]) for end in range(len(rows))} == {nbk}


def test_the_calendar_says_what_was_learned(store: Store) -> None:
    nbkr, cbu = named("nbkr").RHYTHM, named("cbu").RHYTHM
    today = date(2026, 7, 15)
    weekdays = [day for day in each_day(date(2026, 6, 1), date(2026, 7, 10)) if day.weekday() < SATURDAY]
    saw(store, "cbu", "UZS", weekdays)
    saw(store, "nbkr", "KGS", list(nbkr.days(date(2026, 6, 1), date(2026, 7, 11))))
    with store.transaction() as connection:
        reference_data.extend_calendar(connection, today)
    calendar = "SELECT expected_on, due_at, publication FROM calendar WHERE source = ? AND expected_on BETWEEN ? AND ?"
    week = [today + number * ONE_DAY for number in range(7)]
    assert store.query(calendar, ["cbu", week[0], week[-1]]) == [
        (day, (cbu.due_at(day) + ONE_DAY).replace(tzinfo=None), True) for day in week if day.weekday() < SATURDAY
    ]
    assert [day for day, *_ in store.query(calendar, ["nbkr", week[0], week[-1]])] == list(nbkr.days(week[0], week[-1]))
    assert store.query("SELECT DISTINCT publication FROM calendar WHERE source = 'nbt'") in (
        [(True,), (False,)],
        [(False,), (True,)],
    )


def saw(store: Store, source: str, currency: str, days: list[date]) -> None:
    """Stores another figure for each day, seen on it."""
    for number, day in enumerate(days):
        seen = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        rate = Observation(
            source=source, base="USD", quote=currency, observed_at=midnight(f"{day}"), rate=90 + Decimal(number) / 1000
        )
        record_unjudged(store, source, [rate], seen, reason="schedule")
