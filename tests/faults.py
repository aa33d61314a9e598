"""A small world of banks and markets that print true documents, and now and then a wrong one.

Prices walk at random, documents are in the formats of the publishers, and every evening they enter a real store.
What is counted: evenings on which a wrong figure is the newest of its source without a mark; and at the end, wrong
figures in the series and true ones that are missing there.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from ratesvc import sources
from ratesvc.core.observation import Observation
from ratesvc.core.publication_calendar import ONE_DAY
from ratesvc.store.database import Store

from .clock import set_clock
from .evenings import Document, enter, evening_before
from .printing import Prices, printed

BANKS = {"nbkr": ("KGS", 4), "nbk": ("KZT", 2), "nbt": ("TJS", 4), "cbu": ("UZS", 2)}
"""Each bank's currency, and the decimals that it prints."""
ROWS = {
    **dict.fromkeys(BANKS, ("USD", "EUR", "RUB", "CNY")),
    "cbr": ("KZT", "USD", "EUR", "CNY"),
    "currency_api": ("KZT", "EUR", "RUB", "CNY"),
}
"""The rows that are made wrong in the documents of a source, one at a time: what its money, or the dollar, is paid for.

A row of a bank is one pair; one of the market is all pairs of that currency, and one of CBR those and the crosses.
"""
DOLLARS = {
    "KGS": 87.45,
    "KZT": 517.3,
    "TJS": 9.35,
    "UZS": 12030.55,
    "TMT": 3.5,
    "EUR": 0.862,
    "RUB": 80.1,
    "CNY": 7.08,
    "GBP": 0.755,
    "CHF": 0.957,
    "JPY": 155.2,
    "TRY": 42.4,
}
"""Units per dollar at the beginning."""
VOLATILITY = {"RUB": 0.008, "TMT": 0.0, "EUR": 0.004, "GBP": 0.004, "CHF": 0.004, "JPY": 0.005}
"""Standard deviation of a day's move; 0.003 for the others."""
FIRST = date(2026, 3, 2)
BEFORE = 4
"""So many true publications come first, so many later ones after the wrong ones."""


Figure = tuple[str, date, Decimal]
"""Pair, day and rate."""


@dataclass(frozen=True, slots=True)
class Fault:
    """How a document is wrong.

    alter: the wrong units per dollar from the true ones of today and yesterday, and a generator; None where the date
    is wrong. publications: how many documents in a row are wrong.
    """

    alter: Callable[[Decimal, Decimal, int, random.Random], Decimal] | None
    publications: int = 1
    date: Callable[[date], date] | None = None
    repeated: bool = False
    """Whether it comes on the same day, after the true document."""


def times(*factors: str) -> Callable[[Decimal, Decimal, int, random.Random], Decimal]:
    """The true figure times one of these."""
    return lambda true, _before, _turn, chance: true * Decimal(chance.choice(factors))


FAULTS = {
    "slip of the decimal point": Fault(times("10", "0.1")),
    "nominal of 100": Fault(times("100", "0.01")),
    "another currency's row, once": Fault(times("1.16", "1.32", "0.141")),
    "another currency's row, twice": Fault(times("1.16"), publications=2),
    "another currency's row, five times": Fault(times("1.16"), publications=5),
    "the franc's row, x1.045": Fault(times("1.045")),
    "inversion": Fault(lambda true, _before, _turn, _chance: 1 / true),
    "typing error of 4.9 %": Fault(times("1.049", "0.953")),
    "drift, 4.9 % on four days": Fault(
        lambda true, _b, turn, _c: true * Decimal("1.049") ** (turn + 1), publications=4
    ),
    "correction by 4.9 %": Fault(times("1.049"), repeated=True),
    "yesterday's figure": Fault(lambda _true, before, _turn, _chance: before),
    "future date": Fault(None, date=lambda day: day + timedelta(days=4)),
    "last year's date": Fault(None, date=lambda day: day - timedelta(days=364)),
}


def prices_of(source: str, units: dict[str, Decimal]) -> Prices:
    """What a source prints of the true units per dollar."""
    if source == "currency_api":
        return {code: round(each, 8) for code, each in units.items()}
    if source == "cbr":
        roubles = units["RUB"]
        return {"USD": round(roubles, 4), **{code: round(roubles / units[code], 7) for code in units if code != "RUB"}}
    own, decimals = BANKS[source]
    codes = ["EUR", "CNY", "RUB", "KZT"] if source == "nbkr" else ["EUR", "CNY", "RUB", "GBP", "CHF", "JPY", "TRY"]
    others = {code: round(units[own] / units[code], decimals) for code in codes if code != own}
    return {"USD": round(units[own], decimals), **others}


