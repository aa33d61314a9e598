"""Which figures must be confirmed before they enter, why, and what confirms them.

A figure near its neighbours in time enters at once. So does a jump of any size for which the document itself
speaks: its printed step leads back to the publication before, where it prints one, and its other currencies move
along, where it has some. Any other figure is *held*, with the kind of doubt and a sentence:

- `jump`: too far from the rates beside it. Confirmed by another source; by a second publication at its level,
  unless another source stays at the old one; by a third publication in any case.
- `neighbours`: the document's other currencies contradict it. Confirmed by another source only: the same row may
  be wrong for days, and for as long as it is, later figures at its level are held for the same reason.
- `step`: the printed step contradicts it, at any size. Confirmed by a later publication whose step leads back to it.
- `slip`: a power of ten, or the inverse. Confirmed by another source only, because a source repeats its own mistakes.
- `first`: there is nothing to compare it with. Confirmed by another source or by the next publication.
- `peg`: it contradicts a peg. Confirmed by another central bank only: markets wobble, and one bank errs.
- `date`: the newest document goes back in time. Only a person decides about it.
- `alternating`: two figures for one date take turns. A person decides, or a later publication whose step leads back
  to one of them.

A held figure is withdrawn as soon as its source prints another one for the same moment.

Sources are compared only to find doubts and to end them. Where a bank devalues first, its own document says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ratesvc.core.currencies import BY_CODE, Peg
from ratesvc.core.observation import Observation
from ratesvc.validation.evidence import CROSSES, NEAR, Evidence, ratio
from ratesvc.validation.known_rates import Held, Kind, KnownRates

FAR_JUMP = Decimal("1.2")
"""From a rate more than ten days away, a rate may be so many times higher or lower without doubt."""
APART_FROM_OTHERS = Decimal("1.05")
"""The same where the first rate of a source is compared with another source's. Official and market rates of the same
day differ by less than 1 %."""
AGREEMENT = Decimal("1.05")
"""Two sources that are further apart do not confirm one another."""
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
CONTRADICTED = ("neighbours", "step", "slip")
"""A later figure at the level of such a held one is no better, however long ago the last accepted one is."""
SOUND = ("jump", "first", "peg")
"""A held figure of another source may confirm one only where its own document does not contradict it."""
LEVELS_OF_ONE_MOMENT = 2
"""A market feed that comes back to a figure after so many different ones alternates; a bank may correct once more."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a figure is held, and the level that it departs from."""

    kind: Kind
    reason: str
    level: Decimal


def doubt(
    observation: Observation, known_rates: KnownRates, evidence: Evidence, *, newest: bool = False
) -> Doubt | None:
    """Why a figure must be confirmed before it enters, or None.

    newest: whether it is from a document that should be the newest, not one that was requested for a day.
    """
    known = known_rates.at(observation)
    if known and known.units_per_usd == observation.units_per_usd:
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
    """Whether a doubted figure is confirmed by what else is known.

    held: the other figures that wait. evidence: what is known of all figures that wait or have just come.
    """
    if why.kind == "date":
        return False
    if why.kind in ("step", "alternating") and any(
        later.source == observation.source
        and later.currency == observation.currency
        and later.observed_at > observation.observed_at
        and paper.leads_back_to(later) == observation.units_per_usd
        for later, paper in evidence.items()
    ):
        return True
    if why.kind == "alternating":
        return False
    if why.kind == "step" and ratio(observation.units_per_usd, why.level) <= _usual(observation):
        return False  # Other sources are no nearer to it than to what the step leads to.
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
    # Tomorrow's rate may be out while today's is corrected; further back it is another day's document.
    later = [
        each for each in known_rates.after(observation) if known_rates.publishes(each.source, each.observed_at.date())
    ]
    rewrites = known_rates.at(observation) is not None and len(later) > 1
    if observation.observed_at >= newest - NEAR and not rewrites:
        return None
    return Doubt(
        "date",
        f"the newest document is dated {observation.observed_at:%Y-%m-%d}, and {newest:%Y-%m-%d} is known already",
        observation.units_per_usd,
    )


def _alternates(observation: Observation, known_rates: KnownRates) -> Doubt | None:
    seen = known_rates.sightings(observation)
    own_bank = BY_CODE[observation.currency].official == observation.source
    came_back = observation.units_per_usd in seen and len(seen) >= LEVELS_OF_ONE_MOMENT + own_bank
    if not came_back and observation not in known_rates.withdrawn:
        return None
    known = known_rates.at(observation)
    other = known.units_per_usd if known else observation.units_per_usd
    both = " and ".join(sorted(digits(each) for each in {observation.units_per_usd, other}))
    day = f"{observation.observed_at:%Y-%m-%d}"
    return Doubt("alternating", f"two figures for {day} alternate: {both}", observation.units_per_usd)


