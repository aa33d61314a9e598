"""Rules for accepting figures. A figure that is not accepted is set aside with a reason, never dropped.

There are two kinds. A *fault* cannot be right: outside the plausible range, in the far past or future,
more digits than the store keeps, a currency quoted twice. It is never accepted. A *doubtful* figure may
be right: it is *held* and accepted automatically once confirmed, by the rules in doubts.py.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Context, Decimal

from ratesvc.core.currencies import BY_CODE, DOLLAR
from ratesvc.core.observation import Observation
from ratesvc.core.quoting import in_short
from ratesvc.core.reading import Reading
from ratesvc.validation.doubts import REACH, Doubt, confirmed, digits, doubt, slip
from ratesvc.validation.evidence import NEAR, Evidence, Neighbours, Prices, of_reading, unknown
from ratesvc.validation.known_rates import Held, Kind, KnownRates

DAYS_AHEAD = 10
"""How far ahead a document's date may be. Banks print tomorrow's date today, and later ones before holidays of up to
nine days."""
DAYS_BACK = 400
"""How far back the date of a latest document may be, after a long silence of the bank or on an old page."""
REJECTED = "a person rejected"
"""Start of the reason of a figure that a person has rejected."""
DECIMALS = 13
"""Decimals that the store keeps (DECIMAL(22,13)); more would be rounded silently."""

_SHORT = Context(prec=3)
_OWN = {currency.official: currency.code for currency in BY_CODE.values() if currency.official}
"""The money of each central bank, by the name of its source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A figure that was set aside, or a missing one, and the reason.

    doubt: the kind of doubt of a held figure; None for a fault. step: the change printed beside it, in units of the
    quote.
    """

    source: str
    base: str
    quote: str
    observed_at: datetime | None
    rate: Decimal | None
    reason: str
    doubt: Kind | None = None
    step: Decimal | None = None

    @property
    def held(self) -> bool:
        """Whether it may still be confirmed."""
        return self.doubt is not None

    @property
    def pair(self) -> str:
        """The pair as it is written: USD/KZT."""
        return f"{self.base}/{self.quote}"

    @property
    def observation(self) -> Observation | None:
        """The figure, if there was one."""
        if self.observed_at is None or self.rate is None:
            return None
        return Observation(
            source=self.source,
            base=self.base,
            quote=self.quote,
            observed_at=self.observed_at,
            rate=self.rate,
        )

    @property
    def digits(self) -> str | None:
        """The printed digits, cut to 80 characters; only a fault can have more."""
        return None if self.rate is None else in_short(f"{self.rate:f}")

    @property
    def verdict(self) -> str:
        """Held or set aside, and why."""
        return f"{'held' if self.held else 'set aside'}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Result of validating a document, the second step of a fetch.

    kept: accepted figures. set_aside: figures with a fault or a doubt. confirmed: held figures accepted now.
    withdrawn: held figures that their source replaced. superseded: rates dated in the future by mistake, whose bank
    has since published an earlier day.
    """

    kept: tuple[Observation, ...] = ()
    set_aside: tuple[Rejection, ...] = ()
    confirmed: tuple[Held, ...] = ()
    withdrawn: tuple[Held, ...] = ()
    superseded: tuple[Observation, ...] = ()


def no_prices(_before: Observation) -> Prices:
    """Return no prices: the document is not kept."""
    return {}


