"""The official rate of the Uzbekistani som, set by the Central Bank of Uzbekistan; and its view of the manat.

Published for each working day; whether a rate is for the day itself or for the day after, and what
a weekend or a future day is answered with, is not known, so the calendar here is a lenient one.

The manat is read as a witness of its peg: what the bank prints for the dollar divided by what it
prints for the manat. It is not always a good one: on 2026-04-01 it implied 3.0201 per dollar, a day
later 3.5000. The other currencies are printed with too few digits to be worth reading.

Quirks: every figure is a JSON string with two decimals, `Nominal` too.
"""

from datetime import date, timedelta
from decimal import Decimal

from ratesvc.documents import cross_rate, day_of, dollars, json_of, number, per_unit
from ratesvc.observation import Observation, midnight
from ratesvc.rhythm import SATURDAY, TUESDAY, Rhythm, weekdays
from ratesvc.sources import SourceError

TITLE = "Central Bank of Uzbekistan"
KIND = "official"
SITE = "https://cbu.uz/en/arkhiv-kursov-valyut/"
TERMS = "No terms are known; name the bank as the source"
CURRENCIES = ("UZS", "TMT")
RHYTHM = Rhythm(weekdays=weekdays(TUESDAY, SATURDAY), country="UZ", set_ahead=1, due=timedelta(hours=12))
PAUSE_SECONDS = 0.5
BY_DEFAULT = True
FIRST_DAY = date(1994, 7, 1)
SPAN_DAYS = 1
NOT_FOUND_IS_EMPTY = False

_ALL = "https://cbu.uz/en/arkhiv-kursov-valyut/json/"


def newest(_today: date) -> list[str]:
    """Without a date comes the newest."""
    return [_ALL]


def of_day(day: date) -> list[str]:
    """The document of a day."""
    return [f"{_ALL}all/{day:%Y-%m-%d}/"]


def parse(payload: bytes) -> list[Observation]:
    """What a dollar costs in soms and, by way of the som, in manats; nothing where the list is empty."""
    rows = json_of(payload)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SourceError("the document is not a list of objects")
    if not rows:
        return []
    soms_per_dollar = _printed(rows, "USD")
    found: list[Observation] = []
    for day, soms in soms_per_dollar:
        found += dollars("cbu", "UZS", day, [soms])
        found += [
            Observation(
                source="cbu", currency="TMT", observed_at=midnight(day), units_per_usd=cross_rate(soms, per_manat)
            )
            for manat_day, per_manat in _printed(rows, "TMT")
            if manat_day == day
        ]
    return found or dollars("cbu", "UZS", "", [])


def _printed(rows: list[dict[str, object]], code: str) -> list[tuple[str, Decimal]]:
    """The day and the soms for one unit, each time that a currency is in the document."""
    try:
        return [
            (day_of(row["Date"]), per_unit(number(row["Rate"]), number(row["Nominal"])))
            for row in rows
            if row["Ccy"] == code
        ]
    except KeyError as absent:
        raise SourceError(f"an object has no {absent}") from None
