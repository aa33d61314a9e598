"""Sparklines as SVG paths, visible without scripts."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

Days = Sequence[tuple[date, float | None]]
"""Values by day; None breaks the line."""

LEAST_SPAN = 0.02
"""The box is at least 2 % of the value high, so that small changes look small."""


class Box(NamedTuple):
    """The area of a line: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float


def sparkline(days: Days, box: Box, *, steps: bool = False) -> str:
    """Return the `d` of a path that fills a box: time to the right, values upwards.

    Empty without values. A flat line runs through the middle. steps: each value holds until the next.
    """
    values = [value for _, value in days if value is not None]
    if not values:
        return ""
    first, span = days[0][0], (days[-1][0] - days[0][0]).days or 1
    middle = (max(values) + min(values)) / 2
    height = max(max(values) - min(values), LEAST_SPAN * middle)
    return path(
        days,
        lambda day: box.x + box.width * (day - first).days / span,
        lambda value: box.y + box.height / 2 - box.height * (value - middle) / height,
        steps=steps,
    )


def path(days: Days, x: Callable[[date], float], y: Callable[[float], float], *, steps: bool = False) -> str:
    """Return the `d` of a path through the days, positioned by x and y."""
    commands, pen = [], "M"
    for day, value in days:
        if value is None:
            pen = "M"
            continue
        # "h0" makes a day between two gaps visible: a line of no length has round ends.
        if pen == "M":
            commands.append(f"M{x(day):.1f} {y(value):.1f}h0")
        else:
            commands.append(f"H{x(day):.1f}V{y(value):.1f}" if steps else f"L{x(day):.1f} {y(value):.1f}")
        pen = "L"
    return "".join(commands)
