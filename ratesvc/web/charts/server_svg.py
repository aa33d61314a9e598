"""Lines over days as SVG, drawn by the server: they are there before any script, and without one.

On a page the drawing shows the figure that Plotly gets, until a reader wants to use the chart; in a frame it is the
chart.
"""

from collections.abc import Callable, Sequence
from datetime import date
from math import log10
from typing import Any, NamedTuple

from ratesvc.render.i18n import Words
from ratesvc.web.charts.axes import Tick, dates, marks, scale
from ratesvc.web.charts.sparkline import Days, path

MOST_POINTS = 400
"""Of each line: what half a screen can show."""


class Line(NamedTuple):
    """A line to be drawn; its width in pixels."""

    name: str
    colour: str
    width: float
    days: Days


class Path(NamedTuple):
    """A drawn line: `d` is that of an SVG path in a box of 100 by 100."""

    name: str
    colour: str
    width: float
    d: str


class Drawing(NamedTuple):
    """The lines and the marks of the axes. `place` gives where a day and a value are, in per cent of the box."""

    lines: list[Path]
    values: list[Tick]
    days: list[Tick]
    place: Callable[[date, float], tuple[float, float]]


def draw(
    lines: Sequence[Line],
    words: Words,
    *,
    first: date | None = None,
    least_span: float = 0.002,
    suffix: str = "",
    log: bool = False,
) -> Drawing | None:
    """Draw lines from the first day to their last; None where they have no values.

    least_span: the height of the box, as a share of the highest value, is at least so much, so that a quiet currency
    looks quiet. suffix: follows the values at the axis.
    """
    drawn = [line for line in lines if line.days]
    values = [value for line in drawn for _, value in line.days if value is not None]
    if not values:
        return None
    first = first or min(line.days[0][0] for line in drawn)
    last = max(line.days[-1][0] for line in drawn)
    span = (last - first).days or 1
    low, high, step, decimals = scale(min(values), max(values), least_span=least_span * abs(max(values)))

    def height(value: float) -> float:
        return log10(value) if log and low > 0 else value

    def x(day: date) -> float:
        return 100 * (day - first).days / span

    def y(value: float) -> float:
        return 100 * (height(high) - height(value)) / (height(high) - height(low))

    return Drawing(
        [Path(line.name, line.colour, line.width, path(line.days, x, y)) for line in drawn],
        [Tick(y(mark), words.number(f"{mark:.{decimals}f}") + suffix) for mark in marks(low, high, step)],
        [Tick(x(day), words.tick(day, skeleton)) for day, skeleton in dates(first, last)],
        lambda day, value: (x(day), y(value)),
    )


def draw_figure(figure: dict[str, Any], words: Words, *, log: bool = False) -> Drawing | None:
    """Draw a Plotly figure of lines over days; None for another kind of figure."""
    if not all(_is_line(trace) for trace in figure["data"]):
        return None
    return draw(
        [
            Line(trace.get("name", ""), trace["line"]["color"], trace["line"]["width"], _days(trace))
            for trace in figure["data"]
            if trace.get("x")
        ],
        words,
        suffix=figure["layout"].get("yaxis", {}).get("ticksuffix", ""),
        log=log,
    )


def _is_line(trace: dict[str, Any]) -> bool:
    """Whether it is a line over days with a colour and a width of its own: Plotly draws the others."""
    days = trace.get("x", [])
    over_days = isinstance(days, list) and all(isinstance(day, str) for day in days[:1])
    return trace["type"] == "scatter" and over_days and {"color", "width"} <= set(trace.get("line", {}))


def _days(trace: dict[str, Any]) -> Days:
    """The days and values of a trace; of a long one every so many, with its holes. Plotly has all of them."""
    every = max(1, len(trace["x"]) // MOST_POINTS)
    return [
        (date.fromisoformat(day[:10]), value)
        for number, (day, value) in enumerate(zip(trace["x"], trace["y"], strict=True))
        if value is None or number % every == 0
    ]
