"""The page /docs: the OpenAPI document for people."""

from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect
from markdown_it import MarkdownIt
from markupsafe import Markup

from ratesvc.web.api.openapi import document
from ratesvc.web.api.rows import ENDPOINTS
from ratesvc.web.http import ticker_rows
from ratesvc.web.pages.page import Page

blueprint = Blueprint("docs", __name__)

_markdown = MarkdownIt("commonmark", {"html": False})


@blueprint.get("/api")
@blueprint.get("/api/")
def api() -> Response:
    """Redirect the prefix of the endpoints to the documentation."""
    return cast(Response, redirect("/docs"))


@blueprint.get("/docs")
def docs() -> Response:
    """Show the API documentation."""
    page, spec = Page(), document()
    components = spec["components"]["schemas"]

    def follow(schema: dict[str, Any]) -> dict[str, Any]:
        """Resolve a schema to its object: through references, lists and nullable types."""
        if "$ref" in schema:
            return follow(components[schema["$ref"].rpartition("/")[2]])
        if "items" in schema:
            return follow(schema["items"])
        return follow(schema["anyOf"][0]) if "anyOf" in schema else schema

    return page.answer(
        page.render(
            "pages/docs.html",
            spec=spec,
            examples=_examples(),
            text=_inline_markdown,
            follow=follow,
            json_type=json_type,
        )
    )


def json_type(schema: dict[str, Any]) -> str:
    """Describe the type of a value in words."""
    if "anyOf" in schema:
        return " or ".join(json_type(each) for each in schema["anyOf"])
    if "$ref" in schema:
        return "object"
    kind = schema.get("type", "string")
    return kind if isinstance(kind, str) else " or ".join(kind)


def _inline_markdown(words: str) -> Markup:
    """Render inline Markdown."""
    return Markup(_markdown.renderInline(words))  # noqa: S704 - Markdown without HTML


def _examples() -> dict[str, str]:
    """Build an example URL for each endpoint."""
    newest = ticker_rows.now(ticker_rows.reader()).rows
    day = next((row["observed_on"] for row in newest if row["observed_on"] and not row["pegged"]), None)
    return {
        **{each.path: each.path + (f"?{urlencode(each.example)}" if each.example else "") for each in ENDPOINTS},
        "/api/why/{currency}/{day}": f"/api/why/KZT/{day or datetime.now(UTC).date()}",
        "/ticker.json": "/ticker.json?pairs=KZT&lang=en",
        "/v1/{start_date}..{end_date}": "/v1/2026-01-01..?symbols=KZT",
        "/oxr/latest.json": "/oxr/latest.json?base=EUR",
        **{path: path for path in ("/data/latest.json", "/ticker.txt", "/ticker.html", "/v1/latest", "/v2/rates")},
    }
