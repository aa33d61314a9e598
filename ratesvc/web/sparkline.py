"""A small line without axes, as the path of an SVG, there before any script."""

from collections.abc import Sequence
from datetime import date

WIDTH, HEIGHT, EDGE = 200, 40, 3
LEAST_SPAN = 0.02
"""The height of the box is at least 2 % of the value, so that a quiet currency looks quiet."""


def sparkline(days: Sequence[tuple[date, float | None]]) -> str:
    """The `d` of a path in a box of WIDTH by HEIGHT: time to the right, value upwards, a gap where a value is None.

    Empty without values. A flat line runs through the middle.
    """
    values = [value for _, value in days if value is not None]
    if not values:
        return ""
    first, span = days[0][0], (days[-1][0] - days[0][0]).days or 1
    middle = (max(values) + min(values)) / 2
    height = max(max(values) - min(values), LEAST_SPAN * middle)
    commands, pen = [], "M"
    for day, value in days:
        if value is None:
            pen = "M"
            continue
        x = EDGE + (WIDTH - 2 * EDGE) * (day - first).days / span
        y = HEIGHT / 2 - (HEIGHT - 2 * EDGE) * (value - middle) / height
        # "h0" makes a day between two holes visible: a line of no length has round ends.
        commands.append(f"{pen}{x:.1f} {y:.1f}" + ("h0" if pen == "M" else ""))
        pen = "L"
    return "".join(commands)
