"""Plotly's JavaScript, self-hosted under a content-hashed URL.

The pages draw only lines and bars, for which Plotly's basic bundle is enough: a quarter of the full one. `make run`
fetches it if npm is installed; otherwise the full bundle of the Python package is served.
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
"""Where `make run` installs the basic bundle."""


@blueprint.get("/plotly-<digest>.js")
def plotly(digest: str) -> Response:
    """Serve the script, cacheable for ever."""
    if digest != _digest():
        abort(404)
    return cacheable(_script(), "text/javascript; charset=utf-8", FOR_EVER)


def plotly_url() -> str:
    """Return the URL of the script."""
    return f"/plotly-{_digest()}.js"


@cache
def _digest() -> str:
    return sha256(_script()).hexdigest()[:16]


@cache
def _script() -> bytes:
    if BASIC.is_file():
        script = BASIC.read_bytes()
        # A bundle of another version than the Python package might not understand its figures.
        if f"v{get_plotlyjs_version()}".encode() in script[:200]:
            return script
    return str(get_plotlyjs()).encode()
