"""The official rate of the Kyrgyz som, set by the National Bank of the Kyrgyz Republic.

Published every day at about 10:00 to 10:20 UTC, including weekends. The date is the day on which the
rate takes effect, which is the day after: Friday's file is dated Saturday. A new rate is set on
working days; the weekend's files repeat the last one under their own dates.

Quirks: ASCII under a windows-1251 prolog; decimal comma. There is no date parameter: the history is
in `nbkr_archive`. Every price has four decimals. The site's weekly file has 40 other currencies and none of our bases.

Public holidays are treated like Sundays; if no files are published on them, the calendar learns that.
"""

from datetime import date, timedelta
from decimal import Decimal

from lxml import etree

from ratesvc.core.parsing import day_of, number, per_unit, price_list, text_of, xml
from ratesvc.core.publication_calendar import DAYS_OF_REST, Rhythm
from ratesvc.core.reading import Reading

TITLE = "National Bank of the Kyrgyz Republic"
COUNTRY = "KG"
KIND = "official"
SITE = "https://www.nbkr.kg/index1.jsp?item=1562&lang=ENG"
TERMS = "No terms are known; name the bank as the source"
MONEY = "KGS"
CURRENCIES = ("KGS",)
RHYTHM = Rhythm(country="KG", set_ahead=1, copies=DAYS_OF_REST, due=timedelta(hours=12 - 24))
PAUSE_SECONDS = 0.5  # The site drops connections after about 20 quick ones.
BY_DEFAULT = True
FIRST_DAY = None
SPAN_DAYS = 1
NOT_FOUND_IS_EMPTY = False


def newest(_today: date) -> list[str]:
    """Return the URL of the only file."""
    return ["https://www.nbkr.kg/XML/daily.xml"]


def of_day(_day: date) -> list[str]:
    """Return no URLs: a day cannot be requested."""
    return []


def parse(payload: bytes) -> Reading:
    """Parse the prices of the bases in soms."""
    document = xml(payload, "CurrencyRates")
    day = day_of(text_of(document, "@Date"))
    rows = [(row.get("ISOCode", ""), row) for row in document.findall("Currency")]
    return price_list("nbkr", CURRENCIES, MONEY, day, rows, price=_price)


def _price(row: etree._Element) -> Decimal:
    return per_unit(number(text_of(row, "Value"), ","), number(text_of(row, "Nominal"), ","))
