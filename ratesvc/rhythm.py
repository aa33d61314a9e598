"""When a source publishes: which days its documents are for, and by when each one is normally out.

A bank that is silent on a Sunday or a public holiday is not late. Public holidays come from the
package `holidays`; some of its dates (the Islamic feasts) are estimates until they are announced.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import holidays

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY, SUNDAY = range(7)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """The calendar of one source.

    weekdays: the weekdays that its documents are for.
    due: by when the document for a day is normally out, counted from that day's midnight UTC;
        negative where tomorrow's rate is printed today.
    country: ISO 3166 code of the country on whose public holidays no rate is set; None: it never rests.
    set_ahead: how many days before the day that a rate is for it is set; that is the day which must be no holiday.
    """

    weekdays: frozenset[int] = frozenset(range(7))
    due: timedelta
    country: str | None = None
    set_ahead: int = 0

    def publishes_for(self, day: date) -> bool:
        """Whether a document for this day is expected, rather than the last one carried forward."""
        if day.weekday() not in self.weekdays:
            return False
        return self.country is None or day - self.set_ahead * ONE_DAY not in _public_holidays(self.country)

    def due_at(self, day: date) -> datetime:
        """By when the document for a day is normally out: aware, UTC."""
        return datetime.combine(day, time(tzinfo=UTC)) + self.due

    def days(self, first: date, last: date) -> Iterator[date]:
        """The days from first to last for which documents are expected."""
        for back in range((last - first).days + 1):
            day = first + back * ONE_DAY
            if self.publishes_for(day):
                yield day


def weekdays(first: int, last: int) -> frozenset[int]:
    """The weekdays from the first to the last."""
    return frozenset(range(first, last + 1))


@cache
def _public_holidays(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)
