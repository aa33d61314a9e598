"""The market rate of every currency, once a day, from the open data set currency-api.

Published as the npm package @fawazahmed0/currency-api, one version a day, weekends included; days
are occasionally missing. Of the versions published within a week of their day, half came within
10 hours of its midnight UTC and 95 % within 28 (measured over 93 versions to September 2026).

Its README asks clients to try jsDelivr first and pages.dev next. The third way, an npm client,
works if only a package registry can be reached.

Quirks: numbers have at most 8 decimals; the number of codes varies. TMT fluctuates around its peg
(3.43 to 3.58), and KGS often repeats exactly.
"""

from datetime import date, timedelta
from decimal import Decimal

from ratesvc.core.currencies import BY_CODE
from ratesvc.core.errors import SourceError
from ratesvc.core.observation import midnight
from ratesvc.core.parsing import crosses, day_of, figures, json_of, positive, rates
from ratesvc.core.publication_calendar import Rhythm
from ratesvc.core.quoting import in_short, quoted
from ratesvc.core.reading import Reading

TITLE = "currency-api"
COUNTRY = None
KIND = "market"
SITE = "https://github.com/fawazahmed0/exchange-api"
TERMS = "CC0 1.0: free for any use"
MONEY = "USD"
CURRENCIES = tuple(code for code in BY_CODE if code != MONEY)
RHYTHM = Rhythm(due=timedelta(hours=28))
PAUSE_SECONDS = 0.2
BY_DEFAULT = True
FIRST_DAY = date(2024, 3, 2)
SPAN_DAYS = 1
NOT_FOUND_IS_EMPTY = True

PACKAGE = "@fawazahmed0/currency-api"
DOCUMENT = "v1/currencies/usd.json"

NEIGHBOURS = ("GBP", "JPY", "CHF", "TRY", "INR", "KRW", "AED")
"""Other currencies whose prices are read, because the feed also has metals and cryptocurrencies."""


def newest(_today: date) -> list[str]:
    """Return the URLs of the latest version: jsDelivr, pages.dev, then the npm client."""
    return _ways("latest", "latest")


def of_day(day: date) -> list[str]:
    """Return the same URLs for a day's version."""
    return _ways(day.isoformat(), f"{day.year}.{day.month}.{day.day}")


def parse(payload: bytes) -> Reading:
    """Parse the rates of the dollar, those of the other bases crossed through it, and the prices of NEIGHBOURS."""
    document = json_of(payload)
    try:
        observed_at = midnight(day_of(document["date"], "%Y-%m-%d"))
        quotes = document["usd"].items()
    except (KeyError, TypeError, AttributeError) as strange:
        raise SourceError(
            f'the document is not {{"date": ..., "usd": {{...}}}} ({in_short(repr(strange))})'
        ) from strange
    read = {code.lower() for code in (*CURRENCIES, *NEIGHBOURS)}
    units = figures(((code.upper(), figure) for code, figure in quotes if code in read), _units)
    observations, unreadable = rates("currency_api", observed_at, crosses(units))
    prices = {code: 1 / each for code, [each, *_] in units.items() if isinstance(each, Decimal)}
    return Reading(observations=observations, unreadable=unreadable, prices={"USD": Decimal(1), **prices})


def _units(figure: object) -> Decimal:
    if not isinstance(figure, Decimal):
        raise SourceError(f"{quoted(figure)} is not a number" if figure not in (None, "") else "it has no figure")
    return positive(figure)


def _ways(tag: str, npm_version: str) -> list[str]:
    """Return the URLs of a version; `npm:` names a file in a package's tarball."""
    return [
        f"https://cdn.jsdelivr.net/npm/{PACKAGE}@{tag}/{DOCUMENT}",
        f"https://{tag}.currency-api.pages.dev/{DOCUMENT}",
        f"npm:{PACKAGE}@{npm_version}#package/{DOCUMENT}",
    ]
