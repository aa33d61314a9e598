"""What may enter the store, and why not: a doubtful figure is set aside with a sentence, never dropped."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ratesvc.currencies import BY_CODE
from ratesvc.observation import Observation

DAYS_AHEAD = 5
"""How far ahead a document's date may be. Banks print tomorrow's date today, and before long holidays later ones."""
DECIMALS = 8
"""What the store keeps (DECIMAL(18,8)); more would be rounded silently."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """A figure that was not let in, or that should have been there, and the reason."""

    source: str
    currency: str
    observed_at: datetime | None
    units_per_usd: Decimal | None
    reason: str


def sort_out(observations: Sequence[Observation], seen_at: datetime) -> tuple[list[Observation], list[Rejection]]:
    """The observations that may enter the store, and the ones that may not. Pure."""
    times = Counter((each.currency, each.observed_at) for each in observations)
    kept, rejected = [], []
    for observation in observations:
        reason = _fault(observation, seen_at)
        quoted = times[observation.currency, observation.observed_at]
        if not reason and quoted > 1:
            reason = f"{observation.currency} is in the document {quoted} times"
        if reason:
            rejected.append(_rejection(observation, reason))
        else:
            kept.append(observation)
    return kept, rejected


def missing(source: str, expected: Iterable[str], observations: Sequence[Observation]) -> list[Rejection]:
    """One rejection for each currency that a document with observations should quote and does not."""
    quoted = {observation.currency for observation in observations}
    return [
        Rejection(
            source=source,
            currency=code,
            observed_at=max(observation.observed_at for observation in observations),
            units_per_usd=None,
            reason=f"{code} is not in the document",
        )
        for code in expected
        if code not in quoted
    ]


def _fault(observation: Observation, seen_at: datetime) -> str | None:
    currency, units = BY_CODE[observation.currency], observation.units_per_usd
    if not currency.lowest <= units <= currency.highest:
        return (
            f"{units:f} {currency.code} per dollar is outside the plausible band"
            f" {currency.lowest} to {currency.highest}"
        )
    if observation.observed_at > seen_at + timedelta(days=DAYS_AHEAD):
        return f"its date {observation.observed_at:%Y-%m-%d} is more than {DAYS_AHEAD} days ahead"
    if units != round(units, DECIMALS):
        return f"{units:f} has more than the {DECIMALS} decimals that the store keeps"
    return None


def _rejection(observation: Observation, reason: str) -> Rejection:
    return Rejection(
        source=observation.source,
        currency=observation.currency,
        observed_at=observation.observed_at,
        units_per_usd=observation.units_per_usd,
        reason=reason,
    )
