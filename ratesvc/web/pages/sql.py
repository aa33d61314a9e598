"""SQL pages: the analysts' guide, data/README.md, in parts, with results from the newest version."""

import re
from collections.abc import Iterator, Sequence

from flask import Blueprint, Response
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from ratesvc.core import settings
from ratesvc.query import guide
from ratesvc.render.i18n import Words
from ratesvc.web.pages.page import Page, anchor

blueprint = Blueprint("sql", __name__)

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")

PARTS = {"": ("Connect", "What the numbers mean"), "questions": ("Questions",), "schema": ("Schema",)}
"""The headings that each page has, by the end of its address. What is in the repository's folder is for there only."""
_FOLDED = {"questions": "h2", "schema": "h3"}
"""The headings whose texts are folded, so that a phone shows what there is."""


@blueprint.get("/sql")
@blueprint.get(f"/sql/<any({','.join(filter(None, PARTS))}):part>")
def sql(part: str = "") -> Response:
    """Show a part of the analysts' guide: its headings in the language of the page, the rest in English."""
    page = Page()
    titles = {f"/sql/{each}".rstrip("/"): page.words.pgettext("guide", headings[0]) for each, headings in PARTS.items()}
    here = f"/sql/{part}".rstrip("/")
    return page.answer(page.render("pages/sql.html", titles=titles, here=here, guide=_guide(page, part)))


def _guide(page: Page, part: str) -> Markup:
    text = guide.filled(page.reader, answers=part == "questions", schema=part == "schema")
    text = text.replace("http://127.0.0.1:8000", settings.load().address)
    text = text.replace("/VERSION/", f"/{page.reader.published.version}/")
    text = text.replace("<!-- schema -->\n", "")
    for path in ("/data/latest.json", "/docs"):
        text = text.replace(f"`{path}`", f"[`{path}`]({path})")
    text = re.sub(r"(?<=## Questions\n\n).*\n", "The answers are those of the newest version.\n", text)
    begin, *sections = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    by_title = {section[3 : section.index("\n")]: section for section in sections}
    chosen = "".join(by_title[title] for title in PARTS[part])
    # A page of its own has its title as the first heading.
    chosen = re.sub("^#(?=#+ )", "", chosen, flags=re.MULTILINE) if part else begin + chosen
    return _html(chosen, _FOLDED.get(part), page.words)


def _html(text: str, folded: str | None, words: Words) -> Markup:
    tokens = _markdown.parse(text)
    for place, token in enumerate(tokens):
        _adapt(token)
        if token.type == "heading_open":
            _translate(token, tokens[place + 1], words)
    rendered = "".join(_sections(tokens, folded)).replace("<pre>", '<pre tabindex="0">')
    return Markup(rendered)  # noqa: S704


def _translate(heading: Token, text: Token, words: Words) -> None:
    """Give a heading its anchor, which is the same in every language, and its text; names of tables stay."""
    heading.attrSet("id", anchor(text.content.replace("`", "")))
    translated = words.pgettext("guide", text.content)
    if translated != text.content:
        heading.attrSet("lang", words.language)
        text.children = [Token("text", "", 0, content=translated)]


def _sections(tokens: Sequence[Token], folded: str | None) -> Iterator[str]:
    """Render the text, with each section below a folded heading in an element that opens."""
    starts = [place for place, token in enumerate(tokens) if token.type == "heading_open"]
    for start, end in zip([0, *starts], [*starts, len(tokens)], strict=True):
        section = tokens[start:end]
        if section and section[0].tag == folded and section[0].type == "heading_open":
            yield f"<details><summary>{_rendered(section[:3])}</summary>{_rendered(section[3:])}</details>"
        else:
            yield _rendered(section)


def _rendered(tokens: Sequence[Token]) -> str:
    return str(_markdown.renderer.render(tokens, _markdown.options, {}))


def _adapt(token: Token) -> None:
    """Make tables scrollable by keyboard, and point relative links to /data/."""
    if token.type == "table_open":
        token.attrSet("tabindex", "0")
    for child in token.children or ():
        # Relative links work in the repository; the page links to the files instead.
        if child.type == "link_open" and not str(child.attrGet("href")).startswith(("http", "/")):
            child.attrSet("href", "/data/")