def _pegged(observation: Observation) -> Peg | None:
    peg = BY_CODE[observation.currency].peg
    return peg if peg and peg.holds_on(observation.observed_at.date()) else None


def _leaves_peg(observation: Observation) -> Doubt | None:
    units, peg = observation.units_per_usd, _pegged(observation)
    if not peg or ratio(units, peg.units_per_usd) <= PEG_WOBBLE:
        return None
    times = units / peg.units_per_usd
    return Doubt("peg", f"{units:f} is {times:.3f} times the peg of {peg.units_per_usd}", peg.units_per_usd)


def _departs(observation: Observation, known_rates: KnownRates, evidence: Evidence, *, newest: bool) -> Doubt | None:
    """Whether it departs from the rates around it, and what its document says about that."""
    units = observation.units_per_usd
    beside = known_rates.beside(observation, REACH)
    near = [each for each in beside if _near(observation, each)]
    references = near or _nearby(observation, known_rates) or beside or known_rates.elsewhere(observation, REACH)
    if not references and _pegged(observation):
        return None  # The peg is what it is compared with.
    if not references:
        return Doubt("first", f"{units:f} is the first figure, with nothing to compare it with", units)
    nearest = min(references, key=lambda each: ratio(units, each.units_per_usd))
    # A factor, because a percentage would have a direction: the views' one is that of dollars per unit.
    how_far = f"{units:f} is {units / nearest.units_per_usd:.3f} times {_told(observation, nearest)}"
    alike = None if near else _contradicted_before(observation, known_rates)
    if alike:
        same = f"{digits(alike.observation.units_per_usd)} for {alike.observation.observed_at:%Y-%m-%d}"
        return Doubt(alike.doubt, f"{how_far}, as {same} was, which is held: {alike.reason}", nearest.units_per_usd)
    neighbours = None
    if ratio(units, nearest.units_per_usd) > CROSSES:
        before = known_rates.before(observation)
        document_of = before if before and (before in near or not near) else min(near, default=None, key=_moment)
        neighbours = evidence.neighbours(document_of) if document_of else None
    contradicted = neighbours is not None and neighbours.contradict
    step_fits = _step_fits(observation, known_rates, evidence, newest=newest)
    if step_fits is False and not contradicted:
        return _contradicted_by_step(observation, known_rates, evidence)
    usual = any(ratio(units, each.units_per_usd) <= _tolerance(observation, each) for each in references)
    levels = [each.units_per_usd for each in near]
    on_the_way = len(levels) > 1 and min(levels) <= units <= max(levels)  # As the second of three days of a fall.
    if (usual or on_the_way) and not contradicted:
        return None
    slipped = next(filter(None, (slip(units, each) for each in references)), None)
    if slipped:
        return Doubt("slip", f"{units:f} is {slipped}", nearest.units_per_usd)
    if neighbours and contradicted:
        return Doubt("neighbours", f"{how_far}, but {neighbours.reason}", nearest.units_per_usd)
    if step_fits or (neighbours and neighbours.move_along):
        return None
    return Doubt("jump", how_far, nearest.units_per_usd)


def _contradicted_by_step(observation: Observation, known_rates: KnownRates, evidence: Evidence) -> Doubt | None:
    before, back = known_rates.before(observation), evidence.leads_back_to(observation)
    if before is None or back is None:
        return None
    return Doubt(
        "step",
        f"{observation.units_per_usd:f} with a printed step of {evidence.step:+f} leads back to {back:f}, and the"
        f" publication before is {_told(observation, before)}",
        before.units_per_usd,
    )


def _near(observation: Observation, other: Observation) -> bool:
    return abs(observation.observed_at - other.observed_at) <= NEAR


def _nearby(observation: Observation, known_rates: KnownRates) -> list[Observation]:
    """The rates of other sources at about the same time: what counts after a long silence of its own source."""
    return [each for each in known_rates.elsewhere(observation, NEAR) if not _pegged(observation)]


def _contradicted_before(observation: Observation, known_rates: KnownRates) -> Held | None:
    """An earlier figure at its level that is held because its document contradicts it."""
    for held in known_rates.waiting:
        if (
            held.observation.source == observation.source
            and held.observation.currency == observation.currency
            and held.observation.observed_at < observation.observed_at
            and _near(observation, held.observation)
            and held.doubt in CONTRADICTED
            and ratio(observation.units_per_usd, held.observation.units_per_usd) <= _usual(observation)
        ):
            return held
    return None


