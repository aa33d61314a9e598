"""oEmbed 1.0 (https://oembed.com): content management systems embed a URL of this service that an editor pasted.

A page is embedded as its frame: the overview as a ticker, a currency's page as its chart.

WordPress keeps only one iframe of a response, and of its attributes neither style nor sandbox. So the response is one
iframe, as wide as the column around it; `max-width` is for consumers that sent `maxwidth` and keep styles.
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
from ratesvc.core.currencies import CODES, DOLLAR, WRITTEN, as_printed
from ratesvc.render.i18n import Words
from ratesvc.render.ticker import height_of
from ratesvc.web.charts import selection
from ratesvc.web.embed.chart import RANGES, ChartFrameParams
from ratesvc.web.embed.frames import TickerFrameParams
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Language, PairParams, ParameterError, Params, Theme, one_of, whole
from ratesvc.web.http.responses import cacheable, seconds_left

blueprint = Blueprint("oembed", __name__)

WIDTH, WIDEST = 640, 1200
"""Pixels: without `maxwidth`, and the most with it."""
LONGEST = 2000
"""Maximum length of a URL; the builder makes no longer ones."""

_ANY_CODE = "|".join(CODES)
_CHART = re.compile(f"/embed/chart/({_ANY_CODE})")
_CURRENCY = re.compile(f"/currency/({_ANY_CODE})", re.IGNORECASE)
_PAIR = re.compile("/pair/([a-z]{3}/[a-z]{3})", re.IGNORECASE)

Pixels = Annotated[int, whole(1, 100_000)]


class OEmbedParams(Params):
    """Parameters of the oEmbed standard."""

    url: str = ""
    format: str = "json"
    maxwidth: Pixels | None = None
    maxheight: Pixels | None = None


class SharedPageParams(PairParams):
    """Parameters of a page for readers that its frame keeps."""

    lang: Language = "en"
    theme: Theme = "auto"
    range: Annotated[str, one_of(*selection.RANGES)] = "1y"


class Frame(NamedTuple):
    """A page that can be embedded: its title, its height in pixels, its path and its parameters."""

    title: str
    height: int
    path: str
    query: dict[str, str]


@blueprint.get("/oembed")
def oembed() -> Response:
    """Serve the iframe of a page of this service as JSON or XML; 404 for any other URL, 501 for another format."""
    # Consumers add parameters of their own (WordPress sends dnt), so unknown ones are ignored.
    params = OEmbedParams.parse_page()
    if params.format not in ("json", "xml"):
        raise ParameterError(501, "format is json or xml", "format")
    origin = settings.load().address
    path, args = _parse_url(params.url, origin)
    frame = _frame(path, args)
    width = min(params.maxwidth or WIDTH, WIDEST)
    height = min(frame.height, params.maxheight or frame.height)
    source = origin + frame.path + (f"?{urlencode(frame.query)}" if frame.query else "")
    style = Markup(' style="max-width:{}px"').format(width) if params.maxwidth else ""
    seconds = seconds_left(ticker_rows.reader().published)
    answer = {
        "version": "1.0",
        "type": "rich",
        "title": frame.title,
        "provider_name": settings.load().site_name,
        "provider_url": origin,
        "cache_age": str(seconds),
        "width": width,
        "height": height,
        "html": str(
            Markup(
                '<iframe src="{}" width="100%" height="{}" title="{}" frameborder="0" scrolling="no"{}></iframe>'
            ).format(source, height, frame.title, style)
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
    return parts.path or "/", MultiDict(parse_qsl(parts.query, keep_blank_values=True))


def _frame(path: str, args: MultiDict[str, str]) -> Frame:
    """Return the frame of a path. Raises ParameterError (404) for an unknown page or invalid parameters."""
    try:
        if path == "/embed/ticker":
            return _ticker(TickerFrameParams.parse_page(args))
        if path == "/":
            return _ticker(TickerFrameParams.parse(MultiDict(_ticker_query(SharedPageParams.parse_page(args)))))
        if found := _CHART.fullmatch(path):
            return _chart(found[1], ChartFrameParams.parse_page(args))
        if found := _CURRENCY.fullmatch(path):
            page = SharedPageParams.parse_page(args)
            return _chart(found[1].upper(), ChartFrameParams.parse(MultiDict(_chart_query(page))))
        if found := _PAIR.fullmatch(path):
            return _pair_chart(found[1].upper(), args)
    except ParameterError as mistake:
        raise ParameterError(404, f"that page cannot be embedded: {mistake}", "url") from None
    raise ParameterError(404, "url is not a page that can be embedded", "url")


def _ticker(params: TickerFrameParams) -> Frame:
    title = params.look.words.gettext("Exchange rates")
    return Frame(title, height_of(params.fontsize), "/embed/ticker", params.sent)


def _chart(code: str, params: ChartFrameParams) -> Frame:
    if params.pin:
        ticker_rows.of(ticker_rows.reader(), params.pin)
    title = f"{params.pair(code)} · {Words(params.lang).currency(code)}"
    return Frame(title, 320, f"/embed/chart/{code}", params.sent)


def _pair_chart(pair: str, args: MultiDict[str, str]) -> Frame:
    """Return the chart of an address that names a pair, which leads readers to a currency's page."""
    if pair not in WRITTEN or not set(pair.split("/")) & set(CODES):
        raise ParameterError(404, "there is no such pair", "url")
    base, code = as_printed(pair).split("/")
    page = SharedPageParams.parse_page(args)
    query = {**_chart_query(page), "base": base, "direction": "local" if pair == as_printed(pair) else "unit"}
    return _chart(code, ChartFrameParams.parse(MultiDict(query)))


def _chart_query(page: SharedPageParams) -> dict[str, str]:
    """Return the parameters of the chart that says what a page says."""
    query = {name: text for name, text in page.sent.items() if name != "range" or text in RANGES}
    return query | ({"direction": "local"} if page.direction == "local" else {})


def _ticker_query(page: SharedPageParams) -> dict[str, str]:
    """Return the parameters of the ticker that says what the overview says."""
    query = {name: text for name, text in page.sent.items() if name in ("lang", "theme")}
    if page.base != DOLLAR.code:
        query["pairs"] = ",".join(page.pair(code) for code in CODES)
    elif page.direction == "local":
        query["direction"] = "local"
    return query


def _xml(answer: Mapping[str, object]) -> bytes:
    whole = E.oembed(*(E(name, str(text)) for name, text in answer.items()))
    return etree.tostring(whole, xml_declaration=True, encoding="utf-8", standalone=True)
