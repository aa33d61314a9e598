"""Publication calendar of a source: the days its documents are for, and when each is normally out.

A bank that prints nothing new on a Sunday or a public holiday is not late. Working days, including those moved to a
weekend, come from the package `holidays`; some of its dates (the Islamic feasts) are estimates until announced.
`learned` corrects what a source's own rows contradict.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import islice, pairwise
from typing import NamedTuple

import holidays

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
HOLIDAY = 7
"""Kind of a public holiday on any weekday; other days of rest have the kind of their weekday."""
DAYS_OF_REST = frozenset({SATURDAY, SUNDAY, HOLIDAY})
ONE_DAY = timedelta(days=1)

NEWEST = 4
"""How many of the newest cases count as evidence."""
CLEAR = 3
"""How many of them must contradict the declared dating before the other one is used."""
ADJACENT = timedelta(days=12)
"""A longer gap between rows is an outage of the source or of this service, and no evidence about copies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """The calendar of one source.

    due: when the document for a day is normally out, relative to that day's midnight UTC;
        negative if tomorrow's rate is printed today.
    country: ISO 3166 code of the country on whose working days rates are set; None: a rate is set every day.
    set_ahead: how many days before its effective day a rate is set; the day of setting must be a working day.
    copies: the kinds of days of rest (SATURDAY, SUNDAY, HOLIDAY) on which the last figure is printed again, under
        the date that a new one would have.
    """

    due: timedelta
    country: str | None = None
    set_ahead: int = 0
    copies: frozenset[int] = frozenset()

    def publishes_for(self, day: date) -> bool:
        """Return whether a new rate for this day is expected, not a copy or nothing."""
        return self._rest(day) is None

    def prints_for(self, day: date) -> bool:
        """Return whether a document for this day is expected, either a new rate or a copy."""
        rest = self._rest(day)
        return rest is None or rest in self.copies

    def due_at(self, day: date) -> datetime:
        """Return when the document for a day is normally out: aware, UTC."""
        return datetime.combine(day, time(tzinfo=UTC)) + self.due

    def days(self, first: date, last: date) -> Iterator[date]:
        """Yield the days from first to last, inclusive, for which new rates are expected."""
        return (day for day in each_day(first, last) if self.publishes_for(day))

    def _rest(self, day: date) -> int | None:
        """Return the kind of the day on which this day's rate would be set; None for a working day."""
        if self.country is None:
            return None
        set_on = day - self.set_ahead * ONE_DAY
        return _days_of_rest(self.country, set_on.year).get(set_on)


class Row(NamedTuple):
    """One day of a source's rates.

    changed: whether a figure differs from the previous one. prompt: whether it was received within days, not
    backfilled later.
    """

    day: date
    changed: bool
    prompt: bool


def learned(declared: Rhythm, rows: Sequence[Row]) -> Rhythm:
    """Correct a declared rhythm from the source's rows, one a day in date order.

    Rates that change on days when the declared dating expects none, and not on days when it does, are dated the other
    way: for the day of setting, or for the day after. Days of rest without a row, between days with one, show that no
    copies are printed then. A single day is not enough: it may be our own gap.
    """
    if declared.country is None:
        return declared
    dated = _dated(declared, rows)
    return replace(dated, copies=frozenset(kind for kind in dated.copies if _copies_come(dated, kind, rows)))


def each_day(first: date, last: date) -> Iterator[date]:
    """Yield the days from first to last, inclusive."""
    return (first + number * ONE_DAY for number in range((last - first).days + 1))


def _dated(declared: Rhythm, rows: Sequence[Row]) -> Rhythm:
    """Return the declared rhythm, or the one with the other dating if the newest changes fit only that."""
    other = replace(
        declared,
        set_ahead=1 - declared.set_ahead,
        # A rate set a day later is out a day later. One set earlier may be out earlier, but we do not know when.
        due=declared.due + max(0, 2 * declared.set_ahead - 1) * ONE_DAY,
    )
    fits_other = (
        other.publishes_for(row.day)
        for row in reversed(rows)
        if row.changed and other.publishes_for(row.day) != declared.publishes_for(row.day)
    )
    return other if sum(islice(fits_other, NEWEST)) >= CLEAR else declared


def _copies_come(rhythm: Rhythm, kind: int, rows: Sequence[Row]) -> bool:
    """Return whether at most one of the newest days of rest of a kind lacks a row, counted between prompt rows."""
    gaps = (
        day != row.day
        for row, before in pairwise(reversed(rows))
        if before.prompt and row.prompt and row.day - before.day <= ADJACENT
        for day in each_day(before.day + ONE_DAY, row.day)
        if rhythm._rest(day) == kind
    )
    return sum(islice(gaps, NEWEST)) <= 1


@cache
def _days_of_rest(country: str, year: int) -> dict[date, int]:
    """Return the non-working days of a year and their kinds."""
    known = _known(country)
    # `holidays` loads a year on first use of one of its days. A working day moved across New Year is in the next year.
    for each in (year, year + 1):
        known.get(date(each, 1, 1))
    return {
        day: HOLIDAY if day in known else day.weekday()
        for day in each_day(date(year, 1, 1), date(year, 12, 31))
        if not known.is_working_day(day)
    }


@cache
def _known(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)
