"""When a source publishes: which days its documents are for, and by when each one is normally out.

A bank that prints nothing new on a Sunday or a public holiday is not late. Working days, those that are moved to a
weekend included, come from the package `holidays`; some of its dates (the Islamic feasts) are estimates until they
are announced. What a source's own rows contradict is corrected by `learned`.
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
"""The kind of a public holiday, on whichever weekday; the other days of rest are of the kind of their weekday."""
DAYS_OF_REST = frozenset({SATURDAY, SUNDAY, HOLIDAY})
ONE_DAY = timedelta(days=1)

NEWEST = 4
"""So many of the newest cases decide what is learned."""
CLEAR = 3
"""So many of them must contradict the declared dating before another one is believed."""
ADJACENT = timedelta(days=12)
"""Between rows that are further apart the source, or this service, was silent: that says nothing about copies."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """The calendar of one source.

    due: by when the document for a day is normally out, counted from that day's midnight UTC;
        negative where tomorrow's rate is printed today.
    country: ISO 3166 code of the country on whose working days rates are set; None: a rate is set for every day.
    set_ahead: how many days before the day that a rate is for it is set; that day must be a working day.
    copies: the kinds of days of rest (SATURDAY, SUNDAY, HOLIDAY) on which the last figure is printed again, under
        the date that a new one would have.
    """

    due: timedelta
    country: str | None = None
    set_ahead: int = 0
    copies: frozenset[int] = frozenset()

    def publishes_for(self, day: date) -> bool:
        """Whether a new rate for this day is expected, rather than none or the last one carried forward."""
        return self._rest(day) is None

    def prints_for(self, day: date) -> bool:
        """Whether a document for this day is expected, be it a copy of the last one."""
        rest = self._rest(day)
        return rest is None or rest in self.copies

    def due_at(self, day: date) -> datetime:
        """By when the document for a day is normally out: aware, UTC."""
        return datetime.combine(day, time(tzinfo=UTC)) + self.due

    def days(self, first: date, last: date) -> Iterator[date]:
        """The days from first to last for which new rates are expected."""
        return (day for day in each_day(first, last) if self.publishes_for(day))

    def _rest(self, day: date) -> int | None:
        """The kind of the day on which a rate for this day would be set; None for a working day."""
        if self.country is None:
            return None
        set_on = day - self.set_ahead * ONE_DAY
        return _days_of_rest(self.country, set_on.year).get(set_on)


class Row(NamedTuple):
    """What is known of a source for one day.

    changed: whether a figure differs from the one before it. prompt: whether it was seen within days, rather than
    filled in as history.
    """

    day: date
    changed: bool
    prompt: bool


def learned(declared: Rhythm, rows: Sequence[Row]) -> Rhythm:
    """Correct a declared rhythm by the rows of the source, one a day in the order of their days.

    Rates that change on days for which the declared dating expects none, and do not change where it does, tell that
    they are dated the other way: for the day itself, or for the day after. Days of rest without a row between days
    with one tell that no copies are printed then. It takes clear evidence: a single day may be our own gap.
    """
    if declared.country is None:
        return declared
    dated = _dated(declared, rows)
    return replace(dated, copies=frozenset(kind for kind in dated.copies if _copies_come(dated, kind, rows)))


def each_day(first: date, last: date) -> Iterator[date]:
    """The days from first to last."""
    return (first + number * ONE_DAY for number in range((last - first).days + 1))


def _dated(declared: Rhythm, rows: Sequence[Row]) -> Rhythm:
    """The declared rhythm, or that of the other dating where the newest changes that can tell fit only that one."""
    other = replace(
        declared,
        set_ahead=1 - declared.set_ahead,
        # Set a day later, it is out a day later. Set earlier it may be out earlier, but when is not known.
        due=declared.due + max(0, 2 * declared.set_ahead - 1) * ONE_DAY,
    )
    fits_other = (
        other.publishes_for(row.day)
        for row in reversed(rows)
        if row.changed and other.publishes_for(row.day) != declared.publishes_for(row.day)
    )
    return other if sum(islice(fits_other, NEWEST)) >= CLEAR else declared


def _copies_come(rhythm: Rhythm, kind: int, rows: Sequence[Row]) -> bool:
    """Whether at most one of the newest days of rest of a kind has no row; only days between prompt rows count."""
    lacks = (
        day != row.day
        for row, before in pairwise(reversed(rows))
        if before.prompt and row.prompt and row.day - before.day <= ADJACENT
        for day in each_day(before.day + ONE_DAY, row.day)
        if rhythm._rest(day) == kind
    )
    return sum(islice(lacks, NEWEST)) <= 1


@cache
def _days_of_rest(country: str, year: int) -> dict[date, int]:
    """The days of a year that are no working days, and their kinds."""
    known = _known(country)
    # A year is read when a day of it is looked up. A working day moved across the turn of the year is in the next one.
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
