"""The official rate of the Uzbekistani som, set by the Central Bank of Uzbekistan; and its rate of the manat.

Published for each working day. It is not known whether a rate is for the day itself or the day after,
or what a request for a weekend or a future day returns, so the calendar here is lenient, and an empty
list is an error.

The manat serves as a check of its peg: the bank's price of the dollar divided by its price of the manat.
It is not always reliable: on 2026-04-01 it implied 3.0201 per dollar, a day later 3.5000. The other
currencies are printed with too few digits to be useful.

Quirks: every figure is a JSON string with two decimals, including `Nominal`. `Diff` is the signed step
since the previous publication, without trailing zeros.
"""

from datetime import date, timedelta
from decimal import Decimal

from ratesvc.core.errors import SourceError
from ratesvc.core.parsing import day_of, json_of, number, per_unit, price_list, signed
from ratesvc.core.publication_calendar import Rhythm
from ratesvc.core.reading import Reading

TITLE = "Central Bank of Uzbekistan"
COUNTRY = "UZ"
KIND = "official"
SITE = "https://cbu.uz/en/arkhiv-kursov-valyut/"
TERMS = "No terms are known; name the bank as the source"
MONEY = "UZS"
CURRENCIES = ("UZS", "TMT")
RHYTHM = Rhythm(country="UZ", set_ahead=1, due=timedelta(hours=12))
PAUSE_SECONDS = 0.5
BY_DEFAULT = True
FIRST_DAY = date(1994, 7, 1)
SPAN_DAYS = 1
NOT_FOUND_IS_EMPTY = False

Row = dict[str, object]

_ALL = "https://cbu.uz/en/arkhiv-kursov-valyut/json/"


def newest(_today: date) -> list[str]:
    """Return the URL without a date, which has the latest document."""
    return [_ALL]


def of_day(day: date) -> list[str]:
    """Return the URL of a day's document."""
    return [f"{_ALL}all/{day:%Y-%m-%d}/"]


def parse(payload: bytes) -> Reading:
    """Parse the prices of the bases in soms and, crossed through the som, in manats."""
    document = json_of(payload)
    if not isinstance(document, list) or not all(isinstance(row, dict) for row in document):
        raise SourceError("the document is not a list of objects")
    rows = [(str(row.get("Ccy")), row) for row in document]
    days = {_day(row) for code, row in rows if code == "USD"}
    if len(days) > 1:
        raise SourceError(f"the document quotes USD for {len(days)} days")
    day = next(iter(days), "")  # A document without the dollar is refused, whatever its day.

    def price(row: Row) -> Decimal:
        if _day(row) != day:
            raise SourceError(f"it is for {_day(row)}, and the dollar for {day}")
        return per_unit(number(_text(row, "Rate")), number(_text(row, "Nominal")))

    def step(row: Row) -> Decimal:
        return per_unit(signed(_text(row, "Diff")), number(_text(row, "Nominal")))

    return price_list("cbu", CURRENCIES, MONEY, day, rows, price=price, step=step)


def _day(row: Row) -> str:
    return day_of(_text(row, "Date"))


def _text(row: Row, name: str) -> object:
    if row.get(name) in (None, ""):
        raise SourceError(f"it has no {name}")
    return row[name]
