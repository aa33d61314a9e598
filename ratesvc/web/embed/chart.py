"""A small chart of one currency in a page for an iframe: drawn by the server, readable without scripts.

A script adds what a pointer or the arrow keys ask: the day, and its rate.
"""

from datetime import date, timedelta
from typing import Any

from flask import Blueprint, Response

from ratesvc.core.currencies import BY_CODE
from ratesvc.render.i18n import LANGUAGES, Words
from ratesvc.render.sentence import sentence
from ratesvc.render.ticker import Look, day_of, dress
from ratesvc.web.charts.axes import Tick, dates, marks, scale
from ratesvc.web.charts.sparkline import Days, path
from ratesvc.web.embed import scripts
from ratesvc.web.embed.frames import THEMES, frame
from ratesvc.web.embed.numbers import wanted
from ratesvc.web.embed.series import line, series
from ratesvc.web.http.params import Asked

blueprint = Blueprint("chart", __name__)

CHART = ("range", "theme", "lang", "pin")
"""The parameters of the frame of a chart."""
RANGES = {"1m": 31, "3m": 92, "6m": 183, "1y": 366, "5y": 1827}
"""Days back from the newest rate."""
_CODES = ",".join(BY_CODE)


def chart_of(asked: Asked) -> tuple[str, str, Look]:
    """The range, the theme and the language. Raises Refused."""
    look = Look(language=asked.word("lang", LANGUAGES, "en"))
    return asked.word("range", list(RANGES), "1y"), asked.word("theme", THEMES, "auto"), look


@blueprint.get(f"/embed/chart/<any({_CODES}):code>")
def chart(code: str) -> Response:
    """The chart, live or as a version had it."""
    asked = Asked.of_a_page(*CHART)
    chosen, theme, look = chart_of(asked)
    found = wanted(asked, f"{code}/USD")
    [row] = dress([found.row], look)
    rates = series(found.newest, found.told, found.row, RANGES[chosen])
    return frame(
        "embed/chart.html",
        asked,
        found.seconds,
        row=row,
        code=code,
        sentence=sentence(found.row, look.words),
        words=look.words,
        theme=theme,
        ranges=RANGES,
        chosen=chosen,
        kept={name: asked.text(name) for name in ("lang", "theme", "pin")},
        colour=BY_CODE[code].colour,
        script=scripts.newest()["chart"],
        **(_drawing(rates, day_of(found.row), RANGES[chosen], look.words) if rates else {}),
    )


def _drawing(found: list[dict[str, Any]], last: date, back: int, words: Words) -> dict[str, Any]:
    """The line, its axes, and its points for the script: all in per cent of the drawing."""
    days: Days = line(found)
    values = [value for _, value in days if value is not None]
    low, high, step, decimals = scale(min(values), max(values), least_span=0.01 * max(values))
    back = min(back, (last - days[0][0]).days or 1)  # A short history fills the drawing too.
    first = last - timedelta(days=back)

    def x(day: date) -> float:
        return 100 * (day - first).days / back

    def y(value: float) -> float:
        return 100 * (high - value) / (high - low)

    return {
        "path": path(days, x, y),
        "rates": [Tick(y(mark), words.number(f"{mark:.{decimals}f}")) for mark in marks(low, high, step)],
        "days": [Tick(x(day), words.tick(day, skeleton)) for day, skeleton in dates(first, last)],
        "points": [
            [round(x(each["observed_on"]), 2), round(y(each["usd_per_unit"]), 2), words.day(each["observed_on"]),
             words.number(each["rate_precise"]), words.number(each["units_per_usd"])]
            for each in found
            if each["usd_per_unit"]
        ],
    }  # fmt: skip
