"""Rules that hold a doubtful figure for review, and the evidence that confirms it.

A figure close to the rates of nearby days is accepted at once. So is a jump of any size that its document supports:
the printed step, if any, leads back to the previous publication, and the document's other currencies, if any, move
with it. Any other figure is *held*, with a kind of doubt and a reason:

- `jump`: too far from the rates of nearby days. Confirmed by another source; by a second publication at the new
  level, unless another source remains at the old one; by a third publication in any case.
- `neighbours`: the document's other currencies contradict it. Confirmed by another source only: a row may stay wrong
  for days, and until then later figures at its level are held for the same reason.
- `step`: the printed step contradicts it, whatever the size. Confirmed by a later publication whose step leads back
  to it.
- `slip`: off by a power of ten, or inverted. Confirmed by another source only, because a source repeats its mistakes.
- `first`: there is nothing to compare it with. Confirmed by another source or by the next publication.
- `peg`: it contradicts a peg. Confirmed by another central bank only: market rates fluctuate, and one bank may err.
- `date`: the newest document has an earlier date than one already received. Only a person can decide.
- `alternating`: a source keeps switching between two figures for one date. Resolved by a person, or by a later
  publication whose step leads back to one of them.

A held figure is withdrawn as soon as its source prints another one for the same moment.

Sources are compared only to raise doubts and to resolve them. When a bank devalues first, its own document is enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ratesvc.core.currencies import BY_CODE, Peg
from ratesvc.core.observation import Observation
from ratesvc.validation.evidence import CROSSES, NEAR, Evidence, own_move, ratio
from ratesvc.validation.known_rates import Held, Kind, KnownRates

FAR_JUMP = Decimal("1.2")
"""Largest factor, up or down, accepted against a rate more than ten days away."""
APART_FROM_OTHERS = Decimal("1.05")
"""Largest factor accepted between the first rate of a source and another source's rate. Official and market rates of
the same day differ by less than 1 %."""
AGREEMENT = Decimal("1.05")
"""Largest factor between two sources that confirm each other."""
REACH = timedelta(days=400)
"""Rates further away in time are not compared."""
PEG_WOBBLE = Decimal("1.03")
"""Largest accepted factor from a peg; market feeds deviate by up to 2.2 % at weekends."""
SLIP = Decimal("1.05")
"""Largest factor between a rate and a power-of-ten multiple, or the inverse, of another that counts as a slip."""
SAME_TIME = timedelta(days=3)
"""Two sources confirm each other only if their rates are this close in time."""
APART = timedelta(hours=12)
"""Least time between two separate publications; a feed's bad hour counts as one."""
CONTRADICTED = ("neighbours", "step", "slip")
"""Doubts that also apply to later figures at the same level, however old the last accepted rate is."""
SOUND = ("jump", "first", "peg")
"""Doubts with which a held figure can still confirm one of another source: its own document does not contradict it."""
LEVELS_OF_ONE_MOMENT = 2
"""A market feed alternates when it returns to a figure after this many different ones; a bank may correct once more."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a figure is held, and the level it departs from, a rate."""

    kind: Kind
    reason: str
    level: Decimal


def doubt(
    observation: Observation, known_rates: KnownRates, evidence: Evidence, *, newest: bool = False
) -> Doubt | None:
    """Return why a figure must be confirmed before it is accepted, or None.

    newest: whether its document was requested as the latest one, not for a given day.
    """
    known = known_rates.at(observation)
    if known and known.rate == observation.rate:
        return None
    return (
        (_goes_back(observation, known_rates) if newest else None)
        or _alternates(observation, known_rates)
        or _leaves_peg(observation)
        or _departs(observation, known_rates, evidence, newest=newest)
    )


