"""Official rouble rates of the Bank of Russia: a cross-check of all five currencies in one document.

The rates of the dollar, the euro and the yuan in roubles are its own. In any other currency, units for one of a base
are the rouble price of the base divided by the rouble price of a unit; for the rouble itself, its inverse. Rates are
set on working days for the next day, so they are dated Tuesday to Saturday; Saturday's applies until
Monday, and a request for a Sunday returns Saturday's date. Nothing new from 1 to 8 January.

Quirks: windows-1251; decimal comma; units from 1 to 1,000,000 (`Nominal`), so `VunitRate`, the value
of one unit, is read, and must agree with the other two fields but for rounding; the documents of
September 2023 have only those two. An evening request may return tomorrow's rates. The meaning of a date
without rows is not known, so it is an error. Before 2000-10-30 the Tajik currency is another one, TJR.
"""

from datetime import date, timedelta
from decimal import Decimal

from lxml import etree

from ratesvc.core.currencies import CURRENCIES as CENTRAL_ASIA
from ratesvc.core.errors import SourceError
from ratesvc.core.parsing import day_of, number, per_unit, price_list, text_of, xml
from ratesvc.core.publication_calendar import ONE_DAY, Rhythm
from ratesvc.core.quoting import quoted
from ratesvc.core.reading import Reading

TITLE = "Bank of Russia"
COUNTRY = "RU"
KIND = "official"
SITE = "https://www.cbr.ru/eng/currency_base/daily/"
TERMS = "No terms are known; name the bank as the source"
MONEY = "RUB"
CURRENCIES = (*(currency.code for currency in CENTRAL_ASIA), "RUB")
RHYTHM = Rhythm(country="RU", set_ahead=1, due=timedelta(hours=15 - 24))
PAUSE_SECONDS = 0.5
BY_DEFAULT = True
FIRST_DAY = date(2000, 10, 30)
SPAN_DAYS = 1
NOT_FOUND_IS_EMPTY = False

LEAST_DIGIT = Decimal("0.0001")
"""The bank rounds to four decimals or more."""


def newest(today: date) -> list[str]:
    """Return tomorrow's URL, which is answered with the last day set."""
    return of_day(today + ONE_DAY)


def of_day(day: date) -> list[str]:
    """Return the URL of the document valid on a day; its own date may be earlier."""
    return [f"https://www.cbr.ru/scripts/XML_daily.asp?date_req={day:%d/%m/%Y}"]


def parse(payload: bytes) -> Reading:
    """Parse the prices of the bases in roubles and, crossed through the rouble, in each of the five currencies."""
    document = xml(payload, "ValCurs")
    if document.get("ID"):
        raise SourceError(f"the document is a series of one currency ({quoted(document.get('ID'))}), not a day of all")
    day = day_of(text_of(document, "@Date"))
    rows = [(row.findtext("CharCode", "").strip(), row) for row in document.findall("Valute")]
    return price_list("cbr", CURRENCIES, MONEY, day, rows, price=_roubles)


def _roubles(row: etree._Element) -> Decimal:
    """Roubles for one unit."""
    value, nominal = number(text_of(row, "Value"), ","), number(text_of(row, "Nominal"), ",")
    computed = per_unit(value, nominal)
    if row.find("VunitRate") is None:
        return computed
    printed = number(text_of(row, "VunitRate"), ",")
    coarse, fine = _last_digit(printed), _last_digit(value) / nominal
    if abs(printed - computed) > max(coarse, fine) / 2:
        raise SourceError(f"Value / Nominal is {computed:f} and VunitRate is {printed:f}, which contradict each other")
    return printed if coarse <= fine else computed


def _last_digit(printed: Decimal) -> Decimal:
    """Return the value of one unit in the last printed digit. Trailing zeros are cut, so 80 stands for 80.0000."""
    return min(Decimal(1).scaleb(int(printed.as_tuple().exponent)), LEAST_DIGIT)
