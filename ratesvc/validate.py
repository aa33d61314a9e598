"""What may enter the store, and why not: a doubtful figure is set aside with a sentence, never dropped.

Two kinds are set aside. A *fault* cannot be right: outside the plausible band, in the far past or
future, more digits than the store keeps, a currency quoted twice. It never enters. A *doubt* may be
right: a jump, a slip of the decimal point, a rate that contradicts a peg. It is *held* until it is
confirmed, and then enters by itself:

- a jump by the next publication of the same source at the new level or beyond it, or by another source there;
- a slip by another source only, because a source repeats its own mistakes;
- a contradiction of a peg by another central bank only, because markets wobble and one bank errs.

Sources are compared only to find doubts. A bank that devalues first is held for a day at most, and
nobody is outvoted: what most sources say is no reason to disbelieve one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from ratesvc.book import Book, Held
from ratesvc.currencies import BY_CODE
from ratesvc.observation import Observation

DAYS_AHEAD = 5
"""How far ahead a document's date may be. Banks print tomorrow's date today, and before long holidays later ones."""
DAYS_BACK = 400
"""How far back the date of a newest document may be; the bank may have been silent for long, or show an old page."""
DECIMALS = 8
"""What the store keeps (DECIMAL(18,8)); more would be rounded silently."""
JUMP = Decimal("1.05")
"""From one publication to the next of a source a rate may be so many times higher or lower without doubt.
Of 1,827 steps of the official tenge of 2015 to 2020, a crisis, 8 were larger."""
FAR_JUMP = Decimal("1.2")
"""The same where the comparison is with a rate more than ten days away, or with another source."""
NEAR = timedelta(days=10)
REACH = timedelta(days=400)
"""Rates further away say nothing about a new one."""
PEG_WOBBLE = Decimal("1.03")
"""How far from a peg a rate may be without doubt; market feeds are up to 2.2 % away at weekends."""
SLIP = Decimal("1.05")
"""How near to a power of ten, or to the inverse, a rate must be of another one to be taken for a slip."""
SAME_TIME = timedelta(days=3)
"""Two sources that agree confirm one another only within this time."""
APART = timedelta(hours=12)
"""Two publications are at least so far apart; a feed's bad hour is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A figure that was not let in, or that should have been there, and the reason.

    held: whether it may still be confirmed.
    """

    source: str
    currency: str
    observed_at: datetime | None
    units_per_usd: Decimal | None
    reason: str
    held: bool = False

    @property
    def observation(self) -> Observation | None:
        """The figure, where there was one."""
        if self.observed_at is None or self.units_per_usd is None:
            return None
        return Observation(
            source=self.source,
            currency=self.currency,
            observed_at=self.observed_at,
            units_per_usd=self.units_per_usd,
        )

    @property
    def verdict(self) -> str:
        """What became of it, and why."""
        return f"{'held' if self.held else 'set aside'}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a figure is held, the level that it departs from, and what can confirm it."""

    reason: str
    level: Decimal
    confirmed_by: Literal["publication or source", "source", "official source"]


@dataclass(slots=True)
class Verdict:
    """What becomes of the figures of a document, and which earlier ones it confirms."""

    kept: list[Observation] = field(default_factory=list)
    set_aside: list[Rejection] = field(default_factory=list)
    confirmed: list[Held] = field(default_factory=list)


def sort_out(
    observations: Sequence[Observation],
    seen_at: datetime,
    book: Book | None = None,
    asked_for: tuple[date, date] | None = None,
    told_by: str | None = None,
) -> Verdict:
    """Which figures of a document may enter the store, and which of those that waited may enter now. Pure.

    book: what is known already; what is let in is added to it. asked_for: the first and last day that were
    asked for, None for the newest document.
    """
    book = book or Book()
    verdict = Verdict()
    times = Counter((each.currency, each.observed_at) for each in observations)
    earlier = {held.observation: held for held in book.waiting}
    new = []
    for observation in sorted(observations, key=lambda each: each.observed_at):
        reason = _fault(observation, seen_at, book, asked_for) or _contradiction(observation, book, told_by)
        quoted = times[observation.currency, observation.observed_at]
        if not reason and quoted > 1:
            reason = f"it is in the document {quoted} times"
        if reason:
            verdict.set_aside.append(_rejection(observation, reason))
        else:
            new.append(observation)

    # What is let in may confirm something that waits, and that something else, until nothing changes.
    open_questions = [*earlier, *(each for each in new if each not in earlier)]
    doubts: dict[Observation, Doubt] = {}
    while True:
        left = []
        for observation in open_questions:
            doubt = _doubt(observation, book)
            if doubt is None or _confirmed(observation, doubt, book, [*earlier, *doubts]):
                book.add(observation)
                doubts.pop(observation, None)
            else:
                doubts[observation] = doubt
                left.append(observation)
        if len(left) == len(open_questions):
            break
        open_questions = left

    for observation in new:
        if observation in doubts:
            verdict.set_aside.append(_rejection(observation, doubts[observation].reason, held=True))
        elif observation not in earlier:
            verdict.kept.append(observation)
    verdict.confirmed = [held for held in book.waiting if held.observation not in doubts]
    return verdict


