"""Server-side SVG charts of lines and of bars, visible before and without scripts.

On a page the drawing shows the same figure as Plotly until a reader uses the chart; in a frame it is the chart.
"""

from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise
from math import log10
from typing import Any, NamedTuple

from ratesvc.render.i18n import MINUS, Words
from ratesvc.web.charts.axes import Tick, dates, marks, scale
from ratesvc.web.charts.sparkline import Days, path

LABEL = 4.5
"""Height of a line of text in a drawing, in percent."""
FEWEST_CANDLES = 2
"""Their distance is the width of a candle."""
MOST_POINTS = 400
"""Points per line, enough for half a screen."""


class Line(NamedTuple):
    """A line to draw. width: in pixels. end: the label at its end. steps: each value holds until the next."""

    name: str
    colour: str
    width: float
    days: Days
    end: str = ""
    steps: bool = False


class Path(NamedTuple):
    """A line as an SVG path: `d` is in a box of 100 by 100."""

    name: str
    colour: str
    width: float
    d: str


class End(NamedTuple):
    """A label at the end of a line. at: percent of the drawing, from the top."""

    at: float
    text: str
    colour: str


class Mark(NamedTuple):
    """A circle on a line, in percent of the drawing, and what it says."""

    x: float
    y: float
    text: str
    colour: str


class Bar(NamedTuple):
    """A bar, in percent of the drawing, from the left and from the top. hollow: only its outline."""

    x: float
    y: float
    width: float
    height: float
    colour: str
    hollow: bool = False


class Drawing(NamedTuple):
    """The lines or bars, and axis ticks. `place` maps a day and a value to percent of the box."""

    lines: list[Path]
    values: list[Tick]
    days: list[Tick]
    place: Callable[[date, float], tuple[float, float]]
    ends: list[End]
    """What stands at the ends of the lines."""
    bars: Sequence[Bar] = ()
    marks: Sequence[Mark] = ()


def draw(
    lines: Sequence[Line],
    words: Words,
    *,
    first: date | None = None,
    least_span: float = 0.002,
    suffix: str = "",
    log: bool = False,
) -> Drawing | None:
    """Draw lines from the first day to their last; None if they have no values.

    least_span: minimum height of the box as a share of the highest value, so that small changes look small. suffix:
    follows the values at the axis.
    """
    visible = [line for line in lines if line.days]
    values = [value for line in visible for _, value in line.days if value is not None]
    if not values:
        return None
    first = first or min(line.days[0][0] for line in visible)
    last = max(line.days[-1][0] for line in visible)
    span = (last - first).days or 1
    low, high, step, decimals = scale(min(values), max(values), least_span=least_span * abs(max(values)))

    def height(value: float) -> float:
        return log10(value) if log and low > 0 else value

    def x(day: date) -> float:
        return 100 * (day - first).days / span

    def y(value: float) -> float:
        return 100 * (height(high) - height(value)) / (height(high) - height(low))

    def d(line: Line) -> str:
        in_force = line.steps and line.days[-1][1] is not None
        return path(line.days, x, y, steps=line.steps) + ("h1" if in_force else "")

    return Drawing(
        [Path(line.name, line.colour, line.width, d(line)) for line in visible],
        [
            Tick(y(mark), words.number(f"{mark:.{decimals}f}").replace("-", MINUS) + suffix)
            for mark in marks(low, high, step)
        ],
        [Tick(x(day), words.tick(day, skeleton)) for day, skeleton in dates(first, last)],
        lambda day, value: (x(day), y(value)),
        _apart(
            [
                End(y(next(value for _, value in reversed(line.days) if value is not None)), line.end, line.colour)
                for line in visible
                if line.end and any(value is not None for _, value in line.days)
            ]
        ),
    )


def draw_figure(figure: dict[str, Any], words: Words, *, log: bool = False) -> Drawing | None:
    """Draw a Plotly figure of lines over days, candles, or bars over percentages; None for another kind of figure."""
    if len(figure["data"]) == 1 and figure["data"][0]["type"] == "bar" and "offset" in figure["data"][0]:
        return _draw_bars(figure["data"][0], words)
    if any("base" in trace for trace in figure["data"]):
        return _draw_candles(figure["data"][0], figure["data"][1:], words, log=log)
    marks = [trace for trace in figure["data"] if trace.get("meta", {}).get("marks")]
    lines = [trace for trace in figure["data"] if trace not in marks]
    if not all(_is_line(trace) for trace in lines):
        return None
    drawing = draw(
        [
            Line(
                trace.get("name", ""),
                trace["line"]["color"],
                trace["line"]["width"],
                _days(trace),
                trace.get("meta", {}).get("end", ""),
                trace["line"].get("shape") == "hv",
            )
            for trace in lines
            if trace.get("x")
        ],
        words,
        suffix=figure["layout"].get("yaxis", {}).get("ticksuffix", ""),
        log=log,
    )
    return drawing and drawing._replace(marks=[mark for trace in marks for mark in _marks(trace, drawing)])


