"""The OpenAPI document at /openapi.json, and /docs, the same to read.

APIFlask makes it from the functions that answer and their parameters. What an answer looks like comes from the
database: types from the queries, words from the comments of the columns.
"""

from datetime import UTC, datetime
from functools import cache
from typing import Any, cast
from urllib.parse import urlencode

import duckdb
import orjson
from flask import Blueprint, Response, current_app, redirect
from markdown_it import MarkdownIt
from markupsafe import Markup

from ratesvc import sql
from ratesvc.query import catalog
from ratesvc.render import formats
from ratesvc.web.api import public_sql, why
from ratesvc.web.api.rows import ENDPOINTS, Endpoint, sources_of
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Asked
from ratesvc.web.http.responses import cacheable
from ratesvc.web.pages.page import Page

blueprint = Blueprint("openapi", __name__)

_markdown = MarkdownIt("commonmark", {"html": False})

AGE_SECONDS = 3600
TYPES: dict[str, dict[str, Any]] = {
    "VARCHAR": {"type": "string"},
    "DATE": {"type": "string", "format": "date"},
    "TIMESTAMP": {"type": "string", "format": "date-time"},
    "BOOLEAN": {"type": "boolean"},
    "DOUBLE": {"type": "number"},
    "DECIMAL": {"type": "number"},
    "INTEGER": {"type": "integer"},
    "BIGINT": {"type": "integer"},
    "HUGEINT": {"type": "integer"},
}
WORDS = {  # Of columns that no view has.
    "since": "The first day of the interval",
    "open": "Units per US dollar at the first moment of the interval",
    "high": "Most units per US dollar of the interval: the currency was weakest",
    "low": "Fewest units per US dollar of the interval: the currency was strongest",
    "close": "Units per US dollar at the last moment of the interval",
    "observed_on": "The day that the rate is for; the last day of an interval that has one",
    "rate": "US dollars per unit with five decimals, as the ticker prints it",
    "rate_precise": "US dollars per unit with six significant digits, no exponent",
    "days": "How many days of the interval have a rate",
    "amount": "How much",
    "from_currency": "ISO 4217 code of the currency that it is in",
    "from_source": "The source of its rate; null for USD",
    "from_on": "The day of its rate; null for USD",
    "from_units": "Its units per US dollar",
    "to_currency": "ISO 4217 code of the currency that it is wanted in",
    "to_source": "The source of its rate; null for USD",
    "to_on": "The day of its rate; null for USD",
    "to_units": "Its units per US dollar",
    "converted": "The amount in the currency that it is wanted in, not rounded",
    "sources_asked": "How many sources were asked",
    "sources_new": "How many of them said something new",
    "sources_unchanged": "How many said what they had said before",
    "sources_failed": "How many failed",
}
ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["status", "message", "parameter"],
            "properties": {
                "status": {"type": "integer"},
                "message": {"type": "string", "description": "What is wrong, in a sentence"},
                "parameter": {"type": ["string", "null"], "description": "The parameter that is wrong"},
            },
        }
    },
}
FAILURES = {
    "404": "Nothing is known by then, or of that.",
    "422": "A parameter is unknown, impossible, or there twice.",
    "503": "Nothing is published yet.",
}


@blueprint.get("/openapi.json")
def document() -> Response:
    """The document, for programs."""
    Asked()
    spec = _spec()
    return cacheable(formats.dumped(spec, orjson.OPT_INDENT_2), "application/json", AGE_SECONDS)


@blueprint.get("/api")
@blueprint.get("/api/")
def api() -> Response:
    """Where somebody lands who types what the addresses begin with."""
    return cast(Response, redirect("/docs"))


@blueprint.get("/docs")
def docs() -> Response:
    """The document, for people."""
    page = Page()
    return page.answer(page.render("pages/docs.html", spec=_spec(), examples=_examples(), text=_text))


def _text(words: str) -> Markup:
    """Words with `code` in them."""
    return Markup(_markdown.renderInline(words))  # noqa: S704 - Markdown without HTML


def _examples() -> dict[str, str]:
    """An address to try of each endpoint."""
    examples = {each.path: each.path + (f"?{urlencode(each.example)}" if each.example else "") for each in ENDPOINTS}
    newest = ticker_rows.now(ticker_rows.reader()).rows
    day = next((row["observed_on"] for row in newest if row["observed_on"] and not row["pegged"]), None)
    return {**examples, "/api/why/{currency}/{day}": f"/api/why/KZT/{day or datetime.now(UTC).date()}"}