def _fault(observation: Observation, seen_at: datetime, book: Book, asked_for: tuple[date, date] | None) -> str | None:
    """Why a figure cannot be right, or None."""
    currency, units = BY_CODE[observation.currency], observation.units_per_usd
    day = observation.observed_at.date()
    if not currency.lowest <= units <= currency.highest:
        slip = next((text for other in _references(observation, book) if (text := _slip(units, other))), None)
        return f"{units:f} per dollar is outside the plausible band {currency.lowest} to {currency.highest}" + (
            f": it is {slip}" if slip else ""
        )
    if observation.observed_at > seen_at + timedelta(days=DAYS_AHEAD):
        return f"its date {day} is more than {DAYS_AHEAD} days ahead"
    if asked_for is None and observation.observed_at < seen_at - timedelta(days=DAYS_BACK):
        return f"its date {day} is more than {DAYS_BACK} days back, in a document that should be the newest"
    # The day before a weekend or a holiday may stand for it.
    if asked_for and not asked_for[0] - NEAR <= day <= asked_for[1]:
        return f"asked for {asked_for[1]}, the source answered with a document for {day}"
    if units != round(units, DECIMALS):
        return f"{units:f} has more than the {DECIMALS} decimals that the store keeps"
    return None


def _contradiction(observation: Observation, book: Book, told_by: str | None) -> str | None:
    """Why an archive's figure is not let in where the series knows the day already, or None."""
    known = book.at(observation)
    if told_by in (None, observation.source) or known is None or known.units_per_usd == observation.units_per_usd:
        return None
    return (
        f"{told_by} says {observation.units_per_usd:f} for {observation.observed_at:%Y-%m-%d} and"
        f" {observation.source} said {_digits(known.units_per_usd)}: that one is believed"
    )


def _doubt(observation: Observation, book: Book) -> Doubt | None:
    """Why a figure must be confirmed before it is let in, or None."""
    units, peg = observation.units_per_usd, BY_CODE[observation.currency].peg
    if peg and observation.observed_at.date() >= peg.since and _ratio(units, peg.units_per_usd) > PEG_WOBBLE:
        return Doubt(
            f"{units:f} is {units / peg.units_per_usd:.3f} times the peg of {peg.units_per_usd}",
            peg.units_per_usd,
            "official source",
        )
    references = _references(observation, book)
    if not references or any(_ratio(units, each.units_per_usd) <= _tolerance(observation, each) for each in references):
        return None
    if _on_the_way(units, book.beside(observation, REACH)):
        return None
    nearest = min(references, key=lambda each: _ratio(units, each.units_per_usd))
    slip = next((text for each in references if (text := _slip(units, each))), None)
    if slip:
        return Doubt(f"{units:f} is {slip}", nearest.units_per_usd, "source")
    # A factor, because a percentage would have a direction: the views' one is that of dollars per unit.
    return Doubt(
        f"{units:f} is {units / nearest.units_per_usd:.3f} times {_told(observation, nearest)}",
        nearest.units_per_usd,
        "publication or source",
    )


def _confirmed(observation: Observation, doubt: Doubt, book: Book, doubted: Iterable[Observation]) -> bool:
    """Whether a doubted figure is confirmed by another one at about its level.

    About its level means nearer to it than half of its way from the old level.
    """
    others = [each for each in doubted if each.currency == observation.currency and each != observation]
    for other in (*book.elsewhere(observation, SAME_TIME), *others):
        ratio = _ratio(observation.units_per_usd, other.units_per_usd)
        if ratio * ratio > _ratio(observation.units_per_usd, doubt.level):
            continue
        apart = abs(other.observed_at - observation.observed_at)
        if other.source != observation.source:
            if apart <= SAME_TIME and (doubt.confirmed_by != "official source" or other.source in book.official):
                return True
        elif doubt.confirmed_by == "publication or source" and apart >= APART and not book.between(observation, other):
            later = max(observation.observed_at, other.observed_at).date()
            if book.publishes(observation.source, later):
                return True
    return False


def _references(observation: Observation, book: Book) -> list[Observation]:
    """What a figure is compared with: its own source's rates beside it, or where there are none other sources'."""
    return book.beside(observation, REACH) or book.elsewhere(observation, REACH)


def _on_the_way(units: Decimal, beside: Sequence[Observation]) -> bool:
    """Whether a rate lies between those before and after it, as on the second of three days of a fall."""
    levels = [each.units_per_usd for each in beside]
    return len(levels) > 1 and min(levels) <= units <= max(levels)


def _tolerance(observation: Observation, reference: Observation) -> Decimal:
    near = abs(observation.observed_at - reference.observed_at) <= NEAR
    return JUMP if near and reference.source == observation.source else FAR_JUMP


def _slip(units: Decimal, reference: Observation) -> str | None:
    """What a figure is of another one, where it looks like a misplaced decimal point or an inversion."""
    told = f"the {_digits(reference.units_per_usd)} of {reference.observed_at:%Y-%m-%d}"
    if _ratio(units * reference.units_per_usd, Decimal(1)) <= SLIP:
        return f"the inverse of {told}"
    for power in (10, 100, 1000):
        if _ratio(units, reference.units_per_usd * power) <= SLIP:
            return f"{units / reference.units_per_usd:.1f} times {told}"
        if _ratio(units * power, reference.units_per_usd) <= SLIP:
            return f"1/{reference.units_per_usd / units:.1f} of {told}"
    return None


def _told(observation: Observation, other: Observation) -> str:
    whose = "" if other.source == observation.source else f"{other.source}'s "
    return f"{whose or 'the '}{_digits(other.units_per_usd)} of {other.observed_at:%Y-%m-%d}"


def _digits(units: Decimal) -> str:
    """Of a stored rate, without the zeros that the column adds."""
    return f"{units.normalize():f}"


def _ratio(one: Decimal, other: Decimal) -> Decimal:
    """How many times the larger is the smaller."""
    return max(one, other) / min(one, other)


def _rejection(observation: Observation, reason: str, *, held: bool = False) -> Rejection:
    return Rejection(
        source=observation.source,
        currency=observation.currency,
        observed_at=observation.observed_at,
        units_per_usd=observation.units_per_usd,
        reason=reason,
        held=held,
    )
