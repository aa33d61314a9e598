"""The rates that are known around the days of a document: what a new figure is compared with."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ratesvc.observation import Observation


@dataclass(frozen=True, slots=True)
class Held:
    """A figure that was set aside until something confirms it, and the fetch that brought it first."""

    observation: Observation
    fetch_id: int


def every_day(_source: str, _day: date) -> bool:
    """The calendar of a source that publishes for every day."""
    return True


class Book:
    """Rates by source and currency in the order of their times, and the figures that wait to be confirmed.

    publishes: whether a source publishes for a day, rather than carrying its last rate forward.
    official: the names of the sources that are central banks.
    """

    def __init__(
        self,
        accepted: Iterable[Observation] = (),
        waiting: Iterable[Held] = (),
        publishes: Callable[[str, date], bool] = every_day,
        official: frozenset[str] = frozenset(),
    ) -> None:
        self._series: dict[tuple[str, str], list[Observation]] = defaultdict(list)
        self.waiting = list(waiting)
        self.publishes = publishes
        self.official = official
        for observation in accepted:
            self.add(observation)

    def add(self, observation: Observation) -> None:
        """Puts a rate in its place; a rate of the same moment is replaced."""
        series = self._series[observation.source, observation.currency]
        place = bisect_left(series, observation.observed_at, key=_moment)
        same = place < len(series) and series[place].observed_at == observation.observed_at
        series[place : place + same] = [observation]

    def at(self, observation: Observation) -> Observation | None:
        """What is known for the same source, currency and moment."""
        series = self._series[observation.source, observation.currency]
        place = bisect_left(series, observation.observed_at, key=_moment)
        if place < len(series) and series[place].observed_at == observation.observed_at:
            return series[place]
        return None

    def beside(self, observation: Observation, reach: timedelta) -> list[Observation]:
        """The rates of the same source and currency before, at and after a moment, one each, none further away."""
        series = self._series[observation.source, observation.currency]
        place = bisect_left(series, observation.observed_at, key=_moment)
        same = place < len(series) and series[place].observed_at == observation.observed_at
        around = series[max(place - 1, 0) : place + 1 + same]
        return [each for each in around if abs(each.observed_at - observation.observed_at) <= reach]

    def elsewhere(self, observation: Observation, reach: timedelta) -> list[Observation]:
        """The rate of each other source that is nearest in time, none further away."""
        found = []
        for (source, currency), series in self._series.items():
            if currency != observation.currency or source == observation.source or not series:
                continue
            place = bisect_left(series, observation.observed_at, key=_moment)
            nearest = min(
                series[max(place - 1, 0) : place + 1],
                key=lambda each: abs(each.observed_at - observation.observed_at),
            )
            if abs(nearest.observed_at - observation.observed_at) <= reach:
                found.append(nearest)
        return found

    def between(self, one: Observation, other: Observation) -> bool:
        """Whether a rate of their series is known between two moments."""
        first, last = sorted((one.observed_at, other.observed_at))
        series = self._series[one.source, one.currency]
        place = bisect_left(series, first, key=_moment)
        return any(first < each.observed_at < last for each in series[place : place + 2])


def _moment(observation: Observation) -> datetime:
    return observation.observed_at
