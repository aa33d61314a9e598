"""The official rate of the Tajikistani somoni, set by the National Bank of Tajikistan.

Published for each working day. On weekends and holidays the last rate is repeated under the day's own
date. The hour of publication is not known; noon UTC is assumed.

Quirks: a request for a date before 2001-01-01 or after today silently returns today's page, so only
the printed date counts. `CharCode` is right where `ID` is outdated (810 for the rouble). An expired
TLS certificate was seen once: that is a failed fetch, and is never accepted.
"""

from datetime import date, timedelta
from decimal import Decimal

from lxml import etree

from ratesvc.core.parsing import day_of, number, per_unit, price_list, text_of, xml
from ratesvc.core.publication_calendar import DAYS_OF_REST, Rhythm
from ratesvc.core.reading import Reading

TITLE = "National Bank of Tajikistan"
COUNTRY = "TJ"
KIND = "official"
SITE = "https://www.nbt.tj/en/kurs/kurs.php"
TERMS = "Free to use with attribution to www.nbt.tj"
MONEY = "TJS"
CURRENCIES = ("TJS",)
RHYTHM = Rhythm(country="TJ", copies=DAYS_OF_REST, due=timedelta(hours=12))
PAUSE_SECONDS = 0.5
BY_DEFAULT = True
FIRST_DAY = date(2001, 1, 1)
SPAN_DAYS = 1
NOT_FOUND_IS_EMPTY = False


def newest(today: date) -> list[str]:
    """Return today's URL."""
    return of_day(today)


def of_day(day: date) -> list[str]:
    """Return the URL of a day's document. Without `export=xmlout` it would be an HTML page."""
    return [f"https://www.nbt.tj/en/kurs/export_xml.php?date={day:%Y-%m-%d}&export=xmlout"]


def parse(payload: bytes) -> Reading:
    """Parse the prices of the bases in somoni."""
    document = xml(payload, "ValCurs")
    day = day_of(text_of(document, "@Date"), "%Y-%m-%d")
    rows = [(row.findtext("CharCode", "").strip(), row) for row in document.findall("Valute")]
    return price_list("nbt", CURRENCIES, MONEY, day, rows, price=_price)


def _price(row: etree._Element) -> Decimal:
    return per_unit(number(text_of(row, "Value")), number(text_of(row, "Nominal")))
