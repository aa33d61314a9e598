"""Content of one document: its rates, and data to check them with.

A bank's document can be checked against itself. It may print the step of a rate since the previous publication,
and it prices other currencies, which move along when the bank's own currency moves.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from ratesvc.core.currencies import CURRENCIES
from ratesvc.core.observation import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A missing or illegible figure of a wanted pair.

    observed_at: aware, UTC; the moment that the document is for, None if unknown.
    """

    base: str
    quote: str
    reason: str
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The content of one document.

    observations: the wanted rates. unreadable: wanted figures that are missing or illegible.
    steps: by base, the printed change since the previous publication of its rate in the document's own money.
    money: ISO 4217 code of the currency that the document prices in; "USD" for a market feed.
    prices: price of one unit of each currency, including the US dollar, in that money, by ISO 4217 code.
    earlier_prices: the same for the previous publication, as far as the document prints steps.
    """

    observations: Sequence[Observation] = ()
    unreadable: Sequence[Unreadable] = ()
    steps: Mapping[str, Decimal] = field(default_factory=dict)
    money: str = "USD"
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    earlier_prices: Mapping[str, Decimal] = field(default_factory=dict)

    def only(self, bases: Collection[str]) -> "Reading":
        """Return the reading with the pairs of these bases, and a currency of Central Asia or another of them."""
        wanted = {*bases, *(currency.code for currency in CURRENCIES)}

        def kept(each: Observation | Unreadable) -> bool:
            return each.base in bases and each.quote in wanted

        return replace(
            self,
            observations=[each for each in self.observations if kept(each)],
            unreadable=[each for each in self.unreadable if kept(each)],
        )
