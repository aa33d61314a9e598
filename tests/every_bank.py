"""A store of documents: every source prints rates of its own for weeks, and the crosses of no two agree."""

import random
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from ratesvc import sources
from ratesvc.core.currencies import CODES
from ratesvc.core.publication_calendar import each_day
from ratesvc.publish import publish
from ratesvc.store.database import Store

from .evenings import Document, enter, evening_before
from .faults import BANKS, ROWS, prices_of, walk
from .printing import Prices, printed
from .serving import TODAY

FIRST = TODAY - timedelta(days=34)
REACH = timedelta(days=10)
"""So long a rate stays in force."""


@cache
def prices() -> dict[str, dict[date, Prices]]:
    """What each source prints, by the day that it is for: always the same figures for the same days.

    Every row is up to 0.4 % off by a factor of its own, so that no official rate follows from two others.
    """
    chance = random.Random(18)
    found: dict[str, dict[date, Prices]] = {source: {} for source in ROWS}
    off: dict[tuple[str, str], Decimal] = {}
    for day, units in zip(each_day(FIRST, TODAY), walk(chance), strict=False):
        for source in ROWS:
            if sources.named(source).RHYTHM.publishes_for(day):
                own = {
                    code: each * off.setdefault((source, code), 1 + Decimal(chance.randint(-40, 40)) / 10_000)
                    for code, each in units.items()
                }
                found[source][day] = prices_of(source, own)
    return found


def figure(source: str, base: str, quote: str, row: Prices) -> tuple[Decimal, bool] | None:
    """A pair in the rows of a document, and whether it is printed there or follows from two rows; None if it does not.

    Written down here once more, and differently: what each publisher's rows mean.
    """
    if source in BANKS:
        return (row[base], True) if quote == BANKS[source][0] and base in row else None
    if source == "cbr":
        roubles = {**row, "RUB": Decimal(1)}
        return (roubles[base] / roubles[quote], quote == "RUB") if quote in (*CODES, "RUB") else None
    per_dollar = {**row, "USD": Decimal(1)}
    return per_dollar[quote] / per_dollar[base], base == "USD"


def in_force(of_source: dict[date, Prices], day: date) -> Prices | None:
    """The rows of the document that is in force on a day."""
    days = [each for each in of_source if day - REACH <= each <= day]
    return of_source[max(days)] if days else None


def publish_every_bank(store: Store) -> None:
    """Has all of it fetched, judged and published."""
    of_sources = prices()
    for day in each_day(FIRST, TODAY):
        for source, of_source in of_sources.items():
            if day in of_source:
                before = [each for each in of_source if each < day]
                content = printed(source, day, of_source[day], of_source[max(before)] if before else None)
                enter(store, Document(source=source, at=evening_before(day), content=content))
    publish.publish(store)