def confirmed(
    observation: Observation,
    why: Doubt,
    known_rates: KnownRates,
    held: Mapping[Observation, Doubt],
    evidence: Mapping[Observation, Evidence],
) -> bool:
    """Return whether other data confirms a doubtful figure.

    held: all held figures. evidence: for every figure that is held or has just arrived.
    """
    if why.kind == "date":
        return False
    if why.kind in ("step", "alternating") and any(
        later.series == observation.series
        and later.observed_at > observation.observed_at
        and paper.leads_back_to(later) == observation.rate
        for later, paper in evidence.items()
    ):
        return True
    if why.kind == "alternating":
        return False
    if why.kind == "step" and ratio(observation.rate, why.level) <= _usual(observation):
        return False  # Other sources cannot tell it from the rate that the step leads to.
    if _another_source_agrees(observation, why, known_rates, held):
        return True
    if why.kind not in ("jump", "first"):
        return False
    publications = _publications_at_level(observation, why, known_rates, held)
    stays = why.kind == "jump" and _another_source_stays(observation, why, known_rates)
    return publications >= (3 if stays else 2)


def _goes_back(observation: Observation, known_rates: KnownRates) -> Doubt | None:
    newest = known_rates.newest(observation)
    if newest is None:
        return None
    # Today's rate may be corrected after tomorrow's is out; anything older is another day's document.
    later = [
        each for each in known_rates.after(observation) if known_rates.publishes(each.source, each.observed_at.date())
    ]
    rewrites = known_rates.at(observation) is not None and len(later) > 1
    if observation.observed_at >= newest - NEAR and not rewrites:
        return None
    return Doubt(
        "date",
        f"the newest document is dated {observation.observed_at:%Y-%m-%d}, and {newest:%Y-%m-%d} is known already",
        observation.rate,
    )


def _alternates(observation: Observation, known_rates: KnownRates) -> Doubt | None:
    seen = known_rates.sightings(observation)
    own_bank = BY_CODE[observation.quote].official == observation.source
    came_back = observation.rate in seen and len(seen) >= LEVELS_OF_ONE_MOMENT + own_bank
    if not came_back and observation not in known_rates.withdrawn:
        return None
    known = known_rates.at(observation)
    other = known.rate if known else observation.rate
    both = " and ".join(sorted(digits(each) for each in {observation.rate, other}))
    day = f"{observation.observed_at:%Y-%m-%d}"
    return Doubt("alternating", f"two figures for {day} alternate: {both}", observation.rate)


def _pegged(observation: Observation) -> Peg | None:
    peg = BY_CODE[observation.quote].peg
    return peg if peg and observation.base == "USD" and peg.holds_on(observation.observed_at.date()) else None


def _leaves_peg(observation: Observation) -> Doubt | None:
    rate, peg = observation.rate, _pegged(observation)
    if not peg or ratio(rate, peg.rate) <= PEG_WOBBLE:
        return None
    times = rate / peg.rate
    return Doubt("peg", f"{rate:f} is {times:.3f} times the peg of {peg.rate}", peg.rate)


