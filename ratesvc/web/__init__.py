"""The web application: pages, health, and the ticker's bytes before all of them.

It reads published versions only; it never opens the store.
"""

from flask import Flask, Response, render_template, request

from ratesvc import settings
from ratesvc.web import assets, charts, embed, feeds, files, frankfurter, health, metrics, pages, plotlyjs, ticker
from ratesvc.web.asked import Refused, refusal
from ratesvc.web.current import Current
from ratesvc.web.hot import Hot

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


def create_app() -> Flask:
    """The application of one worker. It keeps looking for new versions for as long as it lives."""
    app = Flask(__name__, static_folder=None)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    current = Current(settings.load().published)
    app.extensions["current"] = current
    app.add_template_global(assets.asset_url, "asset")
    for module in (pages, charts, plotlyjs, assets, ticker, files, frankfurter, feeds, embed, health, metrics):
        app.register_blueprint(module.blueprint)
    metrics.count(app)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(404, lambda _: (render_template("lost.html"), 404))
    hot = Hot(app.wsgi_app, current)
    app.extensions["hot"] = hot
    app.wsgi_app = hot  # type: ignore[method-assign] # Flask's documented way to add middleware
    current.watch(hot.refresh)

    @app.after_request
    def protect(answer: Response) -> Response:
        answer.headers.setdefault("Content-Security-Policy", POLICY)
        answer.headers.setdefault("X-Content-Type-Options", "nosniff")
        answer.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
        return answer

    return app
