"""What one document says: its rates, and what it says about itself.

A bank's document can be checked against itself. It may print the step of a rate since the publication before,
and it prices other currencies, which move along when the bank's own currency moves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from ratesvc.core.observation import Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A figure of a wanted currency that the document should print, and does not, or not legibly.

    observed_at: aware, UTC; the moment that the document is for, None where it does not tell.
    """

    currency: str
    reason: str
    observed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The content of one document.

    observations: the wanted rates. unreadable: wanted figures that are missing or illegible.
    steps: by currency, the printed change of its rate since the publication before, in units per US dollar,
        only where the document prints the rate itself, not for a cross.
    money: ISO 4217 code of the money in which the document prices; "USD" for a market feed.
    prices: what one unit of each currency costs in that money, US dollar included, by ISO 4217 code.
    earlier_prices: the same for the publication before, where the document's own steps tell.
    """

    observations: Sequence[Observation] = ()
    unreadable: Sequence[Unreadable] = ()
    steps: Mapping[str, Decimal] = field(default_factory=dict)
    money: str = "USD"
    prices: Mapping[str, Decimal] = field(default_factory=dict)
    earlier_prices: Mapping[str, Decimal] = field(default_factory=dict)
