"""The one record that everything is made of: what a source said a dollar costs."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ratesvc.core.currencies import BY_CODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one source said one US dollar costs in one currency, for one moment.

    source: the name of the source, e.g. "currency_api".
    currency: the ISO 4217 code of one of the known currencies.
    observed_at: aware, UTC. What the document says the rate is for; a document that prints a day
        means its midnight UTC.
    units_per_usd: the printed digits, in units of the currency per US dollar.

    Raises ValueError for what cannot be: an unknown currency, a naive or foreign time, a rate that
    is not a positive Decimal.
    """

    source: str
    currency: str
    observed_at: datetime
    units_per_usd: Decimal

    def __post_init__(self) -> None:
        if self.currency not in BY_CODE:
            raise ValueError(f"unknown currency {self.currency!r}")
        if self.observed_at.tzinfo is None or self.observed_at.utcoffset() != timedelta(0):
            raise ValueError(f"{self.currency}'s time {self.observed_at} is not in UTC")
        if not isinstance(self.units_per_usd, Decimal):
            raise ValueError(f"{self.currency}'s rate {self.units_per_usd!r} is not a Decimal")
        if not (self.units_per_usd.is_finite() and self.units_per_usd > 0):
            raise ValueError(f"{self.currency}'s rate {self.units_per_usd} is not a positive number")


def midnight(day: str, layout: str = "%Y-%m-%d") -> datetime:
    """Midnight UTC of a printed day: what `observed_at` is for a document that prints no time.

    Raises ValueError when the text is not a day in that layout.
    """
    return datetime.strptime(day, layout).replace(tzinfo=UTC)