def _marks(trace: dict[str, Any], drawing: Drawing) -> list[Mark]:
    """Place the circles of a trace; one beyond the last day stands at the end of the line."""
    placed = []
    for day, value, text in zip(trace["x"], trace["y"], trace["customdata"], strict=True):
        x, y = drawing.place(date.fromisoformat(day[:10]), value)
        placed.append(Mark(min(x, 100), y, text, trace["marker"]["color"]))
    return placed


def _draw_bars(trace: dict[str, Any], words: Words) -> Drawing:
    """Draw a trace of bars, each with its own place, width and colour, from zero up."""
    starts = [middle + offset for middle, offset in zip(trace["x"], trace["offset"], strict=True)]
    left, right = min(starts), max(start + width for start, width in zip(starts, trace["width"], strict=True))
    span = right - left or 1
    _, high, step, _ = scale(0, max(trace["y"]))
    first, last, every, decimals = scale(left, right)
    colours = trace["marker"]["color"]
    bars = [
        Bar(100 * (start - left) / span, 100 * (1 - count / high), 100 * width / span, 100 * count / high, colour)
        for start, count, width, colour in zip(starts, trace["y"], trace["width"], colours, strict=True)
    ]
    counts = [mark for mark in marks(0, high, step) if mark == int(mark)]
    places = [mark for mark in marks(first, last, every) if left <= mark <= right][::2]
    return Drawing(
        [],
        [Tick(100 * (1 - mark / high), words.number(f"{mark:.0f}")) for mark in counts],
        [Tick(100 * (mark - left) / span, words.percent(f"{mark:.{decimals}f}")) for mark in places],
        lambda _day, _value: (0, 0),
        [],
        bars,
    )


def _draw_candles(wicks: dict[str, Any], traces: list[dict[str, Any]], words: Words, *, log: bool) -> Drawing | None:
    """Draw a trace of wicks, which has each day twice and a gap, and traces of bars with their bases."""
    days = [date.fromisoformat(day) for day in wicks["x"][::3]]
    if len(days) < FEWEST_CANDLES:
        return None
    half = min(after - before for before, after in pairwise(days)) / 2
    line: list[tuple[date, float | None]] = []
    for day, low, high in zip(days, wicks["y"][::3], wicks["y"][1::3], strict=True):
        line += [(day, low), (day, high), (day, None)]
    line.append((days[-1] + half, None))
    drawing = draw([Line("", wicks["line"]["color"], 1, line)], words, first=days[0] - half, log=log)
    if drawing is None:
        return None
    width = 0.65 * 100 * 2 * half / (days[-1] - days[0] + 2 * half)
    bars = []
    for trace in traces:
        for day, base, body in zip(trace["x"], trace["base"], trace["y"], strict=True):
            x, top = drawing.place(date.fromisoformat(day), max(base, base + body))
            bottom = drawing.place(date.fromisoformat(day), min(base, base + body))[1]
            hollow = trace["marker"]["color"] != trace["marker"]["line"]["color"]
            bars.append(Bar(x - width / 2, top, width, bottom - top, trace["marker"]["line"]["color"], hollow))
    return drawing._replace(bars=bars)


def _apart(ends: list[End]) -> list[End]:
    """Move labels that would touch one another apart, from the top down."""
    placed: list[End] = []
    for end in sorted(ends):
        lowest = placed[-1].at + LABEL * (1 + placed[-1].text.count("<br>")) if placed else 0
        placed.append(end._replace(at=max(end.at, lowest)))
    return placed


def _is_line(trace: dict[str, Any]) -> bool:
    """Whether a trace is a line over days with its own colour and width; only Plotly draws the others."""
    days = trace.get("x", [])
    over_days = isinstance(days, list) and all(isinstance(day, str) for day in days[:1])
    return trace["type"] == "scatter" and over_days and {"color", "width"} <= set(trace.get("line", {}))


def _days(trace: dict[str, Any]) -> Days:
    """Return the days and values of a trace. A long one is thinned, with its gaps kept; Plotly gets every point."""
    every = max(1, len(trace["x"]) // MOST_POINTS)
    return [
        (date.fromisoformat(day[:10]), value)
        for number, (day, value) in enumerate(zip(trace["x"], trace["y"], strict=True))
        if value is None or number % every == 0
    ]
