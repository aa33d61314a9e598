"""oEmbed 1.0 (https://oembed.com): content management systems embed a URL of this service that an editor pasted.

WordPress keeps only one iframe of a response, so the response is one iframe.
"""

import re
from collections.abc import Mapping
from typing import Annotated, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, json
from lxml import etree
from lxml.builder import E
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from ratesvc.core import settings
from ratesvc.core.currencies import CODES
from ratesvc.render.i18n import Words
from ratesvc.render.ticker import height_of
from ratesvc.web.embed.chart import ChartFrameParams
from ratesvc.web.embed.frames import TickerFrameParams
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import ParameterError, Params, whole
from ratesvc.web.http.responses import cacheable, seconds_left

blueprint = Blueprint("oembed", __name__)

LONGEST = 2000
"""Maximum length of a URL; the builder makes no longer ones."""

Pixels = Annotated[int, whole(1, 100_000)]


class OEmbedParams(Params):
    """Parameters of the oEmbed standard."""

    url: str = ""
    format: str = "json"
    maxwidth: Pixels | None = None
    maxheight: Pixels | None = None


class Frame(NamedTuple):
    """A page that can be embedded: its title and its size in pixels."""

    title: str
    width: int
    height: int


@blueprint.get("/oembed")
def oembed() -> Response:
    """Serve the iframe of a page of this service as JSON or XML; 404 for any other URL, 501 for another format."""
    # Consumers add parameters of their own (WordPress sends dnt), so unknown ones are ignored.
    params = OEmbedParams.parse_page()
    if params.format not in ("json", "xml"):
        raise ParameterError(501, "format is json or xml", "format")
    origin = settings.load().address
    path, args = _parse_url(params.url, origin)
    frame, query = _frame(path, args)
    width = min(frame.width, params.maxwidth or frame.width)
    height = min(frame.height, params.maxheight or frame.height)
    source = origin + path + (f"?{urlencode(query)}" if query else "")
    seconds = seconds_left(ticker_rows.reader().published)
    answer = {
        "version": "1.0",
        "type": "rich",
        "title": frame.title,
        "provider_name": "ratesvc",
        "provider_url": origin,
        "cache_age": str(seconds),
        "width": width,
        "height": height,
        "html": str(
            Markup(
                '<iframe src="{}" width="{}" height="{}" title="{}" frameborder="0" scrolling="no"></iframe>'
            ).format(source, width, height, frame.title)
        ),
    }
    if params.format == "json":
        return cacheable(json.dumps(answer).encode(), "application/json", seconds)
    return cacheable(_xml(answer), "text/xml; charset=utf-8", seconds)


def _parse_url(url: str, origin: str) -> tuple[str, MultiDict[str, str]]:
    """Return the path and the parameters of a URL of this service. Raises ParameterError for any other."""
    if not url or len(url) > LONGEST or not re.fullmatch(r"https?://[!-~]+", url, re.IGNORECASE):
        raise ParameterError(422, f"url is the full address of a page, such as {origin}/embed/ticker", "url")
    parts = urlsplit(url)
    if parts.netloc.lower() != urlsplit(origin).netloc.lower():
        raise ParameterError(404, f"url is not an address of this service, which is {origin}", "url")
    return parts.path, MultiDict(parse_qsl(parts.query, keep_blank_values=True))


def _frame(path: str, args: MultiDict[str, str]) -> tuple[Frame, dict[str, str]]:
    """Return the page at a path and its parameters.

    Raises ParameterError (404) for an unknown page or invalid parameters.
    """
    try:
        if path == "/embed/ticker":
            ticker = TickerFrameParams.parse_page(args)
            return Frame(ticker.look.words.gettext("Exchange rates"), 640, height_of(ticker.fontsize)), ticker.sent
        code = path.removeprefix("/embed/chart/")
        if path.startswith("/embed/chart/") and code in CODES:
            chart = ChartFrameParams.parse_page(args)
            if chart.pin:
                ticker_rows.of(ticker_rows.reader(), chart.pin)
            return Frame(f"{chart.pair(code)} · {Words(chart.lang).currency(code)}", 640, 320), chart.sent
    except ParameterError as mistake:
        raise ParameterError(404, f"that page cannot be embedded: {mistake}", "url") from None
    raise ParameterError(404, "url is not a page that can be embedded", "url")


def _xml(answer: Mapping[str, object]) -> bytes:
    whole = E.oembed(*(E(name, str(text)) for name, text in answer.items()))
    return etree.tostring(whole, xml_declaration=True, encoding="utf-8", standalone=True)
