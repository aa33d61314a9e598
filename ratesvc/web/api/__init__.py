"""The API under /api: endpoints.py has the addresses, parameters.py what they may be asked, rows.py what all share."""

import re

from apiflask import APIFlask
from apiflask.exceptions import _ValidationError
from flask import Response, request
from pydantic import ValidationError

from ratesvc.core import settings
from ratesvc.web.api import endpoints, openapi, public_sql, why
from ratesvc.web.api.rows import blueprint
from ratesvc.web.http.params import Refused, refusal

__all__ = ["add_to", "endpoints", "public_sql", "why"]

DESCRIPTION = """\
Exchange rates of the som, tenge, somoni and manat against the US dollar: what was printed, what became of it, and why.

Every answer names the version that it was made from. Numbers are JSON numbers without exponents; `exact` has the \
decimals of a row as text, with every digit. Times are UTC. Nothing is rounded but what says so, and no two sources \
are blended. Rows come as JSON, NDJSON or CSV, by the header Accept or by .json, .ndjson or .csv at the end of the \
address. What is not understood is refused, with the name of the parameter. Any site may ask."""


def add_to(app: APIFlask) -> None:
    """Puts the API, its document and its errors into an application."""
    app.config.update(
        AUTO_SERVERS=False,  # APIFlask would name the host that a request names, which may be forged.
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_404_RESPONSE=False,
        AUTO_TAGS=False,
        INFO={"description": DESCRIPTION, "license": {"name": "MIT", "identifier": "MIT"}},
        MAX_CONTENT_LENGTH=65_536,
        SERVERS=[{"url": settings.load().address}],
    )
    app.spec_processor(openapi.complete)
    app.register_blueprint(blueprint)
    app.register_blueprint(openapi.blueprint)
    app.register_error_handler(_ValidationError, _refused)
    app.register_error_handler(RecursionError, _too_deep)


@blueprint.after_request
def any_site(answer: Response) -> Response:
    """A browser asks beforehand whether it may send JSON."""
    if request.method == "OPTIONS":
        answer.headers["Access-Control-Allow-Origin"] = "*"
        answer.headers["Access-Control-Allow-Headers"] = "Content-Type"
        answer.headers["Access-Control-Allow-Methods"] = answer.headers.get("Allow", "GET")
    return answer


@blueprint.before_request
def each_once() -> None:
    """Of two values of one parameter nobody knows which is meant. And no body is read that is not answered."""
    if request.path == "/api/sql" and request.method == "POST":
        public_sql.allowed_here()
    for name in request.args:
        if len(request.args.getlist(name)) > 1:
            raise Refused(422, "a parameter is there more than once", _name(name))


def _refused(wrong: _ValidationError) -> Response:
    """The first thing that is wrong, with the name of its parameter; never what was sent, which may be anything."""
    mistakes = wrong.__cause__
    assert isinstance(mistakes, ValidationError)  # noqa: S101 - APIFlask's only cause
    mistake = mistakes.errors(include_url=False, include_input=False)[0]
    name = str(mistake.get("ctx", {}).get("parameter") or (mistake["loc"] or ("",))[0])
    if mistake["type"] == "extra_forbidden":
        return refusal(Refused(422, f"{_name(name) or 'one of the parameters'} is not known here", _name(name)))
    if mistake["type"] == "missing":
        return refusal(Refused(422, f"{name} is missing", name))
    said = re.sub(r"^(Input|String) ", "", mistake["msg"])
    return refusal(Refused(422, f"{name or 'the body'} {said}", name or None))


def _too_deep(_: RecursionError) -> Response:
    return refusal(Refused(400, "the body is nested too deeply"))


def _name(text: str) -> str | None:
    return text if re.fullmatch(r"[a-z_]{1,30}", text) else None