def apply_rules(
    reading: Reading,
    seen_at: datetime,
    known_rates: KnownRates | None = None,
    *,
    requested: tuple[date, date] | None = None,
    document_of: str | None = None,
    earlier_prices: Callable[[Observation], Prices] = no_prices,
    trusted: bool = False,
) -> Verdict:
    """Decide which figures of a document to accept, and which held figures are now confirmed. Pure.

    known_rates: rates known so far; accepted figures are added to it. requested: the first and last day requested,
    None for the latest document. document_of: the source that was fetched, if its figures may belong to another one.
    earlier_prices: returns the prices in the document of a rate. trusted: whether to accept a first figure without a
    comparison, as in the bundled history.
    """
    known_rates = known_rates or KnownRates()
    set_aside = []
    times = Counter((each.pair, each.observed_at) for each in reading.observations)
    waiting = {held.observation: held for held in known_rates.waiting}
    new = []
    for observation in sorted(reading.observations, key=lambda each: each.observed_at):
        reason = _fault(observation, seen_at, known_rates, requested) or _contradiction(
            observation, known_rates, document_of
        )
        quoted = times[observation.pair, observation.observed_at]
        if not reason and quoted > 1:
            reason = f"it is in the document {quoted} times"
        if reason:
            set_aside.append(_rejection(observation, reason))
        else:
            new.append(observation)

    fresh = {each for each in new if (known := known_rates.at(each)) is None or known.rate != each.rate}
    withdrawn = [held for held in known_rates.waiting if _taken_back(held, new)]
    for held in withdrawn:
        known_rates.withdrawn.add(held.observation)
        del waiting[held.observation]
    known_rates.waiting = [held for held in known_rates.waiting if held.observation in waiting]

    evidence = {observation: _of_held(held) for observation, held in waiting.items()}
    evidence |= {each: of_reading(reading, earlier_prices, each) for each in new}
    # An accepted figure may confirm a held one, and that another one, so repeat until nothing changes.
    # One that is printed again is taken as printed now, so that its reason is the same, to the digit.
    printed = {each: each for each in new}
    undecided = [*(printed.get(each, each) for each in waiting), *(each for each in new if each not in waiting)]
    undecided.sort(key=lambda each: each.base != DOLLAR.code)  # A cross is judged after the rate in dollars.
    dollars = {
        (each.source, each.quote, each.observed_at): each
        for each in (*known_rates.rejected, *undecided)
        if each.base == DOLLAR.code
    }
    doubts: dict[Observation, Doubt] = {}
    while True:
        left = []
        for observation in undecided:
            in_dollars = _held_in_dollars(observation, dollars, doubts, known_rates)
            if in_dollars:
                doubts[observation] = _of_a_wrong_row(observation, in_dollars, doubts)
                left.append(observation)
                continue
            why = _doubt(
                observation, known_rates, evidence[observation], waiting.get(observation), newest=not requested
            )
            if why and why.kind == "first" and trusted:
                why = None
            if why:
                doubts[observation] = why
            if why is None or confirmed(observation, why, known_rates, doubts, evidence):
                known_rates.add(observation)
                doubts.pop(observation, None)
            else:
                left.append(observation)
        if len(left) == len(undecided):
            break
        undecided = left

    set_aside += [
        _rejection(observation, doubts[observation].reason, doubts[observation].kind, evidence[observation])
        for observation in new
        if observation in doubts
    ]
    kept = [each for each in new if each not in doubts and each not in waiting]
    confirmed_now = [held for held in known_rates.waiting if held.observation not in doubts]
    passed = [] if requested else _passed([each for each in kept if each in fresh], seen_at, known_rates)
    return Verdict(
        kept=tuple(kept),
        set_aside=tuple(set_aside),
        confirmed=tuple(confirmed_now),
        withdrawn=tuple(withdrawn),
        superseded=tuple(passed),
    )


def _taken_back(held: Held, new: Sequence[Observation]) -> bool:
    """Return whether a document replaces a held figure. An alternating one is left for a person to decide."""
    return held.doubt != "alternating" and any(
        (each.series, each.observed_at) == (held.observation.series, held.observation.observed_at)
        and each.rate != held.observation.rate
        for each in new
    )


def _doubt(
    observation: Observation, known_rates: KnownRates, evidence: Evidence, held: Held | None, *, newest: bool
) -> Doubt | None:
    """Return the doubt about a figure; one that only a person can decide keeps its doubt."""
    if held and held.doubt in ("date", "alternating"):
        return Doubt(held.doubt, held.reason, observation.rate)
    return doubt(observation, known_rates, evidence, newest=newest and not held)


def _held_in_dollars(
    observation: Observation,
    dollars: Mapping[tuple[str, str, datetime], Observation],
    doubts: Mapping[Observation, Doubt],
    known_rates: KnownRates,
) -> Observation | None:
    """Return the rate in dollars that a document computes from the same row as a cross, if that row is at fault.

    dollars: rates in dollars by source, quote and moment. In the document of a currency's own bank each base has a row,
    and where that of the dollar is held, it is the one at fault.
    """
    own = _OWN.get(observation.source)
    if observation.base == DOLLAR.code or observation.quote == own:
        return None
    in_dollars, of_dollar = (
        dollars.get((observation.source, quote or "", observation.observed_at)) for quote in (observation.quote, own)
    )
    at_fault = in_dollars in doubts or in_dollars in known_rates.rejected
    return in_dollars if at_fault and of_dollar not in doubts else None


