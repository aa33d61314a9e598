"""Known rates around the days of a document, for comparison with new figures."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from ratesvc.core.observation import Observation

Kind = Literal["jump", "neighbours", "step", "slip", "first", "peg", "date", "alternating"]
"""The kinds of doubt, explained in doubts.py."""
Series = tuple[str, str, str]
"""Source, base and quote."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Held:
    """A figure held for confirmation, and the fetch that first returned it.

    doubt: the kind of doubt. reason: a sentence. step: the change printed in its document, in units of the quote.
    """

    observation: Observation
    fetch_id: int
    doubt: Kind = "jump"
    reason: str = ""
    step: Decimal | None = None


def every_day(_source: str, _day: date) -> bool:
    """Return True: the calendar of a source that publishes every day."""
    return True


class KnownRates:
    """Rates by source and pair in time order, and the held figures (`waiting`).

    publishes: whether a source sets a new rate for a day, instead of copying its last one.
    official: the names of the central banks' sources. newest_moments: the latest moment of each series,
    however far from the document. corrected: all figures, in order, for moments that were corrected.
    rejected: figures that a person rejected. withdrawn: figures that their source replaced.
    """

    def __init__(
        self,
        accepted: Iterable[Observation] = (),
        waiting: Iterable[Held] = (),
        publishes: Callable[[str, date], bool] = every_day,
        official: frozenset[str] = frozenset(),
        newest_moments: Mapping[Series, datetime] = MappingProxyType({}),
        corrected: Mapping[tuple[str, str, str, datetime], Sequence[Decimal]] = MappingProxyType({}),
    ) -> None:
        self._series: dict[Series, list[Observation]] = defaultdict(list)
        self.waiting = list(waiting)
        self.publishes = publishes
        self.official = official
        self.rejected: frozenset[Observation] = frozenset()
        self.withdrawn: set[Observation] = set()
        self._newest = dict(newest_moments)
        self._corrected = {moment: list(units) for moment, units in corrected.items()}
        for observation in accepted:
            self.add(observation)

    def add(self, observation: Observation) -> None:
        """Insert a rate; it replaces a rate of the same moment."""
        series = self._series[observation.series]
        place = bisect_left(series, observation.observed_at, key=_moment)
        same = place < len(series) and series[place].observed_at == observation.observed_at
        if same and series[place].rate != observation.rate:
            moment = (*observation.series, observation.observed_at)
            seen = self._corrected.setdefault(moment, [series[place].rate])
            seen.append(observation.rate)
        series[place : place + same] = [observation]
        key = observation.series
        self._newest[key] = max(self._newest.get(key, observation.observed_at), observation.observed_at)

    def remove(self, observation: Observation) -> None:
        """Remove a rate from its series."""
        self._series[observation.series].remove(observation)

    def newest(self, observation: Observation) -> datetime | None:
        """Return the latest known moment of the same series."""
        return self._newest.get(observation.series)

    def sightings(self, observation: Observation) -> Sequence[Decimal]:
        """Return all figures so far for the same series and moment, in order, if it was corrected."""
        return self._corrected.get((*observation.series, observation.observed_at), ())

    def before(self, observation: Observation) -> Observation | None:
        """Return the last rate of the same series before its moment."""
        series = self._series[observation.series]
        place = bisect_left(series, observation.observed_at, key=_moment)
        return series[place - 1] if place else None

    def after(self, observation: Observation) -> list[Observation]:
        """Return the known rates of the same series after its moment."""
        series = self._series[observation.series]
        return [each for each in series if each.observed_at > observation.observed_at]

    def at(self, observation: Observation) -> Observation | None:
        """Return the known rate of the same series and moment."""
        series = self._series[observation.series]
        place = bisect_left(series, observation.observed_at, key=_moment)
        if place < len(series) and series[place].observed_at == observation.observed_at:
            return series[place]
        return None

    def beside(self, observation: Observation, reach: timedelta) -> list[Observation]:
        """Return the nearest rates of the same series before, at and after its moment, within reach."""
        series = self._series[observation.series]
        place = bisect_left(series, observation.observed_at, key=_moment)
        same = place < len(series) and series[place].observed_at == observation.observed_at
        around = series[max(place - 1, 0) : place + 1 + same]
        return [each for each in around if abs(each.observed_at - observation.observed_at) <= reach]

    def elsewhere(self, observation: Observation, reach: timedelta) -> list[Observation]:
        """Return the rate of each other source that is nearest in time, within reach."""
        nearest_rates = []
        for (source, *pair), series in self._series.items():
            if pair != [observation.base, observation.quote] or source == observation.source or not series:
                continue
            place = bisect_left(series, observation.observed_at, key=_moment)
            nearest = min(
                series[max(place - 1, 0) : place + 1],
                key=lambda each: abs(each.observed_at - observation.observed_at),
            )
            if abs(nearest.observed_at - observation.observed_at) <= reach:
                nearest_rates.append(nearest)
        return nearest_rates

    def between(self, one: Observation, other: Observation) -> bool:
        """Return whether their series has a rate between two moments."""
        first, last = sorted((one.observed_at, other.observed_at))
        series = self._series[one.series]
        place = bisect_left(series, first, key=_moment)
        return any(first < each.observed_at < last for each in series[place : place + 2])

    def held_between(self, one: Observation, other: Observation) -> list[Observation]:
        """Return the held figures of their series between two rates."""
        return [
            held.observation
            for held in self.waiting
            if held.observation.series == one.series
            and one.observed_at < held.observation.observed_at < other.observed_at
        ]

    def missing_between(self, one: Observation, other: Observation) -> bool:
        """Return whether their source was due to publish between two figures."""
        return self._publishes_between(one.source, one.observed_at, other.observed_at)

    def expects_before(self, observation: Observation, seen_at: datetime) -> bool:
        """Return whether the source publishes for a day between now and a future rate."""
        return self._publishes_between(observation.source, seen_at, observation.observed_at)

    def _publishes_between(self, source: str, after: datetime, before: datetime) -> bool:
        first, last = after.date() + ONE_DAY, before.date() - ONE_DAY
        return any(self.publishes(source, first + back * ONE_DAY) for back in range((last - first).days + 1))


def _moment(observation: Observation) -> datetime:
    return observation.observed_at
