"""The web application: pages, health, and the ticker's bytes before all of them.

It reads published versions only; it never opens the store.
"""

from typing import cast

from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException

from ratesvc.core import settings
from ratesvc.render import i18n
from ratesvc.web import api, embed, pages
from ratesvc.web.charts import plotlyjs, routes
from ratesvc.web.http import assets, ticker_routes
from ratesvc.web.http.cache import Cache
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.hot_ticker import HotTicker
from ratesvc.web.http.params import Refused, refusal
from ratesvc.web.ops import health, metrics

# Everything that a page needs comes from this server, and no other site may put a page into a frame.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


def _refused(refused: Refused) -> Response:
    """A page for people, JSON for everybody else."""
    answer = refusal(refused)
    if refused.status == 422 and request.blueprint and request.blueprint.startswith("pages."):
        answer.set_data(render_template("refused.html", message=str(refused), path=request.path))
        answer.content_type = "text/html; charset=utf-8"
    return answer


def _lost(lost: HTTPException) -> Response:
    """An address that is not there, or not asked this way, or that failed: JSON for programs, a page for people."""
    answer = lost.get_response()
    if request.path.startswith(("/api/", "/data/")):
        ways = sorted(getattr(lost, "valid_methods", None) or ["others"])
        told = {
            400: "the body is not JSON",
            404: "there is nothing at this address: /docs lists what there is",
            405: f"this address is asked with {' or '.join(ways)}",
            413: "the body is too long",
            500: "this failed; it was noted",
        }
        refused = refusal(Refused(lost.code or 500, told.get(lost.code or 500, lost.name.lower())))
        answer.set_data(refused.get_data())
        answer.headers.update(refused.headers)
    elif lost.code == 404:
        answer.set_data(render_template("lost.html"))
    return cast(Response, answer)


def create_app() -> Flask:
    """The application of one worker. It keeps looking for new versions for as long as it lives."""
    app = Flask("ratesvc.web")
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    current = Current(settings.load().published.absolute())
    app.extensions["current"] = current
    app.add_template_global(assets.asset_url, "asset")
    i18n.install(app.jinja_env)
    for module in (pages, routes, plotlyjs, assets, ticker_routes, embed, health, metrics):
        app.register_blueprint(module.blueprint)
    api.add_to(app)
    metrics.count(app)
    app.register_error_handler(Refused, _refused)
    for status in (400, 404, 405, 413, 500):
        app.register_error_handler(status, _lost)
    cache = Cache(app.wsgi_app, current, lambda: hot.told)
    hot = HotTicker(cache, current)
    app.extensions["hot"] = hot
    app.wsgi_app = hot  # type: ignore[method-assign] # Flask's documented way to add middleware
    current.watch(hot.refresh, cache.count)

    @app.after_request
    def protect(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        answer.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        return answer

    return app