def _step_fits(observation: Observation, known_rates: KnownRates, evidence: Evidence, *, newest: bool) -> bool | None:
    """Whether the printed step leads back to the rate before; None where that is not the publication before."""
    before, back = known_rates.before(observation), evidence.leads_back_to(observation)
    if before is None or back is None:
        return None
    if back == before.units_per_usd:
        return True
    if newest and any(back == later.units_per_usd for later in known_rates.after(observation)):
        return True  # The publication before had a wrong date in the future.
    if observation.units_per_usd == before.units_per_usd:
        day_off = not known_rates.publishes(observation.source, observation.observed_at.date())
        copied: Observation | None = before
        while copied and copied.units_per_usd == observation.units_per_usd:
            copied = known_rates.before(copied)
        if day_off or (copied and back == copied.units_per_usd):
            return None  # A copy of the whole row, its step included.
    held = known_rates.held_between(before, observation)
    if back in [each.units_per_usd for each in held]:
        return None
    last = max([before, *held], key=_moment)
    # Where a wrong document was held, nobody knows what the right one of that day said.
    lost = held and ratio(observation.units_per_usd, before.units_per_usd) <= _usual(observation)
    if lost or not _near(observation, last) or known_rates.missing_between(last, observation):
        return None
    return False


def _another_source_agrees(
    observation: Observation, why: Doubt, known_rates: KnownRates, held: Mapping[Observation, Doubt]
) -> bool:
    sound = [each for each, reason in held.items() if reason.kind in SOUND]
    return any(
        other.currency == observation.currency
        and other.source != observation.source
        and abs(other.observed_at - observation.observed_at) <= SAME_TIME
        and ratio(observation.units_per_usd, other.units_per_usd) <= AGREEMENT
        and _at_level(observation, other, why)
        and (why.kind != "peg" or other.source in known_rates.official)
        for other in (*known_rates.elsewhere(observation, SAME_TIME), *sound)
    )


def _another_source_stays(observation: Observation, why: Doubt, known_rates: KnownRates) -> bool:
    """Whether another source has a rate for the same day or later that is still at the old level."""
    return any(
        other.observed_at.date() >= observation.observed_at.date()
        and ratio(other.units_per_usd, why.level) < ratio(other.units_per_usd, observation.units_per_usd)
        for other in known_rates.elsewhere(observation, SAME_TIME)
    )


def _publications_at_level(
    observation: Observation, why: Doubt, known_rates: KnownRates, held: Mapping[Observation, Doubt]
) -> int:
    """How many publications of the same source are at its level, itself included; a copy is none."""
    at_level = sorted(
        (
            each
            for each in held
            if each.source == observation.source
            and each.currency == observation.currency
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
    """Whether another figure is nearer to it than half of its way from the old level."""
    apart = ratio(observation.units_per_usd, other.units_per_usd)
    if why.kind == "first":
        return apart <= _usual(observation)
    return apart * apart <= ratio(observation.units_per_usd, why.level)


def _tolerance(observation: Observation, reference: Observation) -> Decimal:
    near = _near(observation, reference)
    if reference.source == observation.source:
        return _usual(observation) if near else FAR_JUMP
    return APART_FROM_OTHERS if near else FAR_JUMP


def _usual(observation: Observation) -> Decimal:
    """How many times higher or lower it may be from one publication to the next without doubt."""
    currency = BY_CODE[observation.currency]
    return currency.official_jump if observation.source == currency.official else currency.market_jump


def slip(units: Decimal, reference: Observation) -> str | None:
    """What a figure is of another one, where it looks like a misplaced decimal point or an inversion."""
    told = f"the {digits(reference.units_per_usd)} of {reference.observed_at:%Y-%m-%d}"
    if ratio(units * reference.units_per_usd, Decimal(1)) <= SLIP:
        return f"the inverse of {told}"
    for power in (10, 100, 1000):
        if ratio(units, reference.units_per_usd * power) <= SLIP:
            return f"{units / reference.units_per_usd:.1f} times {told}"
        if ratio(units * power, reference.units_per_usd) <= SLIP:
            return f"1/{reference.units_per_usd / units:.1f} of {told}"
    return None


def _told(observation: Observation, other: Observation) -> str:
    whose = "" if other.source == observation.source else f"{other.source}'s "
    return f"{whose or 'the '}{digits(other.units_per_usd)} of {other.observed_at:%Y-%m-%d}"


def digits(units: Decimal) -> str:
    """Of a stored rate, without the zeros that the column adds."""
    return f"{units.normalize():f}"
