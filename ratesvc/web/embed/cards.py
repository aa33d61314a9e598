"""Images of a currency, rendered by the server: for social media, or as a strip in an article."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import resvg_py
from flask import Blueprint, Response, render_template

from ratesvc.core.currencies import BY_CODE, CODES
from ratesvc.render.sentence import sentence, spoken_of
from ratesvc.render.ticker import Look, day_of, dress
from ratesvc.web.charts.sparkline import Box, sparkline
from ratesvc.web.embed.numbers import find_row
from ratesvc.web.embed.series import line, series
from ratesvc.web.http.params import Language, PairParams, Version, Way, one_of
from ratesvc.web.http.responses import cacheable

blueprint = Blueprint("cards", __name__)

SIZES = {"social": (1200, 630), "sparkline": (600, 120)}
"""Pixels: the size that social networks expect, and one that fits a column of text."""
_BOXES = {"social": Box(64, 300, 1072, 150), "sparkline": Box(270, 18, 170, 64)}
_FONTS = [str(path) for path in (Path(__file__).parent / "fonts").glob("*.ttf")]
_CODES = ",".join(CODES)


class CardParams(PairParams):
    """Parameters of a card."""

    direction: Way = "unit"
    size: Annotated[str, one_of(*SIZES)] = "social"
    theme: Annotated[str, one_of("light", "dark")] = "light"
    lang: Language = "en"
    pin: Version | None = None


@blueprint.get(f"/card/<any({_CODES}):code>.<any(svg,png):form>")
def card(code: str, form: str) -> Response:
    """Render the card of a currency: its rate, its change, a year's line and its source."""
    params = CardParams.parse_page()
    look = Look(language=params.lang, digits="precise")
    pair = params.pair(code)
    pair_row = find_row(pair, version=params.pin)
    [row] = dress([pair_row.row], look)
    [waiting] = dress([pair_row.row], replace(look, unconfirmed="show"))
    days = line(series(pair_row.newest, pair_row.ticker, pair_row.row, 365), pair_row.row)
    days_with_rate = [day for day, value in days if value is not None]  # A line may begin with a gap.
    width, height = SIZES[params.size]
    svg = render_template(
        f"embed/card-{params.size}.svg",
        row=row,
        waiting=waiting,
        waiting_on=day_of(waiting) if row["mark"] else None,
        code=code,
        base=params.base,
        words=look.words,
        dark=params.theme == "dark",
        sentence=sentence(find_row(spoken_of(pair), version=params.pin).row, look.words),
        colour=BY_CODE[code].colour,
        path=sparkline(days, _BOXES[params.size]),
        first=days_with_rate[0] if days_with_rate else None,
        last=days_with_rate[-1] if days_with_rate else None,
        width=width,
        height=height,
    )
    if form == "svg":
        return cacheable(svg.encode(), "image/svg+xml; charset=utf-8", pair_row.seconds)
    return cacheable(_png(svg), "image/png", pair_row.seconds)


def _png(svg: str) -> bytes:
    # Without an explicit font, resvg silently draws no text.
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        skip_system_fonts=True,
        font_files=_FONTS,
        font_family="DejaVu Sans",
        sans_serif_family="DejaVu Sans",
    )
