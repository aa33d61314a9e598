"""The dashboards as JSON for the page to draw, and Plotly's own JavaScript, from this machine."""

import gzip
import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Protocol, cast

import brotli
import orjson
import pandas as pd
import plotly.graph_objects as go
from flask import Blueprint, Response, abort, current_app, request, url_for
from plotly.offline import get_plotlyjs

from ratesvc.folder import modules
from ratesvc.web.current import Current

blueprint = Blueprint("charts", __name__)


class Dashboard(Protocol):
    """What every module in dashboards/ offers."""

    __doc__: str | None
    TITLE: str
    SQL: str

    @staticmethod
    def figure(frame: pd.DataFrame) -> go.Figure:
        """Draws the result of SQL."""


def load() -> Mapping[str, Dashboard]:
    """Every dashboard by its name."""
    return cast(Mapping[str, Dashboard], modules("dashboards"))


@blueprint.get("/dashboards/<name>.json")
def chart(name: str) -> Response:
    """A dashboard's figure on the newest version, as Plotly takes it: {"data": [...], "layout": {...}}."""
    current: Current = current_app.extensions["current"]
    dashboard, reader = load().get(name), current.reader
    if dashboard is None:
        abort(404)
    if reader is None:
        abort(503)
    drawing = dashboard.figure(reader.frame(dashboard.SQL)).to_plotly_json()
    # The template holds colours for a white page; the page brings its own.
    drawing["layout"].pop("template", None)
    answer = Response(orjson.dumps(drawing), content_type="application/json")
    answer.set_etag(hashlib.sha256(answer.data).hexdigest()[:32])
    answer.cache_control.no_cache = True
    return cast(Response, answer.make_conditional(request))


@blueprint.get("/plotly-<digest>.js")
def plotly(digest: str) -> Response:
    """Plotly's JavaScript under a name that changes with its content, so that it is fetched once."""
    if digest != _digest():
        abort(404)
    encoding = request.accept_encodings.best_match(["br", "gzip", "identity"], "identity")
    answer = Response(_plotly(encoding), content_type="text/javascript; charset=utf-8")
    answer.cache_control.public = True
    answer.cache_control.max_age = 31_536_000
    answer.cache_control.immutable = True
    answer.vary.add("Accept-Encoding")
    if encoding != "identity":
        answer.content_encoding = encoding
    return answer


def plotly_url() -> str:
    """Where the page finds Plotly."""
    return url_for("charts.plotly", digest=_digest())


@cache
def _digest() -> str:
    return hashlib.sha256(_plotly("identity")).hexdigest()[:16]


@cache
def _plotly(encoding: str) -> bytes:
    script = get_plotlyjs().encode()
    if encoding == "br":
        compressed: bytes = brotli.compress(script, quality=5)  # The best quality takes 10 s and saves a seventh.
        return compressed
    return gzip.compress(script, 6, mtime=0) if encoding == "gzip" else script