def _of_a_wrong_row(observation: Observation, in_dollars: Observation, doubts: Mapping[Observation, Doubt]) -> Doubt:
    """Return the doubt about a cross: that of the rate in dollars of the same row, however far the cross may move."""
    why = doubts.get(in_dollars)
    kind, reason = (why.kind, f"is held: {why.reason}") if why else ("jump", "a person rejected")
    row = f"{observation.rate:f} is computed from the row of {in_dollars.pair} {digits(in_dollars.rate)}"
    return Doubt(kind, f"{row}, which {reason}", observation.rate)


def _of_held(held: Held) -> Evidence:
    """Return the evidence that was kept for a held figure."""

    def contradicting(_before: Observation) -> Neighbours:
        return Neighbours(
            row=held.observation.base,
            move=held.observation.rate,
            others=Decimal(1),
            along=0,
            count=1,
            own_money=True,
        )

    return Evidence(held.step, contradicting if held.doubt == "neighbours" else unknown)


def _passed(kept: Sequence[Observation], seen_at: datetime, known_rates: KnownRates) -> list[Observation]:
    """Return future rates whose date was wrong: their bank has since published earlier days.

    Only a document for an earlier day with a new figure counts, not a copy of the last one; a figure in it may well be
    that of the day before. Tomorrow's rate is never superseded, because today's may simply have arrived after it.
    """
    passed = []
    of_news = {each.observed_at for each in kept if (before := known_rates.before(each)) and before.rate != each.rate}
    for observation in kept:
        if observation.observed_at not in of_news:
            continue
        for later in known_rates.after(observation):
            if later not in kept and known_rates.expects_before(later, seen_at):
                known_rates.remove(later)
                passed.append(later)
    return passed


def _fault(
    observation: Observation, seen_at: datetime, known_rates: KnownRates, requested: tuple[date, date] | None
) -> str | None:
    """Return why a figure cannot be right, or None."""
    rate, (lowest, highest) = observation.rate, _band(observation)
    day = observation.observed_at.date()
    if not lowest <= rate <= highest:
        slipped = next(filter(None, (slip(rate, each) for each in _references(observation, known_rates))), None)
        return f"{rate:f} is outside the plausible band {lowest:f} to {highest:f}" + (
            f": it is {slipped}" if slipped else ""
        )
    if observation.observed_at > seen_at + timedelta(days=DAYS_AHEAD):
        return f"its date {day} is more than {DAYS_AHEAD} days ahead"
    if requested is None and observation.observed_at < seen_at - timedelta(days=DAYS_BACK):
        return f"its date {day} is more than {DAYS_BACK} days back, in a document that should be the newest"
    # A weekend or holiday may be answered with the day before it.
    if requested and not requested[0] - NEAR <= day <= requested[1]:
        return f"asked for {requested[1]}, the source answered with a document for {day}"
    if observation in known_rates.rejected:
        return f"{REJECTED} {rate:f} for {day}"
    if rate != round(rate, DECIMALS):
        return f"{rate:f} has more than the {DECIMALS} decimals that the store keeps"
    return None


def _band(observation: Observation) -> tuple[Decimal, Decimal]:
    """Return the plausible range of a pair, from those of its two currencies against the dollar."""
    base, quote = BY_CODE[observation.base], BY_CODE[observation.quote]
    return (
        _SHORT.divide(Decimal(quote.lowest), Decimal(base.highest)),
        _SHORT.divide(Decimal(quote.highest), Decimal(base.lowest)),
    )


def _contradiction(observation: Observation, known_rates: KnownRates, document_of: str | None) -> str | None:
    """Return why an archive's figure is set aside if the series already has another one for the day, or None."""
    known = known_rates.at(observation)
    if document_of in (None, observation.source) or known is None or known.rate == observation.rate:
        return None
    return (
        f"{document_of} says {observation.rate:f} for {observation.observed_at:%Y-%m-%d} and"
        f" {observation.source} said {digits(known.rate)}: that one is kept"
    )


def _references(observation: Observation, known_rates: KnownRates) -> list[Observation]:
    """Return the rates to compare a figure with: nearby rates of its own source, else of other sources."""
    return known_rates.beside(observation, REACH) or known_rates.elsewhere(observation, REACH)


def _rejection(
    observation: Observation, reason: str, kind: Kind | None = None, evidence: Evidence | None = None
) -> Rejection:
    return Rejection(
        source=observation.source,
        base=observation.base,
        quote=observation.quote,
        observed_at=observation.observed_at,
        rate=observation.rate,
        reason=reason,
        doubt=kind,
        step=evidence.step if evidence else None,
    )
