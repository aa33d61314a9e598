"""How a content management system embeds an address of this service that an editor pasted: oEmbed 1.0.

https://oembed.com. WordPress keeps one iframe of an answer and nothing else, so that is what it gets.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Blueprint, Response, json
from lxml import etree
from lxml.builder import E
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from ratesvc.core import settings
from ratesvc.core.currencies import BY_CODE
from ratesvc.web.embed.chart import CHART, chart_of
from ratesvc.web.embed.frames import TICKER, ticker_of
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Asked, Refused
from ratesvc.web.http.responses import cacheable, seconds_left

blueprint = Blueprint("oembed", __name__)

LONGEST = 2000
"""Characters of an address; whatever is longer was not made by the builder."""


class Frame(NamedTuple):
    """A page that can be embedded: its title and its size in pixels."""

    title: str
    width: int
    height: int


@blueprint.get("/oembed")
def oembed() -> Response:
    """The iframe of a page of ours, as JSON or XML; 404 for any other address, 501 for another format."""
    # Consumers add parameters of their own (WordPress sends dnt), so unknown ones are no mistake here.
    asked = Asked.of_a_page("url", "format", "maxwidth", "maxheight")
    form = asked.text("format") or "json"
    if form not in ("json", "xml"):
        raise Refused(501, "format is json or xml", "format")
    origin = settings.load().address
    path, given = _ours(asked.text("url"), origin)
    frame, kept = _frame(path, given)
    width = min(frame.width, asked.number("maxwidth", 1, 100_000, frame.width))
    height = min(frame.height, asked.number("maxheight", 1, 100_000, frame.height))
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
    if form == "json":
        return cacheable(json.dumps(answer).encode(), "application/json", seconds)
    return cacheable(_xml(answer), "text/xml; charset=utf-8", seconds)


def _ours(url: str | None, origin: str) -> tuple[str, MultiDict[str, str]]:
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
            asked = Asked.of_a_page(*TICKER, given=given)
            look, _ = ticker_of(asked)
            return Frame(look.words.gettext("Exchange rates"), 640, 44), asked.given
        code = path.removeprefix("/embed/chart/")
        if path.startswith("/embed/chart/") and code in BY_CODE:
            asked = Asked.of_a_page(*CHART, given=given)
            if version := asked.version("pin"):
                ticker_rows.of(ticker_rows.reader(), version)
            *_, look = chart_of(asked)
            return Frame(f"{code}/USD · {look.words.currency(code)}", 640, 320), asked.given
    except Refused as mistake:
        raise Refused(404, f"that page cannot be shown: {mistake}", "url") from None
    raise Refused(404, "there is nothing to embed at that address", "url")


def _xml(answer: Mapping[str, object]) -> bytes:
    whole = E.oembed(*(E(name, str(text)) for name, text in answer.items()))
    return etree.tostring(whole, xml_declaration=True, encoding="utf-8", standalone=True)
