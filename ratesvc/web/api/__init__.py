"""Endpoints for programs: the API under /api, OpenAPI, feeds, files, and the shapes of other services.

endpoints.py has the endpoints under /api, params.py their parameters, schemas.py the responses, rows.py shared code.
frankfurter.py and oxr.py answer clients of Frankfurter and of Open Exchange Rates.
"""

from flask import Flask

from ratesvc.web.api import (
    docs,
    endpoints,
    feeds,
    files,
    frankfurter,
    frankfurter_v1,
    frankfurter_v2,
    openapi,
    oxr,
    public_sql,
    rows,
    why,
)

__all__ = ["add_to", "endpoints", "frankfurter_v1", "frankfurter_v2", "oxr", "public_sql", "why"]

MAX_BODY_BYTES = 65_536


def add_to(app: Flask) -> None:
    """Register all endpoints with an application."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES
    for module in (rows, openapi, docs, feeds, files, frankfurter, oxr):
        app.register_blueprint(module.blueprint)
