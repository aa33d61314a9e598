"""Plotly's own JavaScript, from this machine, under a name that changes with its content.

The pages draw lines and bars only, for which Plotly's basic bundle is enough: a quarter of the whole. `make run`
fetches it where npm is installed; elsewhere the whole one is served, which the Python package brings along.
"""

import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, abort
from plotly.offline import get_plotlyjs, get_plotlyjs_version

from ratesvc.web.http.responses import FOR_EVER, cacheable

blueprint = Blueprint("plotlyjs", __name__)

BASIC = Path(sys.prefix) / "share" / "ratesvc" / "plotly-basic.min.js"
"""Where `make run` puts it."""


@blueprint.get("/plotly-<digest>.js")
def plotly(digest: str) -> Response:
    """The script, once for ever."""
    if digest != _digest():
        abort(404)
    return cacheable(_script(), "text/javascript; charset=utf-8", FOR_EVER)


def plotly_url() -> str:
    """Where the pages find it."""
    return f"/plotly-{_digest()}.js"


@cache
def _digest() -> str:
    return sha256(_script()).hexdigest()[:16]


@cache
def _script() -> bytes:
    if BASIC.is_file():
        script = BASIC.read_bytes()
        # Of another version than the Python package, it might not understand its figures.
        if f"v{get_plotlyjs_version()}".encode() in script[:200]:
            return script
    return str(get_plotlyjs()).encode()
