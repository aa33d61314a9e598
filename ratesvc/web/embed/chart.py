"""A small chart of one currency in a page for an iframe: drawn by the server, readable without scripts.

A script adds what a pointer or the arrow keys ask: the day, and its rate.
"""

from datetime import timedelta
from typing import Annotated, Any

from flask import Blueprint, Response

from ratesvc.core.currencies import BY_CODE
from ratesvc.render.i18n import Words
from ratesvc.render.sentence import sentence
from ratesvc.render.ticker import Look, Row, day_of, dress
from ratesvc.web.charts.server_svg import Line, draw
from ratesvc.web.embed import scripts
from ratesvc.web.embed.frames import frame
from ratesvc.web.embed.numbers import wanted
from ratesvc.web.embed.series import line, series
from ratesvc.web.http.params import Language, Params, Theme, Version, one_of

blueprint = Blueprint("chart", __name__)

RANGES = {"1m": 31, "3m": 92, "6m": 183, "1y": 366, "5y": 1827}
"""Days back from the newest rate."""
_CODES = ",".join(BY_CODE)


class ChartFrameParams(Params):
    """Parameters of the frame of a chart."""

    range: Annotated[str, one_of(*RANGES)] = "1y"
    theme: Theme = "auto"
    lang: Language = "en"
    pin: Version | None = None


@blueprint.get(f"/embed/chart/<any({_CODES}):code>")
def chart(code: str) -> Response:
    """The chart, live or as a version had it."""
    params = ChartFrameParams.parse_page()
    look = Look(language=params.lang)
    found = wanted(f"{code}/USD", version=params.pin)
    [row] = dress([found.row], look)
    rates = series(found.newest, found.told, found.row, RANGES[params.range])
    return frame(
        "embed/chart.html",
        params,
        found.seconds,
        row=row,
        code=code,
        sentence=sentence(found.row, look.words),
        words=look.words,
        theme=params.theme,
        ranges=RANGES,
        chosen=params.range,
        kept={name: params.sent.get(name) for name in ("lang", "theme", "pin")},
        script=scripts.newest()["chart"],
        **_chart(rates, found.row, RANGES[params.range], look.words),
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
