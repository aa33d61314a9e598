"""How does an analyst get at the data, and what can be asked? The guide, data/README.md, with today's answers."""

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
    """The analysts' guide. It is in English, whatever the language of the page around it."""
    page = Page()
    return page.answer(page.render("pages/sql.html", **_composed(page)))


def _composed(page: Page) -> dict[str, object]:
    text = guide.filled(page.reader)
    text = text.replace("http://127.0.0.1:8000", settings.load().address)
    text = text.replace("/VERSION/", f"/{page.reader.published.version}/")
    text = text.replace("<!-- schema -->\n", "")
    for path in ("/data/latest.json", "/docs"):
        text = text.replace(f"`{path}`", f"[`{path}`]({path})")
    # What is about the repository's folder says nothing here.
    text = text[: text.index("## What is in this folder")]
    text = re.sub(r"(?<=## Questions\n\n).*\n", "The answers are those of the newest version.\n", text)
    tokens = _markdown.parse(text)
    headings: dict[str, list[tuple[str, str]]] = {}
    for place, token in enumerate(tokens):
        _for_the_page(token)
        if token.type == "heading_open":
            title = tokens[place + 1].content.replace("`", "")
            token.attrSet("id", place_name := anchor(title))
            if token.tag == "h2":
                headings[title] = []
            elif token.tag == "h4" or (token.tag == "h3" and "Questions" in list(headings)[-1:]):
                headings[list(headings)[-1]].append((place_name, title))
    rendered = _markdown.renderer.render(tokens, _markdown.options, {})
    # There is no HTML in it but the renderer's own.
    shown = Markup(rendered.replace("<pre>", '<pre tabindex="0">'))  # noqa: S704
    return {"guide": shown, "headings": headings}


def _for_the_page(token: Token) -> None:
    """Wide tables scroll by themselves, also with the keyboard."""
    if token.type == "table_open":
        token.attrSet("tabindex", "0")
    for child in token.children or ():
        # Whoever reads it in the repository has a folder, who reads it here a page.
        if child.type == "link_open" and not str(child.attrGet("href")).startswith(("http", "/")):
            child.attrSet("href", "/data/")
