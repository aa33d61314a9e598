"""The market rate of every currency, once a day, from the open data set currency-api.

Published as the npm package @fawazahmed0/currency-api, one version a day, weekends included; days
are missing now and then. Of the versions that followed their day within a week, half came within
10 hours of its midnight UTC and 95 % within 28 (measured over 93 versions to September 2026).

Its README asks clients to try jsDelivr first and pages.dev next. The third way, an npm client,
works where only a package registry can be reached.

Quirks: numbers have at most 8 decimals; the number of codes varies. TMT wobbles around its peg
(3.43 to 3.58), and KGS often repeats exactly.
"""

import json
from datetime import date
from decimal import Decimal

from ratesvc.currencies import BY_CODE
from ratesvc.observation import Observation, midnight
from ratesvc.sources import SourceError

TITLE = "currency-api"
KIND = "market"
SITE = "https://github.com/fawazahmed0/exchange-api"
TERMS = "CC0 1.0: free for any use"
CURRENCIES = tuple(BY_CODE)
DUE_HOURS = 24 + 28

NAME = __name__.rpartition(".")[2]
PACKAGE = "@fawazahmed0/currency-api"
DOCUMENT = "v1/currencies/usd.json"


def urls(day: date | None = None) -> list[str]:
    """jsDelivr, pages.dev, then the npm client; `npm:` names a file inside a package's tarball."""
    tag = day.isoformat() if day else "latest"
    npm_version = f"{day.year}.{day.month}.{day.day}" if day else "latest"
    return [
        f"https://cdn.jsdelivr.net/npm/{PACKAGE}@{tag}/{DOCUMENT}",
        f"https://{tag}.currency-api.pages.dev/{DOCUMENT}",
        f"npm:{PACKAGE}@{npm_version}#package/{DOCUMENT}",
    ]


def parse(payload: bytes) -> list[Observation]:
    """The rates of the five currencies; one that is missing is left out, none at all is an error."""
    document = json.loads(payload, parse_float=Decimal, parse_int=Decimal)
    try:
        observed_at = midnight(document["date"])
        quotes = document["usd"]
        found = [
            Observation(source=NAME, currency=code, observed_at=observed_at, units_per_usd=quotes[code.lower()])
            for code in CURRENCIES
            if code.lower() in quotes
        ]
    except (KeyError, TypeError) as strange:
        raise SourceError(f'{NAME}: the document is not {{"date": ..., "usd": {{...}}}} ({strange!r})') from strange
    if not found:
        raise SourceError(f"{NAME}: the document quotes none of {', '.join(CURRENCIES)}")
    return found
