"""The basic record of the service: one rate of one source."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ratesvc.core.currencies import BY_CODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Price of one US dollar in one currency, from one source, for one moment.

    source: the name of the source, e.g. "currency_api".
    currency: the ISO 4217 code of one of the known currencies.
    observed_at: aware, UTC. The moment that the rate is for, by its document; midnight UTC if that prints a day.
    units_per_usd: the printed digits, in units of the currency per US dollar.

    Raises ValueError for an unknown currency, a time that is not in UTC, or a rate that is not a positive Decimal.
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
    """Return midnight UTC of a printed day: the `observed_at` of a document that prints no time.

    Raises ValueError if the text is not a day in that layout.
    """
    return datetime.strptime(day, layout).replace(tzinfo=UTC)
