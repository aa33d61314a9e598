"""Files for search engines, browsers and language models: robots, site map, icon, llms.txt."""

from functools import cache
from struct import pack
from xml.sax.saxutils import escape

import resvg_py
from flask import Blueprint, Response, render_template

from ratesvc.core import settings
from ratesvc.core.currencies import CODES
from ratesvc.render.i18n import LANGUAGES
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.assets import FOLDER
from ratesvc.web.http.responses import cacheable, seconds_left

blueprint = Blueprint("search", __name__)

PATHS = ("/", *(f"/currency/{code}" for code in CODES), "/compare", "/spread", "/dashboards", "/sources")
"""The pages that exist in every language."""
ENGLISH_PATHS = ("/embed", "/sql", "/sql/questions", "/sql/schema", "/docs")
DAY = 86_400
ICON_PIXELS = 48


def in_language(address: str, language: str) -> str:
    """Return the address of a page in a language. English needs no parameter."""
    return address if language == "en" else f"{address}?lang={language}"


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Let everybody read everything but what is computed for each request."""
    lines = [
        "User-agent: *",
        "Disallow: /api/sql",
        "Disallow: /*?*amount=",
        f"Sitemap: {settings.load().address}/sitemap.xml",
    ]
    return cacheable("\n".join([*lines, ""]).encode(), "text/plain; charset=utf-8", DAY)


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """List the pages, each with its languages."""
    published, origin = ticker_rows.reader().published, settings.load().address
    changed = f"<lastmod>{published.published_at:%Y-%m-%dT%H:%M:%SZ}</lastmod>"
    urls = []
    for path in PATHS:
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{each}" href="{escape(in_language(origin + path, each))}"/>'
            for each in LANGUAGES
        )
        urls += [
            f"<url><loc>{escape(in_language(origin + path, each))}</loc>{changed}{others}</url>" for each in LANGUAGES
        ]
    urls += [f"<url><loc>{escape(origin + path)}</loc></url>" for path in ENGLISH_PATHS]
    names = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
    text = f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset {names}>\n' + "\n".join(urls) + "\n</urlset>\n"
    return cacheable(text.encode(), "application/xml; charset=utf-8", seconds_left(published))


@blueprint.get("/favicon.ico")
def favicon() -> Response:
    """Serve the mark for browsers and readers that ask for no other."""
    return cacheable(_icon(), "image/vnd.microsoft.icon", DAY)


@blueprint.get("/llms.txt")
def llms() -> Response:
    """Say in a page what this site has, and where programs read it."""
    text = render_template("llms.txt", origin=settings.load().address)
    return cacheable(text.encode(), "text/plain; charset=utf-8", DAY)


@cache
def _icon() -> bytes:
    """Draw the mark as a PNG inside an ICO file: six bytes of header, one entry of sixteen, the picture."""
    svg = (FOLDER / "icon.svg").read_text(encoding="utf-8")
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=ICON_PIXELS, height=ICON_PIXELS))
    entry = pack("<BBBBHHII", ICON_PIXELS, ICON_PIXELS, 0, 0, 1, 32, len(png), 22)
    return pack("<HHH", 0, 1, 1) + entry + png
