"""Result of one fetch, in three steps: the answer of a source, its validation, and what was stored."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from ratesvc.core.observation import Observation
from ratesvc.core.quoting import LONGEST_LINE, by_reason, in_short
from ratesvc.core.reading import Reading
from ratesvc.core.urls import host_of
from ratesvc.validation.rules import REJECTED, Rejection, Verdict

ARCHIVED = "archive:"
"""URL prefix of the bundled history."""
MOST_REASONS = 3
"""How many reasons to list in a line; `rejections` has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Answer of a source to one request, the first step. Times are aware, UTC.

    url: the address that answered; if none did, the last one tried. document: the bytes received.
    asked_for: the first and last day requested; None for the latest document. error: all errors, including those of
    addresses tried before one succeeded. reading: the content of the document, before validation.
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

    @property
    def observations(self) -> Sequence[Observation]:
        """The rates in the document."""
        return self.reading.observations

    @property
    def archived(self) -> bool:
        """Whether it is a file of the bundled history."""
        return self.url.startswith(ARCHIVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """All three steps; a row of `fetches`.

    stored: number of observations stored, including confirmed ones.
    """

    answer: Answer
    verdict: Verdict
    stored: int = 0

    @property
    def source(self) -> str:
        """The name of the source."""
        return self.answer.source

    @property
    def failed(self) -> bool:
        """Whether it failed: no answer, or rates of which none was accepted, held or rejected by a person."""
        kept, aside = self.verdict.kept, self.verdict.set_aside
        useless = not kept and not any(each.held or each.reason.startswith(REJECTED) for each in aside)
        return self.answer.failed or (bool(self.answer.observations) and useless)

    @property
    def outcome(self) -> Literal["new", "unchanged", "failed"]:
        """The outcome as stored in `fetches`."""
        if self.failed:
            return "failed"
        return "new" if self.stored else "unchanged"

    @property
    def error(self) -> str | None:
        """All errors, and why figures were set aside, in a line of at most 1,000 characters."""
        return in_short("; ".join(filter(None, [self.answer.error, self._reasons])), LONGEST_LINE) or None

    @property
    def sentence(self) -> str:
        """Summary for a person."""
        if self.failed:
            return f"{self.source}: failed: {self.error}"
        kept, confirmed, aside = self.verdict.kept, self.verdict.confirmed, self.verdict.set_aside
        newest = max((observation.observed_at for observation in kept), default=None)
        rates = f"{len(kept)} rates for {newest:%Y-%m-%d}" if newest else "no rates"
        stored = f", {self.stored} new" if self.stored else ""
        now_confirmed = f", {len(confirmed)} confirmed that were held" if confirmed else ""
        held = f", {len(aside)} set aside: {self._reasons}" if aside else ""
        return f"{self.source}: {self.outcome}: {rates}{stored}{now_confirmed}{held}, by {host_of(self.answer.url)}"

    @property
    def _reasons(self) -> str:
        """Why figures were set aside, in a line."""
        return by_reason(((each.pair, each.reason) for each in self.verdict.set_aside), MOST_REASONS)


def unreadable(source: str, reading: Reading) -> tuple[Rejection, ...]:
    """Return a rejection for each wanted figure that is missing or illegible."""
    return tuple(
        Rejection(
            source=source,
            base=each.base,
            quote=each.quote,
            observed_at=each.observed_at,
            rate=None,
            reason=each.reason,
        )
        for each in reading.unreadable
    )
