"""The pages for an iframe, which need not trust the page around them."""

from flask import Blueprint, Response, render_template, request

from ratesvc import ticker
from ratesvc.web import said
from ratesvc.web.answers import cacheable, seconds_left
from ratesvc.web.asked import Asked
from ratesvc.web.embed import scripts
from ratesvc.web.ticker import LOOK, look_of

blueprint = Blueprint("frames", __name__)

THEMES = ("auto", "light", "dark")
# Any site may frame these pages, and only these; they talk to nobody but this service.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors *"
)
SLOWEST, FASTEST = 10, 300
"""Pixels per second."""


def frame(template: str, seconds: int, **filled: object) -> Response:
    """A page that may be framed."""
    page = render_template(template, **filled)
    return cacheable(page.encode(), "text/html; charset=utf-8", seconds, Content_Security_Policy=POLICY)


@blueprint.get("/embed/ticker")
def the_ticker() -> Response:
    """The element in a page of its own, around rows that are there without JavaScript."""
    asked = Asked(*LOOK, "theme", "speed", "direction")
    look = look_of(asked)
    theme = asked.word("theme", THEMES, "auto")
    asked.number("speed", SLOWEST, FASTEST, 50)
    asked.word("direction", ("left", "right"), "left")
    newest = said.reader()
    return frame(
        "embed/ticker.html",
        seconds_left(newest.published),
        rows=ticker.dress(said.now(newest).rows, look),
        words=look.words,
        theme=theme,
        attributes={name: text for name, text in request.args.items() if name not in ("lang", "theme")},
        script=scripts.newest()["ticker"],
    )
