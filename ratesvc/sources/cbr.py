"""A cross-check of all five currencies in one document: the official roubles of the Bank of Russia.

Units per dollar are what a dollar costs in roubles, divided by what a unit costs in roubles. Rates
are set on working days for the next day, so they are dated Tuesday to Saturday; Saturday's holds
until Monday, and a call for a Sunday is answered with Saturday's date. Nothing new from 1 to 8 January.

Quirks: windows-1251; decimal comma; units from 1 to 1,000,000 (`Nominal`), so `VunitRate`, the value
of one unit, is read, and must agree with the other two fields. An evening call may be answered with
tomorrow. Before 2000-10-30 the Tajik currency is another one, TJR.
"""

from datetime import date, timedelta
from decimal import Decimal

from lxml import etree

from ratesvc.currencies import BY_CODE
from ratesvc.documents import cross_rate, day_of, number, per_unit, text_of, xml
from ratesvc.observation import Observation, midnight
from ratesvc.rhythm import ONE_DAY, SATURDAY, TUESDAY, Rhythm, weekdays
from ratesvc.sources import SourceError

TITLE = "Bank of Russia"
KIND = "official"
SITE = "https://www.cbr.ru/eng/currency_base/daily/"
TERMS = "No terms are known; name the bank as the source"
CURRENCIES = tuple(BY_CODE)
RHYTHM = Rhythm(weekdays=weekdays(TUESDAY, SATURDAY), country="RU", set_ahead=1, due=timedelta(hours=15 - 24))
PAUSE_SECONDS = 0.5
BY_DEFAULT = True
FIRST_DAY = date(2000, 10, 30)
SPAN_DAYS = 1
NOT_FOUND_IS_EMPTY = False


def newest(today: date) -> list[str]:
    """A call for tomorrow is answered with the last day that is set."""
    return of_day(today + ONE_DAY)


def of_day(day: date) -> list[str]:
    """The document that is valid on a day; its own date may be an earlier one."""
    return [f"https://www.cbr.ru/scripts/XML_daily.asp?date_req={day:%d/%m/%Y}"]


def parse(payload: bytes) -> list[Observation]:
    """What a dollar costs in each of the five currencies; one that is missing is left out."""
    document = xml(payload, "ValCurs")
    if document.get("ID"):
        raise SourceError(f"the document is a series of one currency ({document.get('ID')!r}), not a day of all")
    day = day_of(text_of(document, "@Date"))
    rows = [(text_of(row, "CharCode"), row) for row in document.findall("Valute")]
    if not rows:
        return []
    dollar = [_roubles(row) for code, row in rows if code == "USD"]
    if len(dollar) != 1:
        raise SourceError(f"the document quotes USD {len(dollar)} times")
    found = [
        Observation(
            source="cbr",
            currency=code,
            observed_at=midnight(day),
            units_per_usd=cross_rate(dollar[0], _roubles(row)),
        )
        for code, row in rows
        if code in BY_CODE
    ]
    if not found:
        raise SourceError(f"the document quotes none of {', '.join(BY_CODE)}")
    return found


def _roubles(row: etree._Element) -> Decimal:
    """Roubles for one unit."""
    one = number(text_of(row, "VunitRate"), ",")
    computed = per_unit(number(text_of(row, "Value"), ","), number(text_of(row, "Nominal"), ","))
    if one != computed:
        code = text_of(row, "CharCode")
        raise SourceError(f"{code}: Value / Nominal is {computed:f} and VunitRate is {one:f}: which is right?")
    return one
