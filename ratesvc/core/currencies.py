"""The currencies of the service.

To add a currency, add an entry; its place in the list is its place in the ticker.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Peg:
    """A rate that a central bank announced and holds, in units of its currency per US dollar."""

    units_per_usd: Decimal
    since: date
    authority: str
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether it is in force on a day: from `since` to `until`, both inclusive."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """Codes and names of a currency.

    code: ISO 4217 letters. number: ISO 4217 number, three digits. country: ISO 3166-1 alpha-2. name: English, in
    the form used inside a sentence. unit: English, in the form used after a number. Both are translated by the
    catalogues in render/locale/, or by Babel.
    """

    code: str
    number: str
    country: str
    name: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency(Money):
    """A currency whose rate is collected.

    `lowest` and `highest` bound the plausible range in units per US dollar, wide enough for its whole history (the
    Uzbek som began at 7 in 1994) and for a crisis; a figure outside is an error of the feed. `official_jump` and
    `market_jump` are the largest factors, up or down, accepted from one publication to the next, for the currency's
    own bank and for every other source: above the largest daily market move of 2023 to 2026 (1.6 % for KGS and UZS,
    2.8 % for TJS and KZT). The official tenge of 2015 to 2020 moved further in 11 of 1,305 publications. `official`
    and `market` name the sources of the headline; None if none is collected. `colour` is the colour of its line in
    every chart, with a contrast above 3 on both white and black.
    """

    lowest: int
    highest: int
    official_jump: Decimal
    market_jump: Decimal
    official: str | None
    market: str | None
    colour: str
    peg: Peg | None = None


# 3.5 manat since 2015-01-01, Central Bank of Turkmenistan: https://cbt.tm
MANAT_PEG = Peg(units_per_usd=Decimal("3.5"), since=date(2015, 1, 1), authority="Central Bank of Turkmenistan")

# ISO 4217: https://www.six-group.com/en/products-services/financial-information/data-standards.html
DOLLAR = Money(code="USD", number="840", country="US", name="US dollar", unit="dollar")
"""The currency in which every rate is quoted."""

CURRENCIES = (
    Currency(
        code="KGS",
        number="417",
        country="KG",
        name="Kyrgyzstani som",
        unit="som",
        lowest=15,
        highest=800,
        official_jump=Decimal("1.02"),
        market_jump=Decimal("1.025"),
        official="nbkr",
        market="currency_api",
        colour="#d9483b",
    ),
    Currency(
        code="KZT",
        number="398",
        country="KZ",
        name="Kazakhstani tenge",
        unit="tenge",
        lowest=50,
        highest=5000,
        official_jump=Decimal("1.035"),
        market_jump=Decimal("1.04"),
        official="nbk",
        market="currency_api",
        colour="#1f8fc9",
    ),
    Currency(
        code="TJS",
        number="972",
        country="TJ",
        name="Tajikistani somoni",
        unit="somoni",
        lowest=1,
        highest=100,
        official_jump=Decimal("1.03"),
        market_jump=Decimal("1.035"),
        official="nbt",
        market="currency_api",
        colour="#2e9e5b",
    ),
    Currency(
        code="UZS",
        number="860",
        country="UZ",
        name="Uzbekistani som",
        unit="som",
        lowest=5,
        highest=120000,
        official_jump=Decimal("1.02"),
        market_jump=Decimal("1.025"),
        official="cbu",
        market="currency_api",
        colour="#8e6bd1",
    ),
    Currency(
        code="TMT",
        number="934",
        country="TM",
        name="Turkmenistani manat",
        unit="manat",
        lowest=2,
        highest=35,
        official_jump=Decimal("1.02"),
        market_jump=Decimal("1.05"),
        official="peg",
        market="currency_api",
        colour="#8a8f98",
        peg=MANAT_PEG,
    ),
)

BY_CODE: Mapping[str, Currency] = MappingProxyType({currency.code: currency for currency in CURRENCIES})
