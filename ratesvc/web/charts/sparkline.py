"""Small lines without axes, as the path of an SVG, there before any script."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

Days = Sequence[tuple[date, float | None]]
"""Values by day; None breaks the line."""

LEAST_SPAN = 0.02
"""The height of the box is at least 2 % of the value, so that a quiet currency looks quiet."""


class Box(NamedTuple):
    """Where a line is drawn: its left upper corner and its size."""

    x: float
    y: float
    width: float
    height: float


ON_A_CARD = Box(3, 3, 194, 34)
"""Within 200 by 40, with air for the line's round ends."""


def sparkline(days: Days, box: Box = ON_A_CARD) -> str:
    """The `d` of a path that fills a box: time to the right, value upwards.

    Empty without values. A flat line runs through the middle.
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
    )


def path(days: Days, x: Callable[[date], float], y: Callable[[float], float]) -> str:
    """The `d` of a path through the days, where x and y put them."""
    commands, pen = [], "M"
    for day, value in days:
        if value is None:
            pen = "M"
            continue
        # "h0" makes a day between two holes visible: a line of no length has round ends.
        commands.append(f"{pen}{x(day):.1f} {y(value):.1f}" + ("h0" if pen == "M" else ""))
        pen = "L"
    return "".join(commands)
