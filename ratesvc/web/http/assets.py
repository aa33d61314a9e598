"""Static files of the pages under content-hashed URLs, which browsers may cache for ever.

Each URL contains one digest of all files, so modules that a script imports by relative URL are versioned too.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort
from lxml import etree

from ratesvc.web.http.responses import FOR_EVER, cacheable

blueprint = Blueprint("assets", __name__)

FOLDER = Path(__file__).parents[1] / "static"
mimetypes.add_type("font/woff2", ".woff2")  # Python knows it only where the system does.


@blueprint.get("/assets/<digest>/<path:name>")
def asset(digest: str, name: str) -> Response:
    """Serve one file of static/."""
    path = _files().get(name)
    if path is None or digest != _digest():
        abort(404)
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if content_type.startswith("text/") else ""
    return cacheable(path.read_bytes(), content_type + charset, FOR_EVER)


def asset_url(name: str) -> str:
    """Return the URL of a file of static/. Raises KeyError if it does not exist."""
    if name not in _files():
        raise KeyError(name)
    return f"/assets/{_digest()}/{name}"


def urls() -> list[str]:
    """Return the URL of every file of static/."""
    return [asset_url(name) for name in _files()]


@cache
def mark() -> str:
    """Return the site's mark, from its icon, as the `d` of a path in a box of 32 by 32."""
    return str(etree.parse(FOLDER / "icon.svg").xpath("string(//*[@id='mark']/@d)"))


@cache
def _digest() -> str:
    digest = hashlib.sha256()
    for name, path in _files().items():
        digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    return digest.hexdigest()[:12]


@cache
def _files() -> Mapping[str, Path]:
    return {path.relative_to(FOLDER).as_posix(): path for path in sorted(FOLDER.rglob("*")) if path.is_file()}