def walk(chance: random.Random) -> Iterator[dict[str, Decimal]]:
    """Units per dollar, day by day."""
    units = dict(DOLLARS)
    while True:
        yield {code: round(Decimal(each), 9) for code, each in units.items()}
        units = {code: each * (1 + chance.gauss(0, VOLATILITY.get(code, 0.003))) for code, each in units.items()}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a fault.

    evenings: on how many a wrong figure, of any pair, is the newest of its source without a mark. standing: wrong
    figures in the series at the end. missing: figures of the true documents after it that are not there.
    """

    evenings: int
    standing: int
    missing: int


def outcome_of(
    store: Store, source: str, row: str, fault: Fault, seed: int, *, alone: bool, steps: str = "of the row"
) -> Outcome:
    """Publish true documents and, among them, wrong ones.

    row: the currency whose row is wrong. alone: whether no other source is there. steps: "of the row" where the
    printed step leads back to yesterday's true figure, "true" where it is that of the true figure.
    """
    chance = random.Random(seed)
    rhythm = sources.named(source).RHYTHM
    others = [] if alone else [name for name in ("currency_api", "cbr", "nbk") if name != source][:2]
    days = (day for day in (FIRST + back * ONE_DAY for back in range(60)) if rhythm.publishes_for(day))
    wrong: set[Figure] = set()
    after: set[Figure] = set()
    published, before, last_wrong = 0, None, None
    world = walk(chance)
    for turn, day in enumerate(days):
        if turn >= 2 * BEFORE + fault.publications:
            break
        units = next(world)
        at = evening_before(day)
        for name in others:
            shift = Decimal(1) + Decimal(chance.randint(-30, 30)) / 10_000
            theirs = {code: each * (shift if code != "RUB" else 1) for code, each in units.items()}
            enter(store, Document(source=name, at=at, content=printed(name, day, prices_of(name, theirs))))
        true = prices_of(source, units)
        place = turn - BEFORE
        if 0 <= place < fault.publications:
            spoilt, printed_day = _spoil(source, row, true, before, fault, place, chance), day
            if fault.date:
                printed_day = fault.date(day)
            counted = last_wrong or before
            if steps == "true":
                counted = {**(before or {}), row: spoilt[row] - (true[row] - (before or true)[row])}
            if fault.repeated:
                enter(store, Document(source=source, at=at, content=printed(source, day, true, before)))
            documents = [printed(source, printed_day, spoilt, counted)]
            figure = sources.named(source).parse(documents[0]).observations
            truth = sources.named(source).parse(printed(source, day, true)).observations
            right = set(map(_figure, truth)) if printed_day == day else set()
            wrong |= set(map(_figure, figure)) - right
            last_wrong = spoilt
        else:
            documents = [printed(source, day, true, last_wrong or before)]
            if place >= 0:
                after |= set(map(_figure, sources.named(source).parse(documents[0]).observations))
            last_wrong = None
        for content in documents:
            enter(store, Document(source=source, at=at + timedelta(minutes=15), content=content))
        published += _published(store, source, wrong, at + timedelta(hours=6))
        before = true
    series = {*store.query(f"SELECT {_FIGURE} FROM rates WHERE source = ?", [source])}
    return Outcome(published, len(series & wrong), len(after - series))


def _spoil(
    source: str, row: str, true: Prices, before: Prices | None, fault: Fault, place: int, chance: random.Random
) -> Prices:
    if fault.alter is None:
        return true
    decimals = BANKS[source][1] if source in BANKS else 8
    altered = fault.alter(true[row], (before or true)[row], place, chance)
    return {**true, row: round(altered, max(decimals, 7 if altered < 1 else decimals))}


def _figure(observation: Observation) -> Figure:
    return observation.pair, observation.observed_at.date(), observation.rate


_FIGURE = "base || '/' || quote, observed_on, rate"


def _published(store: Store, source: str, wrong: set[Figure], moment: datetime) -> bool:
    newest = store.query(
        "SELECT base || '/' || quote, max(observed_on), max_by(close, observed_on) FROM daily WHERE source = ?"
        " GROUP BY base, quote",
        [source],
    )
    standing = {pair for pair, day, rate in newest if (pair, day, rate) in wrong}
    if not standing:
        return False
    set_clock(store, moment)
    marked = store.query("SELECT base || '/' || quote FROM unconfirmed WHERE source = ?", [source])
    return bool(standing - {pair for (pair,) in marked})
