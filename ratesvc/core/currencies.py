"""The currencies and pairs of the service.

To add a currency or a base, add an entry; its place in the list is its place in the ticker and in every table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Peg:
    """A rate that a central bank announced and holds, in units of its currency per US dollar."""

    rate: Decimal
    since: date
    authority: str
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Return whether it is in force on a day: from `since` to `until`, both inclusive."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Currency:
    """A currency: its codes and names, who sets its rate, and how far that moves.

    code: ISO 4217 letters. number: ISO 4217 number, three digits. country: ISO 3166-1 alpha-2 (EU for the euro).
    name: English, in the form used inside a sentence. short: English, as a table or a headline has room for. unit:
    English, in the form used after a number. All are translated by the catalogues in render/locale/, or by Babel.

    `lowest` and `highest` bound the plausible range in units per US dollar, wide enough for its whole history (the
    Uzbek som began at 7 in 1994) and for a crisis; a figure outside is an error of the feed. `official_jump` and
    `market_jump` are the largest factors, up or down, accepted from one publication to the next against the dollar,
    for the currency's own bank and for every other source: above the largest daily market move of 2023 to 2026 (1.6 %
    for KGS and UZS, 2.8 % for TJS and KZT). The official tenge of 2015 to 2020 moved further in 11 of 1,305
    publications. `official` and `market` name the sources of the headline; None if none is collected. `colour` is the
    colour of its line in every chart; those of the five have a contrast above 3 on the light page and on the dark one,
    and people who are colour-blind can tell them apart (tests/test_palette.py).
    """

    code: str
    number: str
    country: str
    name: str
    short: str
    unit: str
    lowest: int | Decimal
    highest: int | Decimal
    official_jump: Decimal
    market_jump: Decimal
    official: str | None
    market: str | None
    colour: str
    peg: Peg | None = None


# 3.5 manat since 2015-01-01, Central Bank of Turkmenistan: https://cbt.tm
MANAT_PEG = Peg(rate=Decimal("3.5"), since=date(2015, 1, 1), authority="Central Bank of Turkmenistan")

# ISO 4217: https://www.six-group.com/en/products-services/financial-information/data-standards.html
CURRENCIES = (
    Currency(
        code="KGS",
        number="417",
        country="KG",
        name="Kyrgyzstani som",
        short="Kyrgyz som",
        unit="som",
        lowest=15,
        highest=800,
        official_jump=Decimal("1.02"),
        market_jump=Decimal("1.025"),
        official="nbkr",
        market="currency_api",
        colour="#b64404",
    ),
    Currency(
        code="KZT",
        number="398",
        country="KZ",
        name="Kazakhstani tenge",
        short="tenge",
        unit="tenge",
        lowest=50,
        highest=5000,
        official_jump=Decimal("1.035"),
        market_jump=Decimal("1.04"),
        official="nbk",
        market="currency_api",
        colour="#187dcd",
    ),
    Currency(
        code="TJS",
        number="972",
        country="TJ",
        name="Tajikistani somoni",
        short="somoni",
        unit="somoni",
        lowest=1,
        highest=100,
        official_jump=Decimal("1.03"),
        market_jump=Decimal("1.035"),
        official="nbt",
        market="currency_api",
        colour="#447552",
    ),
    Currency(
        code="UZS",
        number="860",
        country="UZ",
        name="Uzbekistani som",
        short="Uzbek som",
        unit="som",
        lowest=5,
        highest=120000,
        official_jump=Decimal("1.02"),
        market_jump=Decimal("1.025"),
        official="cbu",
        market="currency_api",
        colour="#79598c",
    ),
    Currency(
        code="TMT",
        number="934",
        country="TM",
        name="Turkmenistani manat",
        short="manat",
        unit="manat",
        lowest=2,
        highest=35,
        official_jump=Decimal("1.02"),
        market_jump=Decimal("1.05"),
        official="cbt",
        market="currency_api",
        colour="#7c7f8f",
        peg=MANAT_PEG,
    ),
)
"""The currencies of Central Asia, the quote of every pair that a reader asks about."""
CODES = tuple(currency.code for currency in CURRENCIES)

DOLLAR = Currency(
    code="USD",
    number="840",
    country="US",
    name="US dollar",
    short="dollar",
    unit="dollar",
    lowest=1,
    highest=1,
    official_jump=Decimal(1),
    market_jump=Decimal(1),
    official=None,
    market=None,
    colour="#3f8f6b",
)
BASES = (
    DOLLAR,
    Currency(
        code="EUR",
        number="978",
        country="EU",
        name="euro",
        short="euro",
        unit="euro",
        lowest=Decimal("0.5"),
        highest=Decimal("1.5"),
        official_jump=Decimal("1.025"),
        market_jump=Decimal("1.025"),
        official=None,
        market="currency_api",
        colour="#4a7bd0",
    ),
    # 5,960 old roubles, 5.96 new ones, per dollar at the end of 1997.
    Currency(
        code="RUB",
        number="643",
        country="RU",
        name="Russian rouble",
        short="rouble",
        unit="rouble",
        lowest=5,
        highest=6500,
        official_jump=Decimal("1.1"),
        market_jump=Decimal("1.1"),
        official="cbr",
        market="currency_api",
        colour="#b0672c",
    ),
    Currency(
        code="CNY",
        number="156",
        country="CN",
        name="Chinese yuan",
        short="yuan",
        unit="yuan",
        lowest=4,
        highest=12,
        official_jump=Decimal("1.02"),
        market_jump=Decimal("1.02"),
        official=None,
        market="currency_api",
        colour="#c2417c",
    ),
)
"""The currencies that the banks price: the base of a pair. RATESVC_BASES selects from them."""
BASE_CODES = tuple(base.code for base in BASES)

PAIRS = tuple((base.code, currency.code) for base in BASES for currency in CURRENCIES) + tuple(
    (base.code, quote.code)
    for base in BASES
    for quote in BASES
    if base is not quote and (base is DOLLAR or quote.official) and quote is not DOLLAR
)
"""The pairs that are collected, base and quote, as a bank prints them: each currency of Central Asia in each base;
and, so that every currency has a rate against the dollar, the bases in dollars and in the money of their own bank."""

BY_CODE: Mapping[str, Currency] = MappingProxyType({currency.code: currency for currency in (*CURRENCIES, *BASES)})
"""All currencies by code, those of Central Asia first."""


def as_printed(pair: str) -> str:
    """Return a pair in the direction in which it is collected: USD/KZT for KZT/USD. Raises KeyError for any other."""
    return _PRINTED[pair]


_PRINTED = {written: f"{base}/{quote}" for base, quote in PAIRS for written in (f"{base}/{quote}", f"{quote}/{base}")}
WRITTEN = tuple(_PRINTED)
"""Every pair in both directions."""
