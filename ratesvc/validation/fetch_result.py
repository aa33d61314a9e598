"""What came of asking one source once."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from ratesvc.core.observation import Observation
from ratesvc.core.reading import Reading
from ratesvc.core.urls import host_of
from ratesvc.validation.known_rates import Held
from ratesvc.validation.rules import Rejection

ARCHIVED = "archive:"
"""What the URL of the bundled history begins with."""
MOST_TOLD = 3
"""So many reasons are told in one line; all of them are in `rejections`."""


@dataclass(slots=True, kw_only=True)
class Fetch:
    """A row of `fetches`, and what the document said. Times are aware, UTC.

    reading: the content of the document, before it is judged. kept, set_aside, confirmed, withdrawn,
    superseded: what was made of it.
    asked_for: the first and last day that were asked for; None for the newest document. document: the bytes
    that came, the last ones where several ways were tried.
    """

    source: str
    url: str
    started_at: datetime
    finished_at: datetime
    http_status: int | None = None
    document: bytes | None = None
    etag: str | None = None
    last_modified: str | None = None
    asked_for: tuple[date, date] | None = None
    error: str | None = None
    failed: bool = False
    reading: Reading = field(default_factory=Reading)
    kept: list[Observation] = field(default_factory=list)
    set_aside: list[Rejection] = field(default_factory=list)
    confirmed: list[Held] = field(default_factory=list)
    withdrawn: list[Held] = field(default_factory=list)
    superseded: list[Observation] = field(default_factory=list)
    stored: int = 0
    """How many observations entered, confirmed ones included; known once the fetch is recorded."""

    @property
    def read(self) -> list[Observation]:
        """The rates in the document."""
        return list(self.reading.observations)

    @property
    def outcome(self) -> Literal["new", "unchanged", "failed"]:
        """The word for it, once it is recorded."""
        if self.failed:
            return "failed"
        return "new" if self.stored else "unchanged"

    @property
    def sentence(self) -> str:
        """What it brought, for a person."""
        if self.failed:
            return f"{self.source}: failed: {self.error}"
        newest = max((observation.observed_at for observation in self.kept), default=None)
        rates = f"{len(self.kept)} rates for {newest:%Y-%m-%d}" if newest else "no rates"
        stored = f", {self.stored} new" if self.stored else ""
        confirmed = f", {len(self.confirmed)} confirmed that were held" if self.confirmed else ""
        held = f", {len(self.set_aside)} set aside: {self.reasons}" if self.set_aside else ""
        return f"{self.source}: {self.outcome}: {rates}{stored}{confirmed}{held}, by {host_of(self.url)}"

    @property
    def reasons(self) -> str:
        """Why figures were set aside, in a line."""
        told = [f"{each.currency}: {each.reason}" for each in self.set_aside[:MOST_TOLD]]
        more = len(self.set_aside) - len(told)
        return "; ".join(told) + (f"; and {more} more" if more > 0 else "")


def unreadable(source: str, reading: Reading) -> list[Rejection]:
    """One rejection for each wanted figure that a document lacks or prints illegibly."""
    return [
        Rejection(
            source=source,
            currency=each.currency,
            observed_at=each.observed_at,
            units_per_usd=None,
            reason=each.reason,
        )
        for each in reading.unreadable
    ]