def _departs(observation: Observation, known_rates: KnownRates, evidence: Evidence, *, newest: bool) -> Doubt | None:
    """Return a doubt if the figure departs from nearby rates and its document does not support that."""
    rate = observation.rate
    beside = known_rates.beside(observation, REACH)
    near = [each for each in beside if _near(observation, each)]
    references = near or _nearby(observation, known_rates) or beside or known_rates.elsewhere(observation, REACH)
    if not references and _pegged(observation):
        return None  # It was compared with the peg.
    if not references:
        return Doubt("first", f"{rate:f} is the first figure, with nothing to compare it with", rate)
    nearest = min(references, key=lambda each: ratio(rate, each.rate))
    # A factor has no direction. A percentage has: in the views it is that of dollars per unit.
    how_far = f"{rate:f} is {rate / nearest.rate:.3f} times {_rate_text(observation, nearest)}"
    alike = None if near else _contradicted_before(observation, known_rates)
    if alike:
        same = f"{digits(alike.observation.rate)} for {alike.observation.observed_at:%Y-%m-%d}"
        return Doubt(alike.doubt, f"{how_far}, as {same} was, which is held: {alike.reason}", nearest.rate)
    neighbours = None
    if ratio(rate, nearest.rate) > CROSSES:
        before = known_rates.before(observation)
        document_of = before if before and (before in near or not near) else min(near, default=None, key=_moment)
        neighbours = evidence.neighbours(document_of) if document_of else None
    contradicted = neighbours is not None and neighbours.contradict
    usual = any(ratio(rate, each.rate) <= _tolerance(observation, each) for each in references)
    levels = [each.rate for each in near]
    on_the_way = len(levels) > 1 and min(levels) <= rate <= max(levels)  # For example day two of a three-day fall.
    fits = (usual or on_the_way) and not contradicted
    slipped = None if fits else next(filter(None, (slip(rate, each) for each in references)), None)
    if slipped:
        # Before the step: a later step that leads back to a slip shows only that the source repeats it.
        return Doubt("slip", f"{rate:f} is {slipped}", nearest.rate)
    step_fits = _step_fits(observation, known_rates, evidence, newest=newest)
    if step_fits is False and not contradicted:
        return _contradicted_by_step(observation, known_rates, evidence)
    if fits:
        return None
    if neighbours and contradicted:
        return Doubt("neighbours", f"{how_far}, but {neighbours.reason}", nearest.rate)
    if step_fits or (neighbours and neighbours.move_along):
        return None
    return Doubt("jump", how_far, nearest.rate)


def _contradicted_by_step(observation: Observation, known_rates: KnownRates, evidence: Evidence) -> Doubt | None:
    before, back = known_rates.before(observation), evidence.leads_back_to(observation)
    if before is None or back is None:
        return None
    return Doubt(
        "step",
        f"{observation.rate:f} with a printed step of {evidence.step:+f} leads back to {back:f}, and the"
        f" publication before is {_rate_text(observation, before)}",
        before.rate,
    )


def _near(observation: Observation, other: Observation) -> bool:
    return abs(observation.observed_at - other.observed_at) <= NEAR


def _nearby(observation: Observation, known_rates: KnownRates) -> list[Observation]:
    """Return other sources' rates of about the same time, for comparison after a long gap in its own source."""
    return [each for each in known_rates.elsewhere(observation, NEAR) if not _pegged(observation)]


def _contradicted_before(observation: Observation, known_rates: KnownRates) -> Held | None:
    """Return an earlier figure at its level that is held because its document contradicts it."""
    for held in known_rates.waiting:
        if (
            held.observation.series == observation.series
            and held.observation.observed_at < observation.observed_at
            and _near(observation, held.observation)
            and held.doubt in CONTRADICTED
            and ratio(observation.rate, held.observation.rate) <= _usual(observation)
        ):
            return held
    return None


def _step_fits(observation: Observation, known_rates: KnownRates, evidence: Evidence, *, newest: bool) -> bool | None:
    """Return whether the printed step leads back to the previous rate; None if that is not the previous publication."""
    before, back = known_rates.before(observation), evidence.leads_back_to(observation)
    if before is None or back is None:
        return None
    if back == before.rate:
        return True
    if newest and any(back == later.rate for later in known_rates.after(observation)):
        return True  # The previous publication was dated in the future by mistake.
    if observation.rate == before.rate:
        day_off = not known_rates.publishes(observation.source, observation.observed_at.date())
        copied: Observation | None = before
        while copied and copied.rate == observation.rate:
            copied = known_rates.before(copied)
        if day_off or (copied and back == copied.rate):
            return None  # A copy of the whole row, including its step.
    held = known_rates.held_between(before, observation)
    if back in [each.rate for each in held]:
        return None
    last = max([before, *held], key=_moment)
    # If a wrong document was held, the correct rate of that day is unknown.
    lost = held and ratio(observation.rate, before.rate) <= _usual(observation)
    if lost or not _near(observation, last) or known_rates.missing_between(last, observation):
        return None
    return False


