"""The history of the official rate of the Kyrgyz som: the archive on the site of its National Bank.

A page has about a year of days, newest first, from 1999-01-01. It is the same rate of the same
bank as in `nbkr`, so its figures belong to the series `nbkr`; if both have a day and differ, the
daily file is used and the archive's figure is set aside.

Fetched by `ratesvc backfill nbkr_archive --from 1999-01-01`, not by snapshots.

Quirks: HTML, with the figures between pairs of comments; decimal comma. June 2005 has only
Saturdays. The form of a page without rates is not known, so one is an error.

The table does not name its currency. According to other readers of the page, the form above it does:
its list `valuta_id` has the number of the currency selected. A page with another number is refused; a
page without the form, of which we have a recording, is accepted.
"""

import re
from datetime import date, timedelta

from lxml import etree

from ratesvc.core.errors import SourceError
from ratesvc.core.observation import Observation, midnight
from ratesvc.core.parsing import day_of, number, positive
from ratesvc.core.quoting import quoted
from ratesvc.core.reading import Reading, Unreadable
from ratesvc.sources import nbkr

TITLE = "National Bank of the Kyrgyz Republic, archive"
COUNTRY = nbkr.COUNTRY
KIND = "official"
SITE = nbkr.SITE
TERMS = nbkr.TERMS
MONEY = nbkr.MONEY
CURRENCIES = nbkr.CURRENCIES
RHYTHM = nbkr.RHYTHM
PAUSE_SECONDS = nbkr.PAUSE_SECONDS
BY_DEFAULT = False
FIRST_DAY = date(1999, 1, 1)
SPAN_DAYS = 366
NOT_FOUND_IS_EMPTY = False

DOLLAR = 15
"""The site's own number for the US dollar."""
MOST_DAYS = 2 * SPAN_DAYS
_MARKED = re.compile(r"<!--(date|value)-->([^<]*)<!--\1-->")


def newest(today: date) -> list[str]:
    """Return the URL of the last days of the archive."""
    return [_page(today - timedelta(days=10), today)]


def of_day(day: date) -> list[str]:
    """Return the URL of the page that ends on a day."""
    return [_page(day - timedelta(days=SPAN_DAYS - 1), day)]


def parse(payload: bytes) -> Reading:
    """Parse the price of a dollar in soms on each day of the page."""
    marked = _MARKED.findall(payload.decode("utf-8", "replace"))
    dates, values = marked[::2], marked[1::2]
    if [kind for kind, _ in marked] != ["date", "value"] * len(dates):
        raise SourceError("dates and values do not take turns in the page")
    if not dates:
        raise SourceError("the page has no rates in it")
    if len(dates) > MOST_DAYS:
        raise SourceError(f"the page has {len(dates):,} rates, and {SPAN_DAYS} days were requested")
    _refuse_another_currency(payload)
    observations, unreadable = [], []
    for (_, day), (_, value) in zip(dates, values, strict=True):
        observed_at = midnight(day_of(day.strip()))
        try:
            rate = positive(number(value.strip(), ","))
        except SourceError as strange:
            unreadable.append(Unreadable(base="USD", quote=MONEY, reason=str(strange), observed_at=observed_at))
        else:
            observations.append(Observation(source="nbkr", base="USD", quote=MONEY, observed_at=observed_at, rate=rate))
    if not observations:
        raise SourceError(f"no figure of the page can be read: {unreadable[0].reason}")
    return Reading(observations=observations, unreadable=unreadable, money=MONEY)


def _refuse_another_currency(payload: bytes) -> None:
    try:
        page = etree.fromstring(payload, etree.HTMLParser(no_network=True))
    except (etree.XMLSyntaxError, ValueError):
        raise SourceError("the page is no HTML") from None
    lists = page.xpath("//select[@name='valuta_id']")
    selected = page.xpath("//select[@name='valuta_id']/option[@selected]/@value")
    if lists and selected != [str(DOLLAR)]:
        names = ", ".join(quoted(str(each)) for each in selected[:3]) or "none"
        raise SourceError(f"the currency that is selected in the page is {names}, not {DOLLAR}")


def _page(first: date, last: date) -> str:
    return (
        f"https://www.nbkr.kg/index1.jsp?item=1562&lang=ENG&valuta_id={DOLLAR}"
        f"&beg_day={first:%d}&beg_month={first:%m}&beg_year={first:%Y}"
        f"&end_day={last:%d}&end_month={last:%m}&end_year={last:%Y}"
    )
