"""The official rate of the Kazakhstani tenge, set by the National Bank of Kazakhstan.

Each working day's session sets the rate of the next day, so values change from Tuesday to Saturday;
Saturday's applies until Monday. Tomorrow's appears after about 15:30 to 17:00 in Almaty (10:30 to
12:00 UTC). The document of an unpublished day has a date and no items; rows of another form are an error.

Quirks: trailing zeros are cut ("5.4"); units differ by currency and over the years (`quant`); the
document has its own title and description, so only items are read. `change` is the signed step
since the previous publication, for as many units as the rate. The site can take 5 to 10 s. Its
answer to an invalid date is not known.
"""

from datetime import date, timedelta
from decimal import Decimal

from lxml import etree

from ratesvc.core.errors import SourceError
from ratesvc.core.parsing import day_of, number, per_unit, price_list, signed, text_of, xml
from ratesvc.core.publication_calendar import ONE_DAY, Rhythm
from ratesvc.core.reading import Reading

TITLE = "National Bank of Kazakhstan"
COUNTRY = "KZ"
KIND = "official"
SITE = "https://nationalbank.kz/en/exchangerates/ezhednevnye-oficialnye-rynochnye-kursy-valyut"
TERMS = "No terms are known; the document asks to be credited to www.nationalbank.kz"
MONEY = "KZT"
CURRENCIES = ("KZT",)
RHYTHM = Rhythm(country="KZ", set_ahead=1, due=timedelta(hours=13 - 24))
PAUSE_SECONDS = 0.2
BY_DEFAULT = True
FIRST_DAY = date(1999, 12, 15)
SPAN_DAYS = 1
NOT_FOUND_IS_EMPTY = False


def newest(today: date) -> list[str]:
    """Return tomorrow's URL, then today's for as long as tomorrow's is empty."""
    return of_day(today + ONE_DAY) + of_day(today)


def of_day(day: date) -> list[str]:
    """Return the URL of a day's document, which on a Sunday or holiday may repeat the last rate."""
    return [f"https://nationalbank.kz/rss/get_rates.cfm?fdate={day:%d.%m.%Y}"]


def parse(payload: bytes) -> Reading:
    """Parse the prices of the bases in tenge; empty if there are no rows."""
    document = xml(payload, "rates")
    day = day_of(text_of(document, "date"))
    items = [(item.findtext("title", "").strip(), item) for item in document.findall("item")]
    if not items:
        if any(len(child) for child in document):
            raise SourceError("the document has rows, and none of them is an <item>")
        return Reading(money=MONEY)
    return price_list("nbk", CURRENCIES, MONEY, day, items, price=_price, step=_step)


def _price(item: etree._Element) -> Decimal:
    return per_unit(number(text_of(item, "description")), number(text_of(item, "quant")))


def _step(item: etree._Element) -> Decimal:
    return per_unit(signed(text_of(item, "change")), number(text_of(item, "quant")))
