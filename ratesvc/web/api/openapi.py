"""The OpenAPI document at /openapi.json: what operations.py lists, written from pydantic models.

A parameter is a field of a Params class, an answer a model of schemas.py, which becomes a named component. Columns are
described by the comments of the database, so that words stand in one place.
"""

from functools import cache
from importlib.metadata import version
from typing import Any

import duckdb
import orjson
from flask import Blueprint, Response
from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from ratesvc import sql
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
Exchange rates of the som, tenge, somoni and manat against the US dollar: what was printed, what became of it, and why.

Every answer names the version that it was made from. Numbers are JSON numbers without exponents; `exact` has the \
decimals of a row as text, with every digit. Times are UTC. Nothing is rounded but what says so, and no two sources \
are blended. Rows come as JSON, NDJSON or CSV, by the header Accept or by .json, .ndjson or .csv at the end of the \
address. What is not understood is refused, with the name of the parameter. Any site may ask."""


class SchemaWriter(GenerateJsonSchema):
    """JSON Schema without titles, and with `null` beside a simple type instead of a choice of two schemas."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        """The name of a field is title enough."""
        return False

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """A value or null."""
        inner = self.generate_inner(schema["schema"])
        if isinstance(inner.get("type"), str) and "enum" not in inner:
            return {**inner, "type": [inner["type"], "null"]}
        return super().nullable_schema(schema)


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The document, for programs."""
    Params.parse()
    return cacheable(formats.dumped(document(), orjson.OPT_INDENT_2), "application/json", AGE_SECONDS)


def document() -> dict[str, Any]:
    """The document; the sources of the newest version stand in it."""
    models = {model for operation in OPERATIONS for model in operation.models}
    written, definitions = TypeAdapter.json_schemas(
        [(model, "validation", TypeAdapter(model)) for model in models],
        ref_template="#/components/schemas/{model}",
        schema_generator=SchemaWriter,
    )
    shapes = {model: written[model, "validation"] for model in models}
    components = _described(definitions["$defs"])
    sources = sources_of(ticker_rows.reader())
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
        "servers": [{"url": settings.load().address}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {"schemas": components},
    }


def _operation(operation: Operation, shapes: dict[Any, Any], sources: list[str]) -> dict[str, Any]:
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


def _parameters(params: type[Params], place: str, sources: list[str]) -> list[dict[str, Any]]:
    """The fields of a Params class under their documented names."""
    described = params.model_json_schema(schema_generator=SchemaWriter)
    found = []
    for name, schema in described.get("properties", {}).items():
        # Nothing is null in an address.
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
        found.append(
            {
                "name": name,
                "in": place,
                "required": place == "path" or name in described.get("required", ()),
                "description": schema.get("description", ""),
                "schema": shape,
            }
        )
    return found


def _described(components: dict[str, Any]) -> dict[str, Any]:
    """The components; fields of rows without a description have that of their column."""
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
    """The comments of the columns of each table and view."""
    connection = duckdb.connect()
    sql.run(connection, *sql.TABLES, *sql.VIEWS)
    return {
        relation.name: {column.name: column.comment for column in catalog.columns(connection, relation.name)}
        for relation in catalog.relations(connection)
    }
