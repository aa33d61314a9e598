"""Axis ticks of server-rendered charts."""

from datetime import date, timedelta
from math import ceil, floor, log10
from typing import NamedTuple

_STEPS = (1, 2, 5, 10)


class Tick(NamedTuple):
    """An axis tick. at: percent of the drawing, from the left or from the top."""

    at: float
    text: str


def scale(least: float, most: float, least_span: float = 0) -> tuple[float, float, float, int]:
    """Return the lower and upper end of the axis, the step of its ticks, and their decimals."""
    span = max(most - least, least_span) or 1
    power = 10.0 ** floor(log10(span / 6))
    step = power * next(step for step in _STEPS if span / 6 <= power * step)
    middle = (most + least) / 2
    low, high = floor((middle - span * 0.55) / step) * step, ceil((middle + span * 0.55) / step) * step
    return low, high, step, max(0, -floor(log10(step) + 1e-9))


def marks(low: float, high: float, step: float) -> list[float]:
    """Return the values of the ticks between the ends."""
    return [low + step * number for number in range(1, round((high - low) / step))]


def dates(first: date, last: date) -> list[tuple[date, str]]:
    """Return at most six days with a label format: day, month, or for January the year. Leaves room at the ends."""
    days = (last - first).days
    if days <= 75:
        every = max(1, ceil(days / 5))
        return [(last - timedelta(days=back), "MMMd") for back in range(every, days, every)][::-1]
    every = 1 if days < 120 else 2 if days < 200 else 3 if days < 400 else 12 * ceil(days / 2200)
    starts = [(year, month) for year in range(first.year, last.year + 1) for month in range(1, 13)]
    return [
        (day, "y" if day.month == 1 else "MMM")
        for day in (date(year, month, 1) for year, month in starts if (12 * year + month - 1) % every == 0)
        if 0.06 * days < (day - first).days < 0.94 * days
    ]
