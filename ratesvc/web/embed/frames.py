"""Pages for iframes, isolated from the site around them."""

from typing import Annotated
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request
from pydantic import Field

from ratesvc.core import settings
from ratesvc.render import ticker
from ratesvc.web.embed import scripts
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Params, Theme, whole
from ratesvc.web.http.responses import HOT_SECONDS, cacheable, seconds_left
from ratesvc.web.http.ticker_routes import RowsParams, StripParams

blueprint = Blueprint("frames", __name__)

THEMES = ("auto", "light", "dark")
# Any site may frame these pages; they connect only to this service.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors *"
)
SLOWEST, FASTEST = 10, 300
"""Pixels per second."""


class TickerFrameParams(StripParams, RowsParams):
    """Parameters of the ticker frame, which are also the attributes of the element."""

    theme: Theme = "auto"
    speed: Annotated[int, whole(SLOWEST, FASTEST)] = Field(50, description="Pixels per second.")

    @property
    def attributes(self) -> dict[str, str]:
        """The sent parameters as attributes of the element, in a fixed order."""
        return {name: self.sent[name] for name in TickerFrameParams.model_fields if name in self.sent}


def frame(template: str, params: Params, seconds: int, **context: object) -> Response:
    """Build the response of a page that any site may frame, with its oEmbed link."""
    page = render_template(template, **context, oembed=discovery(params), origin=settings.load().address)
    return cacheable(page.encode(), "text/html; charset=utf-8", seconds, Content_Security_Policy=POLICY)


def discovery(params: Params) -> str:
    """Return the oEmbed URL of the current page, without the parameter `format`."""
    origin = settings.load().address
    here = origin + request.path + (f"?{urlencode(params.sent)}" if params.sent else "")
    return f"{origin}/oembed?{urlencode({'url': here})}"


@blueprint.get("/embed/ticker")
def the_ticker() -> Response:
    """Show the ticker element on a page of its own, with rows that need no JavaScript inside."""
    params = TickerFrameParams.parse_page()
    look, attributes = params.look, params.attributes
    newest = ticker_rows.reader()
    rows = ticker.dress(ticker_rows.now(newest).selection(look.pairs), look)
    return frame(
        "embed/ticker.html",
        params,
        seconds_left(newest.published) if request.args else HOT_SECONDS,
        rows=rows,
        credit=ticker.credit(rows, look.words),
        words=look.words,
        fontsize=params.fontsize,
        height=ticker.height_of(params.fontsize),
        sources=params.sources,
        theme=attributes.pop("theme", "auto"),
        attributes={**attributes, "lang": look.words.language},
        script=scripts.newest()["ticker"],
    )