def _another_source_agrees(
    observation: Observation, why: Doubt, known_rates: KnownRates, held: Mapping[Observation, Doubt]
) -> bool:
    sound = [each for each, reason in held.items() if reason.kind in SOUND]
    return any(
        (other.base, other.quote) == (observation.base, observation.quote)
        and other.source != observation.source
        and abs(other.observed_at - observation.observed_at) <= SAME_TIME
        and ratio(observation.rate, other.rate) <= AGREEMENT
        and _at_level(observation, other, why)
        and (why.kind != "peg" or other.source in known_rates.official)
        for other in (*known_rates.elsewhere(observation, SAME_TIME), *sound)
    )


def _another_source_stays(observation: Observation, why: Doubt, known_rates: KnownRates) -> bool:
    """Return whether another source's rate for the same day or later remains at the old level."""
    return any(
        other.observed_at.date() >= observation.observed_at.date()
        and ratio(other.rate, why.level) < ratio(other.rate, observation.rate)
        for other in known_rates.elsewhere(observation, SAME_TIME)
    )


def _publications_at_level(
    observation: Observation, why: Doubt, known_rates: KnownRates, held: Mapping[Observation, Doubt]
) -> int:
    """Count the publications of the same source at its level, including itself; copies do not count."""
    at_level = sorted(
        (
            each
            for each in held
            if each.series == observation.series
            and (each == observation or (held[each].kind in SOUND and _at_level(observation, each, why)))
            and not known_rates.between(observation, each)
        ),
        key=lambda each: each.observed_at,
    )
    count, last = 0, None
    for each in at_level:
        day = each.observed_at.date()
        if last is None or (each.observed_at - last >= APART and known_rates.publishes(each.source, day)):
            count, last = count + 1, each.observed_at
    return count


def _moment(observation: Observation) -> datetime:
    return observation.observed_at


def _at_level(observation: Observation, other: Observation, why: Doubt) -> bool:
    """Return whether another figure is closer to it than half the distance, as a ratio, to the old level."""
    apart = ratio(observation.rate, other.rate)
    if why.kind == "first":
        return apart <= _usual(observation)
    return apart * apart <= ratio(observation.rate, why.level)


def _tolerance(observation: Observation, reference: Observation) -> Decimal:
    near = _near(observation, reference)
    if reference.source == observation.source:
        return _usual(observation) if near else FAR_JUMP
    return APART_FROM_OTHERS if near else FAR_JUMP


def _usual(observation: Observation) -> Decimal:
    """Return the largest factor, up or down, accepted from one publication to the next."""
    quote = BY_CODE[observation.quote]
    jump = quote.official_jump if observation.source == quote.official else quote.market_jump
    return jump * own_move(observation.base)


def slip(rate: Decimal, reference: Observation) -> str | None:
    """Describe a figure as a misplaced decimal point or an inversion of another one, or return None."""
    reference_text = f"the {digits(reference.rate)} of {reference.observed_at:%Y-%m-%d}"
    if ratio(rate * reference.rate, Decimal(1)) <= SLIP:
        return f"the inverse of {reference_text}"
    for power in (10, 100, 1000):
        if ratio(rate, reference.rate * power) <= SLIP:
            return f"{rate / reference.rate:.1f} times {reference_text}"
        if ratio(rate * power, reference.rate) <= SLIP:
            return f"1/{reference.rate / rate:.1f} of {reference_text}"
    return None


def _rate_text(observation: Observation, other: Observation) -> str:
    whose = "" if other.source == observation.source else f"{other.source}'s "
    return f"{whose or 'the '}{digits(other.rate)} of {other.observed_at:%Y-%m-%d}"


def digits(rate: Decimal) -> str:
    """Format a stored rate without the trailing zeros of its column."""
    return f"{rate.normalize():f}"
