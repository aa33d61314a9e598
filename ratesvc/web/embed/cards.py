"""Images of one currency or of all, rendered by the server: for social media, or as a strip in an article."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, NamedTuple

import resvg_py
from flask import Blueprint, Response, render_template

from ratesvc.core.currencies import BY_CODE, CODES
from ratesvc.render.i18n import Words
from ratesvc.render.sentence import sentence, spoken_of
from ratesvc.render.ticker import Look, Row, banks, day_of, dress
from ratesvc.web.charts.sparkline import Box, sparkline
from ratesvc.web.embed.numbers import PairRow, find_row, of_its_currency, rate_of, reverse
from ratesvc.web.embed.series import line, series
from ratesvc.web.http.assets import mark
from ratesvc.web.http.params import Language, PairParams, Version, Way, one_of
from ratesvc.web.http.responses import cacheable

blueprint = Blueprint("cards", __name__)

SIZES = {"social": (1200, 630), "sparkline": (600, 120)}
"""Pixels: the size that social networks expect, and one that fits a column of text."""
_BOXES = {"social": Box(64, 400, 1058, 88), "sparkline": Box(282, 40, 156, 36)}
_FIRST_ROW, _ROW = 196, 72
"""Of the card of all currencies: the top of its first line, and the height of a row."""
_FONTS = [str(path) for path in (Path(__file__).parent / "fonts").glob("*.ttf")]
_CODES = ",".join(CODES)
PAINT: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "light": {
            "back": "#fdfcf9", "ink": "#15191f", "soft": "#5d6470", "line": "#e6e3dc", "mark": "#1f4e8c",
            "up": "#0b7a4b", "down": "#b3302a", "warn": "#7a4a00",
        },
        "dark": {
            "back": "#14171c", "ink": "#eceae5", "soft": "#a3a8b1", "line": "#2e333c", "mark": "#8db4e8",
            "up": "#5cc795", "down": "#f1897f", "warn": "#ffc56e",
        },
    }
)  # fmt: skip
"""The colours of the pages (static/site.css), for images, which know no CSS variables."""


class Drawn(NamedTuple):
    """A line: its path, where its last value is, and its first and last day."""

    d: str
    x: float
    y: float
    first: date
    last: date


class CardParams(PairParams):
    """Parameters of every card."""

    direction: Way = "unit"
    theme: Annotated[str, one_of("light", "dark")] = "light"
    lang: Language = "en"
    pin: Version | None = None


class SizedCardParams(CardParams):
    """Parameters of the card of one currency."""

    size: Annotated[str, one_of(*SIZES)] = "social"


@blueprint.get(f"/card/<any({_CODES}):code>.<any(svg,png):form>")
def card(code: str, form: str) -> Response:
    """Render the card of a currency: its rate, its change, a year's line and its source."""
    params = SizedCardParams.parse_page()
    look = Look(language=params.lang, digits="precise")
    pair = params.pair(code)
    pair_row = find_row(pair, version=params.pin)
    row = of_its_currency(pair_row, look, params.pin)
    [waiting] = dress([pair_row.row], replace(look, unconfirmed="show"))
    width, height = SIZES[params.size]
    svg = render_template(
        f"embed/card-{params.size}.svg",
        row=row,
        rate=rate_of(row),
        reverse=reverse(pair, params.lang, params.pin),
        waiting=waiting,
        waiting_on=day_of(waiting) if row["mark"] else None,
        code=code,
        base=params.base,
        words=look.words,
        paint=PAINT[params.theme],
        mark=mark(),
        sentence=sentence(find_row(spoken_of(pair), version=params.pin).row, look.words),
        colour=BY_CODE[code].colour,
        line=draw(pair_row, _BOXES[params.size], 365),
        width=width,
        height=height,
    )
    return image(svg, form, pair_row.seconds)


@blueprint.get("/card/all.<any(svg,png):form>")
def all_card(form: str) -> Response:
    """Render the card of all currencies: what a ticker says, for mail and messengers."""
    params = CardParams.parse_page()
    look = Look(language=params.lang, digits="precise")
    found = [find_row(params.pair(code), version=params.pin) for code in CODES]
    rows = [of_its_currency(each, look, params.pin) for each in found]
    newest = max((day_of(row) for row in rows if row["observed_on"] and not row["pegged"]), default=None)
    lines = [draw(pair_row, Box(500, _FIRST_ROW + _ROW * index, 150, 36), 90) for index, pair_row in enumerate(found)]
    width, height = SIZES["social"]
    svg = render_template(
        "embed/card-all.svg",
        rows=[
            (row, code, line, BY_CODE[code].colour, row["label"] or _other_day(row, newest, look.words))
            for row, line, code in zip(rows, lines, CODES, strict=True)
        ],
        rate_of=rate_of,
        title="; ".join(row["text"] for row in rows),
        newest=newest,
        credit=banks(rows, look.words),
        words=look.words,
        paint=PAINT[params.theme],
        mark=mark(),
        width=width,
        height=height,
    )
    return image(svg, form, found[0].seconds)


def _other_day(row: Row, newest: date | None, words: Words) -> str | None:
    """Return the day of a rate that is not of the newest one."""
    return words.tick(day_of(row), "MMMd") if row["observed_on"] and newest and day_of(row) != newest else None


def draw(pair_row: PairRow, box: Box, days: int) -> Drawn | None:
    """Draw the last days of a row's source in a box, official rates in steps; None without a rate."""
    row = pair_row.row
    points = line(series(pair_row.newest, pair_row.ticker, row, days), row)
    if not (d := sparkline(points, box, steps=row["kind"] == "official")):
        return None
    known = [day for day, value in points if value is not None]  # A line may begin with a gap.
    x, y = map(float, re.findall(r"\d+\.\d", d)[-2:])
    return Drawn(d, x, y, known[0], known[-1])


def image(svg: str, form: str, seconds: int) -> Response:
    """Build the response of a card in a form, svg or png."""
    if form == "svg":
        return cacheable(svg.encode(), "image/svg+xml; charset=utf-8", seconds)
    return cacheable(_png(svg), "image/png", seconds)


def _png(svg: str) -> bytes:
    # Without a matching font, resvg silently draws no text.
    return resvg_py.svg_to_bytes(
        svg_string=svg, skip_system_fonts=True, font_files=_FONTS, font_family="Inter", sans_serif_family="Inter"
    )
