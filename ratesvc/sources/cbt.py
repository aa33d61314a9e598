"""The official rate of the Turkmen manat, set by the Central Bank of Turkmenistan: 3.5 since 2015-01-01.

Off by default, because its host often cannot be reached from abroad; when it answers, it confirms the
peg. The file of a day is written the day before at about 10:20 to 10:35 UTC; there is none for a Sunday.
How far back its files go is not known; 2015 is assumed.

Quirks: trailing zeros are cut; days were printed as YYYY-MM-DD before 2024, as DD.MM.YYYY since. The
User-Agent curl is refused.
"""

from datetime import date, timedelta
from decimal import Decimal

from lxml import etree

from ratesvc.core.parsing import day_of, number, per_unit, price_list, text_of, xml
from ratesvc.core.publication_calendar import ONE_DAY, Rhythm
from ratesvc.core.reading import Reading

TITLE = "Central Bank of Turkmenistan"
COUNTRY = "TM"
KIND = "official"
SITE = "https://cbt.tm"
TERMS = "No terms are known; name the bank as the source"
MONEY = "TMT"
CURRENCIES = ("TMT",)
RHYTHM = Rhythm(country="TM", set_ahead=1, due=timedelta(hours=12 - 24))
PAUSE_SECONDS = 0.5
BY_DEFAULT = False
FIRST_DAY = date(2015, 1, 1)
SPAN_DAYS = 1
NOT_FOUND_IS_EMPTY = True


def newest(today: date) -> list[str]:
    """Return the URLs of tomorrow's file, today's, and (for Sundays) yesterday's."""
    return of_day(today + ONE_DAY) + of_day(today) + of_day(today - ONE_DAY)


def of_day(day: date) -> list[str]:
    """Return the URL of a day's file."""
    return [f"https://cbt.tm/kurs/{day:%Y/%d%m%Y}.xml"]


def parse(payload: bytes) -> Reading:
    """Parse the prices of the bases in manats."""
    document = xml(payload, "cbt_currency_rate")
    printed_day = text_of(document, "date")
    day = day_of(printed_day, "%d.%m.%Y" if "." in printed_day else "%Y-%m-%d")
    rows = [(row.get("code", ""), row) for row in document.findall("rate")]
    return price_list("cbt", CURRENCIES, MONEY, day, rows, price=_price)


def _price(row: etree._Element) -> Decimal:
    return per_unit(number(text_of(row, "rate_tmt")), number(text_of(row, "multiplier")))
