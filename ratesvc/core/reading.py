"""Content of one document: its rates, and data to check them with.

A bank's document can be checked against itself. It may print the step of a rate since the previous publication,
and it prices other currencies, which move along when the bank's own currency moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ratesvc.core.observation import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A missing or illegible figure of a wanted currency.

    observed_at: aware, UTC; the moment that the document is for, None if unknown.
    """

    currency: str
    reason: str
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The content of one document.

    observations: the wanted rates. unreadable: wanted figures that are missing or illegible.
    steps: by currency, the printed change of its rate since the previous publication, in units per US dollar;
        only if the document prints the rate itself, not for a cross rate.
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
