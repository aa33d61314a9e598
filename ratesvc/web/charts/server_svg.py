"""The first picture of a chart, drawn by the server from the same figure that Plotly gets.

It is there before any script and without one; Plotly takes its place when somebody is about to use the chart.
"""

from datetime import date
from math import log10
from typing import Any, NamedTuple

from ratesvc.render.i18n import Words
from ratesvc.web.charts.axes import Tick, dates, marks, scale
from ratesvc.web.charts.sparkline import Days, path

FEW_POINTS = 400
"""Of each line: what half a screen can show."""


class Line(NamedTuple):
    """One line: its name, its colour, its width in pixels, and the `d` of its path in a box of 100 by 100."""

    name: str
    colour: str
    width: float
    d: str


class Still(NamedTuple):
    """The lines of a chart, and the marks of its axes."""

    lines: list[Line]
    values: list[Tick]
    days: list[Tick]


def still(figure: dict[str, Any], words: Words, *, log: bool = False) -> Still | None:
    """The lines of a Plotly figure over days; None for one that is not made of them."""
    if not all(_is_line(trace) for trace in figure["data"]):
        return None
    drawn = [(trace, _days(trace)) for trace in figure["data"] if trace.get("x")]
    values = [value for _, days in drawn for _, value in days if value is not None]
    if not values:
        return None
    first = min(days[0][0] for _, days in drawn)
    last = max(days[-1][0] for _, days in drawn)
    span = (last - first).days or 1
    low, high, step, decimals = scale(min(values), max(values), least_span=0.002 * abs(max(values)))

    def x(day: date) -> float:
        return 100 * (day - first).days / span

    def height(value: float) -> float:
        return log10(value) if log and low > 0 else value

    def y(value: float) -> float:
        return 100 * (height(high) - height(value)) / (height(high) - height(low))

    suffix = figure["layout"].get("yaxis", {}).get("ticksuffix", "")
    return Still(
        [
            Line(trace.get("name", ""), trace["line"]["color"], trace["line"]["width"], path(days, x, y))
            for trace, days in drawn
        ],
        [Tick(y(mark), words.number(f"{mark:.{decimals}f}") + suffix) for mark in marks(low, high, step)],
        [Tick(x(day), words.tick(day, skeleton)) for day, skeleton in dates(first, last)],
    )


def _is_line(trace: dict[str, Any]) -> bool:
    """Whether it is a line over days with a colour and a width of its own: Plotly draws the others."""
    days = trace.get("x", [])
    over_days = isinstance(days, list) and all(isinstance(day, str) for day in days[:1])
    return trace["type"] == "scatter" and over_days and {"color", "width"} <= set(trace.get("line", {}))


def _days(trace: dict[str, Any]) -> Days:
    """Its days and values, of a long line every so many of them, with the holes; the whole comes with Plotly."""
    every = max(1, len(trace["x"]) // FEW_POINTS)
    return [
        (date.fromisoformat(day[:10]), value)
        for number, (day, value) in enumerate(zip(trace["x"], trace["y"], strict=True))
        if value is None or number % every == 0
    ]