def complete(spec: Any) -> Any:
    """What APIFlask cannot know: the shapes of the answers, and what parameters are when nobody sends them."""
    endpoints = {endpoint.path: endpoint for endpoint in ENDPOINTS}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            operation["operationId"] = method + path.removeprefix("/api/").partition("/")[0].capitalize()
            for parameter in operation["parameters"]:
                _plain(parameter)
                if parameter["name"] == "source":
                    known = sources_of(ticker_rows.reader())
                    parameter["schema"]["enum"] = [each for each in known if each != "all" or path != "/api/convert"]
            if "requestBody" in operation:
                operation["requestBody"] = {
                    "required": True,
                    "content": _content(public_sql.Statement.model_json_schema()),
                }
            if path in endpoints:
                operation["responses"] = _responses(endpoints[path])
            elif path.startswith("/api/why/"):
                operation["responses"] = {"200": {"description": "The number.", "content": _content(why.SHAPE)}}
            else:
                operation["responses"] = {"200": {"description": "The rows.", "content": _content(public_sql.SHAPE)}}
            for status, reason in (public_sql.FAILURES if path == "/api/sql" else FAILURES).items():
                operation["responses"].setdefault(status, {"description": reason, "content": _content(ERROR)})
    order = [*endpoints, *spec["paths"]]
    spec["paths"] = {path: spec["paths"][path] for path in sorted(spec["paths"], key=order.index)}
    return spec


def _plain(parameter: dict[str, Any]) -> None:
    """A parameter as it is in an address: nothing is null there; its description stands beside its shape."""
    schema = parameter["schema"]
    shapes = [shape for shape in schema.pop("anyOf", []) if shape != {"type": "null"}]
    schema.update(*shapes)
    schema.pop("title", None)
    parameter["description"] = schema.pop("description", "")
    if schema.get("default", "") is None:
        del schema["default"]
    if schema.get("type") == "number" and isinstance(schema.get("default"), str):
        schema["default"] = float(schema["default"])


def _responses(endpoint: Endpoint) -> dict[str, Any]:
    row = _row(endpoint)
    envelope = {
        "type": "object",
        "required": ["version", "published_at", "next_cursor", "rows"],
        "properties": {
            "version": {"type": "string", "description": "The version that answered"},
            "published_at": {"type": "string", "format": "date-time", "description": "When it was published"},
            "next_cursor": {
                "type": ["string", "null"],
                "description": "For the parameter `cursor`, to go on; null at the end",
            },
            "rows": {"type": "array", "items": row},
        },
    }
    return {
        "200": {
            "description": "The rows.",
            "headers": {
                "Rates-Version": {"description": "The version that answered", "schema": {"type": "string"}},
                "Link": {"description": 'The next page, as rel="next"', "schema": {"type": "string"}},
            },
            "content": {
                **_content(envelope),
                "application/x-ndjson": {"schema": {"type": "string", "description": "One row a line, as in `rows`"}},
                "text/csv": {"schema": {"type": "string", "description": "The columns of a row, decimals exact"}},
            },
        }
    }


def _row(endpoint: Endpoint) -> dict[str, Any]:
    """The shape of a row: the columns of its query, as a database without data tells them."""
    connection, comments = _empty()
    example = {**endpoint.example}
    query = endpoint.query(endpoint.parameters.model_validate(example))
    columns = connection.execute(query.sql, query.values).description or ()
    words = {**{name: text for view in endpoint.explained_by for name, text in comments[view].items()}}
    shapes, decimals = {}, []
    for name, kind, *_ in columns:
        shape = TYPES[str(kind).partition("(")[0]]
        shapes[name] = {
            **shape,
            "type": [shape["type"], "null"],
            "description": (words.get(name) or WORDS[name]).replace("NULL", "null"),
        }
        if str(kind).startswith("DECIMAL"):
            decimals.append(name)
    row = {"type": "object", "required": list(shapes), "properties": shapes, "additionalProperties": False}
    if decimals:
        shapes["exact"] = {
            "type": "object",
            "description": "The same as text, with every digit",
            "properties": {name: {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"} for name in decimals},
            "additionalProperties": False,
        }
    return row


@cache
def _empty() -> tuple[duckdb.DuckDBPyConnection, dict[str, dict[str, str]]]:
    """A database with everything in it but data, and the comments of its columns by table or view."""
    connection = duckdb.connect()
    sql.run(connection, *sql.TABLES, *sql.VIEWS)
    comments = {
        relation.name: {column.name: column.comment for column in catalog.columns(connection, relation.name)}
        for relation in catalog.relations(connection)
    }
    return connection, comments


def _content(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


def _spec() -> dict[str, Any]:
    """The document; the sources of the newest version stand in it."""
    spec: dict[str, Any] = current_app.spec  # type: ignore[attr-defined] # APIFlask's
    return spec
