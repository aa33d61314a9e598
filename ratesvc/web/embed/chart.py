"""A small chart of one currency for an iframe: rendered by the server, readable without scripts.

A script shows the day and the rate under the pointer, or by the arrow keys.
"""

from datetime import timedelta
from math import ceil
from typing import Annotated, Any

from flask import Blueprint, Response

from ratesvc.core.currencies import BY_CODE, CODES
from ratesvc.render.i18n import Words
from ratesvc.render.sentence import sentence, spoken_of
from ratesvc.render.ticker import Look, Row, day_of, subject
from ratesvc.web.charts.server_svg import Line, draw
from ratesvc.web.embed import scripts
from ratesvc.web.embed.frames import frame
from ratesvc.web.embed.numbers import find_row, of_its_currency, rate_of, reverse
from ratesvc.web.embed.series import line, series
from ratesvc.web.http.assets import mark
from ratesvc.web.http.params import Language, PairParams, Theme, Version, Way, one_of

blueprint = Blueprint("chart", __name__)

RANGES = {"1m": 31, "3m": 92, "6m": 183, "1y": 366, "5y": 1827}
"""Days back from the newest rate."""
MOST_VALUES = 4
"""On the axis of values: the chart is small."""
LETTERS = {
    "latin": "U+20-FF, U+2BB-2BC, U+2013-2026, U+20AC, U+2212",
    "latin-ext": "U+100-17F",
    "cyrillic": "U+401, U+406, U+40E, U+410-451, U+456, U+45E, U+4B0-4B1, U+2116",
    "cyrillic-ext": "U+492-4AF, U+4B2-4EF",
}
"""The letters in each part of the fonts of the pages."""
_CODES = ",".join(CODES)


class ChartFrameParams(PairParams):
    """Parameters of the frame of a chart."""

    direction: Way = "unit"
    range: Annotated[str, one_of(*RANGES)] = "1y"
    theme: Theme = "auto"
    lang: Language = "en"
    pin: Version | None = None


@blueprint.get(f"/embed/chart/<any({_CODES}):code>")
def chart(code: str) -> Response:
    """Show the chart, current or pinned to a version."""
    params = ChartFrameParams.parse_page()
    look = Look(language=params.lang, digits="precise")
    pair = params.pair(code)
    pair_row = find_row(pair, version=params.pin)
    row = of_its_currency(pair_row, look, params.pin)
    rates = series(pair_row.newest, pair_row.ticker, pair_row.row, RANGES[params.range])
    return frame(
        "embed/chart.html",
        params,
        pair_row.seconds,
        row=row,
        code=code,
        rate=rate_of(row),
        reverse=reverse(pair, params.lang, params.pin),
        sentence=sentence(find_row(spoken_of(pair), version=params.pin).row, look.words),
        words=look.words,
        theme=params.theme,
        ranges=RANGES,
        chosen=params.range,
        kept={name: params.sent.get(name) for name in ("base", "direction", "lang", "theme", "pin")},
        letters=LETTERS,
        mark=mark(),
        script=scripts.newest()["chart"],
        end=rate_of(row),
        **_chart(rates, row, RANGES[params.range], look.words),
    )


def _chart(rates: list[dict[str, Any]], row: Row, back: int, words: Words) -> dict[str, Any]:
    """Draw the chart, and list its points for the script: position in percent of the drawing, and labels."""
    if not rates:
        return {}
    code, days = subject(row), line(rates, row)
    # A short history fills the whole width.
    first = max(day_of(row) - timedelta(days=back), rates[0]["observed_on"])
    drawn = Line(code, BY_CODE[code].colour, 2, days, rate_of(row), row["kind"] == "official")
    drawing = draw([drawn], words, first=first, least_span=0.01)
    if drawing is None:
        return {}
    inverted = row["inverted"]
    values = drawing.values[:: ceil(len(drawing.values) / MOST_VALUES)]
    return {
        "drawing": drawing._replace(values=values),
        "axis": max((len(tick.text) for tick in values), default=0),
        "beside": _beside_the_end([drawing.place(day, value) for day, value in days if value is not None]),
        "points": [
            [
                *(round(at, 2) for at in drawing.place(each["observed_on"], value)),
                words.day(each["observed_on"]),
                *(words.number(text) for text in (both if inverted else reversed(both))),
            ]
            for each, (_, value) in zip(rates, days, strict=True)
            if value and (both := (each["inverse_precise"], f"{each['rate'].normalize():f}"))
        ],
    }


def _beside_the_end(points: list[tuple[float, float]]) -> tuple[float, bool]:
    """Find where a label of the last point hides no line: how far from the top in percent, and whether above that."""
    heights = [y for x, y in points if x > 60]
    above = max(heights) > 85 or points[-1][1] - min(heights) <= max(heights) - points[-1][1]
    return (min(heights) if above else max(heights)), above
