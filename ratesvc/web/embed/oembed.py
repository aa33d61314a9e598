"""How a content management system embeds an address of this service that an editor pasted: oEmbed 1.0.

https://oembed.com. WordPress keeps one iframe of an answer and nothing else, so that is what it gets.
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
from ratesvc.core.currencies import BY_CODE
from ratesvc.render.i18n import Words
from ratesvc.web.embed.chart import ChartFrameParams
from ratesvc.web.embed.frames import TickerFrameParams
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Params, Refused, whole
from ratesvc.web.http.responses import cacheable, seconds_left

blueprint = Blueprint("oembed", __name__)

LONGEST = 2000
"""Characters of an address; whatever is longer was not made by the builder."""


Pixels = Annotated[int, whole(1, 100_000)]


class OEmbedParams(Params):
    """Parameters of oEmbed, by its standard."""

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
    """The iframe of a page of ours, as JSON or XML; 404 for any other address, 501 for another format."""
    # Consumers add parameters of their own (WordPress sends dnt), so unknown ones are no mistake here.
    params = OEmbedParams.parse_page()
    if params.format not in ("json", "xml"):
        raise Refused(501, "format is json or xml", "format")
    origin = settings.load().address
    path, given = _ours(params.url, origin)
    frame, kept = _frame(path, given)
    width = min(frame.width, params.maxwidth or frame.width)
    height = min(frame.height, params.maxheight or frame.height)
    source = origin + path + (f"?{urlencode(kept)}" if kept else "")
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


def _ours(url: str, origin: str) -> tuple[str, MultiDict[str, str]]:
    """The path and the parameters of an address of this service. Raises Refused for any other."""
    if not url or len(url) > LONGEST or not re.fullmatch(r"https?://[!-~]+", url, re.IGNORECASE):
        raise Refused(422, f"url is the whole address of a page, such as {origin}/embed/ticker", "url")
    parts = urlsplit(url)
    if parts.netloc.lower() != urlsplit(origin).netloc.lower():
        raise Refused(404, f"url is not an address of this service, which is {origin}", "url")
    return parts.path, MultiDict(parse_qsl(parts.query, keep_blank_values=True))


def _frame(path: str, given: MultiDict[str, str]) -> tuple[Frame, dict[str, str]]:
    """The page at a path, and its parameters. Raises Refused where there is none, or where it would refuse them."""
    try:
        if path == "/embed/ticker":
            ticker = TickerFrameParams.parse_page(given)
            return Frame(ticker.look.words.gettext("Exchange rates"), 640, 44), ticker.sent
        code = path.removeprefix("/embed/chart/")
        if path.startswith("/embed/chart/") and code in BY_CODE:
            chart = ChartFrameParams.parse_page(given)
            if chart.pin:
                ticker_rows.of(ticker_rows.reader(), chart.pin)
            return Frame(f"{code}/USD · {Words(chart.lang).currency(code)}", 640, 320), chart.sent
    except Refused as mistake:
        raise Refused(404, f"that page cannot be shown: {mistake}", "url") from None
    raise Refused(404, "there is nothing to embed at that address", "url")


def _xml(answer: Mapping[str, object]) -> bytes:
    whole = E.oembed(*(E(name, str(text)) for name, text in answer.items()))
    return etree.tostring(whole, xml_declaration=True, encoding="utf-8", standalone=True)
