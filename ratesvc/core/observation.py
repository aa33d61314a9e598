"""The basic record of the service: one rate of one source."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ratesvc.core.currencies import BY_CODE


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one source said one unit of one currency costs in another, for one moment.

    source: the name of the source, e.g. "currency_api".
    base, quote: ISO 4217 codes of two of the known currencies.
    observed_at: aware, UTC. The moment that the rate is for, by its document; midnight UTC if that prints a day.
    rate: units of the quote for one unit of the base: the printed digits divided by the document's nominal. A cross
        rate has at most 12 significant digits.

    Raises ValueError for an unknown currency, a currency against itself, a time that is not in UTC, or a rate that is
    not a positive Decimal.
    """

    source: str
    base: str
    quote: str
    observed_at: datetime
    rate: Decimal

    def __post_init__(self) -> None:
        for code in (self.base, self.quote):
            if code not in BY_CODE:
                raise ValueError(f"unknown currency {code!r}")
        if self.base == self.quote:
            raise ValueError(f"{self.pair} is one currency against itself")
        if self.observed_at.tzinfo is None or self.observed_at.utcoffset() != timedelta(0):
            raise ValueError(f"{self.pair}'s time {self.observed_at} is not in UTC")
        if not isinstance(self.rate, Decimal):
            raise ValueError(f"{self.pair}'s rate {self.rate!r} is not a Decimal")
        if not (self.rate.is_finite() and self.rate > 0):
            raise ValueError(f"{self.pair}'s rate {self.rate} is not a positive number")

    @property
    def pair(self) -> str:
        """The pair as it is written: USD/KZT."""
        return f"{self.base}/{self.quote}"

    @property
    def series(self) -> tuple[str, str, str]:
        """What the rates of one time series have in common: source, base and quote."""
        return self.source, self.base, self.quote


def midnight(day: str, layout: str = "%Y-%m-%d") -> datetime:
    """Return midnight UTC of a printed day: the `observed_at` of a document that prints no time.

    Raises ValueError if the text is not a day in that layout.
    """
    return datetime.strptime(day, layout).replace(tzinfo=UTC)
