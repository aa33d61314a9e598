"""A small chart of one currency in a page for an iframe: drawn by the server, readable without scripts.

A script adds what a pointer or the arrow keys ask: the day, and its rate.
"""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response

from ratesvc.core.currencies import BY_CODE
from ratesvc.render.i18n import LANGUAGES, Words
from ratesvc.render.sentence import sentence
from ratesvc.render.ticker import Look, Row, day_of, dress
from ratesvc.web.charts.server_svg import Line, draw
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
        script=scripts.newest()["chart"],
        **_chart(rates, found.row, RANGES[chosen], look.words),
    )


def _chart(rates: list[dict[str, Any]], row: Row, back: int, words: Words) -> dict[str, Any]:
    """The drawing, and for the script its points: where each is, in per cent of the drawing, and what to say of it."""
    if not rates:
        return {}
    code = row["pair"].partition("/")[0]
    # A short history fills the drawing too.
    first = max(day_of(row) - timedelta(days=back), rates[0]["observed_on"])
    drawing = draw([Line(code, BY_CODE[code].colour, 2, line(rates))], words, first=first, least_span=0.01)
    if drawing is None:
        return {}
    return {
        "drawing": drawing,
        "points": [
            [
                *(round(at, 2) for at in drawing.place(each["observed_on"], each["usd_per_unit"])),
                words.day(each["observed_on"]),
                words.number(each["rate_precise"]),
                words.number(each["units_per_usd"]),
            ]
            for each in rates
            if each["usd_per_unit"]
        ],
    }
