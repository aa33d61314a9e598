"""SQL page: the analysts' guide, data/README.md, with results from the newest version."""

import re

from flask import Blueprint, Response
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from ratesvc.core import settings
from ratesvc.query import guide
from ratesvc.web.pages.page import Page, anchor

blueprint = Blueprint("sql", __name__)

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@blueprint.get("/sql")
def sql() -> Response:
    """Show the analysts' guide, in English whatever the language of the page."""
    page = Page()
    return page.answer(page.render("pages/sql.html", **_render(page)))


def _render(page: Page) -> dict[str, object]:
    text = guide.filled(page.reader)
    text = text.replace("http://127.0.0.1:8000", settings.load().address)
    text = text.replace("/VERSION/", f"/{page.reader.published.version}/")
    text = text.replace("<!-- schema -->\n", "")
    for path in ("/data/latest.json", "/docs"):
        text = text.replace(f"`{path}`", f"[`{path}`]({path})")
    # The section about the repository's folder is irrelevant here.
    text = text[: text.index("## What is in this folder")]
    text = re.sub(r"(?<=## Questions\n\n).*\n", "The answers are those of the newest version.\n", text)
    tokens = _markdown.parse(text)
    headings: dict[str, list[tuple[str, str]]] = {}
    for place, token in enumerate(tokens):
        _adapt(token)
        if token.type == "heading_open":
            title = tokens[place + 1].content.replace("`", "")
            token.attrSet("id", place_name := anchor(title))
            if token.tag == "h2":
                headings[title] = []
            elif token.tag == "h4" or (token.tag == "h3" and "Questions" in list(headings)[-1:]):
                headings[list(headings)[-1]].append((place_name, title))
    rendered = _markdown.renderer.render(tokens, _markdown.options, {})
    # The HTML is all the renderer's own.
    guide_html = Markup(rendered.replace("<pre>", '<pre tabindex="0">'))  # noqa: S704
    return {"guide": guide_html, "headings": headings}


def _adapt(token: Token) -> None:
    """Make tables scrollable by keyboard, and point relative links to /data/."""
    if token.type == "table_open":
        token.attrSet("tabindex", "0")
    for child in token.children or ():
        # Relative links work in the repository; the page links to the files instead.
        if child.type == "link_open" and not str(child.attrGet("href")).startswith(("http", "/")):
            child.attrSet("href", "/data/")
