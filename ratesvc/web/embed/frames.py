"""The pages for an iframe, which need not trust the page around them."""

from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request

from ratesvc.core import settings
from ratesvc.render import ticker
from ratesvc.render.ticker import Look
from ratesvc.web.embed import scripts
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Asked
from ratesvc.web.http.responses import cacheable, seconds_left
from ratesvc.web.http.ticker_routes import LOOK, look_of

blueprint = Blueprint("frames", __name__)

THEMES = ("auto", "light", "dark")
# Any site may frame these pages, and only these; they talk to nobody but this service.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors *"
)
TICKER = (*LOOK, "theme", "speed", "direction")
"""The parameters of the frame of a ticker."""
SLOWEST, FASTEST = 10, 300
"""Pixels per second."""


def frame(template: str, asked: Asked, seconds: int, **filled: object) -> Response:
    """A page that may be framed, and that tells how (oEmbed)."""
    page = render_template(template, **filled, oembed=discovery(asked), origin=settings.load().address)
    return cacheable(page.encode(), "text/html; charset=utf-8", seconds, Content_Security_Policy=POLICY)


def discovery(asked: Asked) -> str:
    """Where a machine learns how to embed the page in hand, but for the format of the answer."""
    origin = settings.load().address
    here = origin + request.path + (f"?{urlencode(asked.given)}" if asked.given else "")
    return f"{origin}/oembed?{urlencode({'url': here})}"


def ticker_of(asked: Asked) -> tuple[Look, dict[str, str]]:
    """How the rows are wanted, and the attributes of the element. Raises Refused."""
    look = look_of(asked)
    asked.word("theme", THEMES, "auto")
    asked.number("speed", SLOWEST, FASTEST, 50)
    asked.word("direction", ("left", "right"), "left")
    return look, {name: text for name in TICKER if (text := asked.text(name)) is not None}


@blueprint.get("/embed/ticker")
def the_ticker() -> Response:
    """The element in a page of its own, around rows that are there without JavaScript."""
    asked = Asked.of_a_page(*TICKER)
    look, attributes = ticker_of(asked)
    newest = ticker_rows.reader()
    rows = ticker.dress(ticker_rows.now(newest).rows, look)
    return frame(
        "embed/ticker.html",
        asked,
        seconds_left(newest.published),
        rows=rows,
        credit=ticker.credit(rows, look.words),
        words=look.words,
        theme=attributes.pop("theme", "auto"),
        attributes={**attributes, "lang": look.words.language},
        script=scripts.newest()["ticker"],
    )
