"""The OpenAPI document at /openapi.json, generated from operations.py and pydantic models.

A parameter is a field of a Params class; a response is a model of schemas.py, which becomes a named component. Column
descriptions are the comments of the database, so each text exists once.
"""

import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.metadata import version
from typing import Any

import orjson
from flask import Blueprint, Response
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ratesvc.core import settings
from ratesvc.query import catalog
from ratesvc.render import formats
from ratesvc.web.api import schemas
from ratesvc.web.api.operations import OPERATIONS, TAGS, Operation
from ratesvc.web.api.rows import sources_of
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Params
from ratesvc.web.http.responses import cacheable

blueprint = Blueprint("openapi", __name__)

AGE_SECONDS = 3600
DESCRIPTION = """\
Exchange rates of the som, tenge, somoni and manat against the US dollar, the euro, the rouble and the \
yuan, as published, with changes and provenance.

Every response names the version it comes from. Numbers are JSON numbers without exponents; `exact` has the decimals \
of a row as text, with every digit. Times are UTC. Values are rounded only where documented, and sources are never \
mixed. Rows are available as JSON, NDJSON, CSV or Excel, by the Accept header or by the suffix .json, .ndjson, .csv \
or .xlsx. Invalid parameters are rejected by name. Any site may use the API (CORS)."""


class SchemaWriter(GenerateJsonSchema):
    """JSON Schema without titles, and with `null` beside a simple type instead of a choice of two schemas."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        """Omit titles: they only repeat the field names."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Write a nullable simple type as a list of two types."""
        inner = self.generate_inner(schema["schema"])
        if isinstance(inner.get("type"), str) and "enum" not in inner:
            return {**inner, "type": [inner["type"], "null"]}
        return super().nullable_schema(schema)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """Serve the OpenAPI document."""
    Params.parse()
    return cacheable(formats.dumped(document(), orjson.OPT_INDENT_2), "application/json", AGE_SECONDS)


_building = threading.Lock()


def document() -> dict[str, Any]:
    """Return the document, with the sources of the newest version; not to be changed."""
    sources = tuple(sources_of(ticker_rows.reader()))
    with _building:  # The caches alone would let each of several first requests build it.
        return _document(settings.load().address, sources)


@lru_cache(maxsize=1)
def _document(address: str, sources: tuple[str, ...]) -> dict[str, Any]:
    models = {model for operation in OPERATIONS for model in operation.models}
    written, definitions = TypeAdapter.json_schemas(
        [(model, "validation", TypeAdapter(model)) for model in models],
        ref_template="#/components/schemas/{model}",
        schema_generator=SchemaWriter,
    )
    shapes = {model: written[model, "validation"] for model in models}
    components = _with_descriptions(definitions["$defs"])
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method] = _operation(operation, shapes, sources)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ratesvc",
            "version": version("ratesvc"),
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": address}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(operation: Operation, shapes: dict[Any, Any], sources: Sequence[str]) -> dict[str, Any]:
    failures = {
        str(status): {"description": text, "content": {"application/json": {"schema": shapes[operation.error]}}}
        for status, text in operation.failures.items()
    }
    contents = {
        media: {"schema": answer if isinstance(answer, dict) else shapes[answer]}
        for media, answer in operation.answers.items()
    }
    written = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": operation.description,
        "parameters": [
            *_parameters(operation.path_params, "path", sources),
            *_parameters(operation.params, "query", sources),
        ],
        "responses": {
            "200": {"description": operation.answer, "headers": operation.headers, "content": contents},
            **operation.redirects,
            **failures,
        },
    }
    if operation.body:
        content = {"application/json": {"schema": shapes[operation.body]}}
        written["requestBody"] = {"required": True, "content": content}
    return written


def _parameters(params: type[Params], place: str, sources: Sequence[str]) -> list[dict[str, Any]]:
    """Describe the fields of a Params class under their documented names."""
    described = params.model_json_schema(schema_generator=SchemaWriter)
    parameters = []
    for name, schema in described.get("properties", {}).items():
        # A parameter in a URL is never null.
        shape = next((each for each in schema.get("anyOf", ()) if each != {"type": "null"}), schema)
        if isinstance(shape.get("type"), list):
            shape = {**shape, "type": shape["type"][0]}
        shape = {key: value for key, value in shape.items() if key not in ("description", "default", "title")}
        if (default := schema.get("default")) not in (None, [], ""):
            shape["default"] = float(default) if shape["type"] == "number" else default
        if name == "source":
            shape["enum"] = [*shape["enum"], *sources]
        if name == "providers":
            shape = {"type": "string", "enum": [source.upper() for source in sources]}
        parameters.append(
            {
                "name": name,
                "in": place,
                "required": place == "path" or name in described.get("required", ()),
                "description": schema.get("description", ""),
                "schema": shape,
            }
        )
    return parameters


def _with_descriptions(components: dict[str, Any]) -> dict[str, Any]:
    """Describe the fields of rows that have no description by the comments of their columns."""
    comments = _comments()
    for name, component in components.items():
        model = getattr(schemas, name, None)
        views = model.explained_by if isinstance(model, type) and issubclass(model, schemas.Row) else ()
        words = {column: text for view in views for column, text in comments[view].items()}
        for field, shape in component.get("properties", {}).items():
            if field == "exact":
                shape["description"] = "The decimals as text, with every digit"
            elif "description" not in shape and field in words:
                shape["description"] = words[field].replace("NULL", "null")
    return components


@cache
def _comments() -> dict[str, dict[str, str]]:
    """Return the column comments of each table and view: every version of this release has the same."""
    return catalog.column_comments(ticker_rows.reader().cursor())
