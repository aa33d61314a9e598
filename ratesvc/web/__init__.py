"""The web application: pages, API, embeds, health and metrics, behind the in-memory cache.

Reads published versions only; never opens the store.
"""

import logging
from typing import cast

import duckdb
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from ratesvc.core import settings
from ratesvc.publish.reader import first_line
from ratesvc.web import api, embed, pages
from ratesvc.web.charts import plotlyjs, routes
from ratesvc.web.http import assets, templates, ticker_routes
from ratesvc.web.http.cache import Cache
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.hot_ticker import HotTicker
from ratesvc.web.http.negotiation import Negotiation, of_request
from ratesvc.web.http.params import ParameterError, refusal
from ratesvc.web.http.responses import ANY_SITE
from ratesvc.web.http.warming import Warming
from ratesvc.web.ops import health, metrics

# Pages load everything from this server, and no other site may frame them.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HSTS = "max-age=31536000"

log = logging.getLogger("ratesvc")


def _handle_refused(refused: ParameterError) -> Response:
    """Answer a refusal: an HTML page for people, JSON for programs."""
    answer = refusal(refused)
    if refused.status == 422 and request.blueprint and request.blueprint.startswith("pages."):
        answer.set_data(render_template("refused.html", message=str(refused), path=request.path, words=of_request()))
        answer.content_type = "text/html; charset=utf-8"
    return answer


def _handle_unreachable(failure: duckdb.IOException) -> Response:
    """Answer that RATESVC_HISTORY, where older sightings are, does not."""
    log.error("%s", first_line(failure))
    return refusal(ParameterError(503, "the sightings of past months cannot be read now: try again in a few seconds"))


def _handle_http_error(error: HTTPException) -> Response:
    """Answer an HTTP error: JSON for programs, an HTML page for people."""
    answer = error.get_response()
    if request.path.startswith(("/api/", "/data/")):
        methods = sorted(getattr(error, "valid_methods", None) or ["another method"])
        messages = {
            400: "the body is not valid JSON",
            404: "not found: /docs lists every endpoint",
            405: f"method not allowed: use {' or '.join(methods)}",
            413: "the body is too large",
            416: "the range is beyond the end",
            500: "internal server error; it has been logged",
        }
        refused = refusal(ParameterError(error.code or 500, messages.get(error.code or 500, error.name.lower())))
        answer.set_data(refused.get_data())
        answer.headers.update(refused.headers)
    elif error.code == 404:
        answer.set_data(render_template("lost.html", words=of_request()))
        answer.headers["Cache-Control"] = "no-store"
    return cast(Response, answer)


def create_app(*, watch: bool = True, warm: bool = False, behind_front: bool = False) -> Flask:
    """Create the application of one process.

    watch: follow new versions in the background; else the caller polls `current`. warm: prepare responses from a new
    version before it is served. behind_front: nginx sends the published files.
    """
    app = Flask("ratesvc.web")
    templates.prepare(app)
    current = Current(settings.load().published.absolute())
    app.extensions["current"] = current
    for module in (pages, routes, plotlyjs, assets, ticker_routes, embed, health, metrics):
        app.register_blueprint(module.blueprint)
    api.add_to(app)
    metrics.count(app)
    app.register_error_handler(ParameterError, _handle_refused)
    if settings.load().history:
        app.register_error_handler(duckdb.IOException, _handle_unreachable)
    for status in (400, 404, 405, 413, 416, 500):
        app.register_error_handler(status, _handle_http_error)
    app.config["BEHIND_FRONT"] = behind_front
    app.extensions["hot"] = hot = HotTicker(current)
    cache = Cache(app.wsgi_app, current, lambda: hot.rows)
    app.wsgi_app = Negotiation(cache)  # type: ignore[method-assign] # Flask's documented way to add middleware
    current.after_each_poll += [hot.refresh, cache.count]
    if warm:
        current.warming = Warming(current, hot, cache)
    https = settings.load().address.startswith("https:")

    @app.after_request
    def allow_any_site(answer: Response) -> Response:
        """Answer the preflight request that a browser sends before a script of another site sends its own headers."""
        if request.method == "OPTIONS":
            answer.headers.update(ANY_SITE)
            answer.headers["Access-Control-Allow-Headers"] = "*"
            answer.headers["Access-Control-Allow-Methods"] = answer.headers.get("Allow", "GET")
            answer.headers["Access-Control-Max-Age"] = "86400"
        return answer

    @app.after_request
    def protect(answer: Response) -> Response:
        if answer.mimetype == "text/html" and "Content-Security-Policy" not in answer.headers:  # A page, no embed.
            answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
            answer.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
        if https:
            answer.headers["Strict-Transport-Security"] = HSTS
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        answer.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        return answer

    if current.warming and current.reader:
        current.warming.begin(current.reader, is_awaited=False)
    if watch:
        current.watch()
    return app
