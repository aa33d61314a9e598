"""The currencies that the service knows: one line each.

A new currency is a new line here; its place in the list is its place in the ticker.
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
        """Whether it is in force on a day: from `since`, up to and with `until` where it has ended."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """What is said of a currency anywhere.

    code: ISO 4217 letters. number: ISO 4217 number, three digits. country: ISO 3166-1 alpha-2. name: English, as in
    the middle of a sentence. unit: English, as it stands after a number. Both are translated by the catalogues in
    render/locale/, or by Babel.
    """

    code: str
    number: str
    country: str
    name: str
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency(Money):
    """A currency whose rate is collected.

    `lowest` and `highest` are the plausible band in units per US dollar, wide enough for all of its
    history (the Uzbek som began at 7 in 1994) and for a crisis; a figure outside is a fault of the
    feed. `official_jump` and `market_jump` are how many times higher or lower a rate may be from one
    publication to the next without doubt, for the currency's own bank and for every other source: above
    the largest daily market move of 2023 to 2026 (1.6 % for KGS and UZS, 2.8 % for TJS and KZT). The
    official tenge of 2015 to 2020 moved further on 11 of 1,305 publications. `official` and `market` name
    the sources that the headline may take; None where none is collected. `colour` is that of its line in
    every chart, to be told apart on white and on black
    alike: contrast above 3 on both.
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
"""What every rate is given in."""

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
