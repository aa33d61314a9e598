"""Style sheets, scripts and pictures of the pages, under names that change with them, so that browsers keep them."""

import hashlib
import mimetypes
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from flask import Blueprint, Response, abort

from ratesvc.web.http.responses import FOR_EVER, cacheable

blueprint = Blueprint("assets", __name__)

FOLDER = Path(__file__).parents[1] / "static"


@blueprint.get("/assets/<name>")
def asset(name: str) -> Response:
    """One file of static/ by its name and hash."""
    path = _by_name().get(name)
    if path is None:
        abort(404)
    content_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    charset = "; charset=utf-8" if content_type.startswith("text/") else ""
    return cacheable(path.read_bytes(), content_type + charset, FOR_EVER)


def asset_url(name: str) -> str:
    """Where a page finds a file of static/."""
    return _urls()[name]


@cache
def _urls() -> Mapping[str, str]:
    return {path.name: f"/assets/{hashed}" for hashed, path in _by_name().items()}


@cache
def _by_name() -> Mapping[str, Path]:
    return {
        f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:12]}{path.suffix}": path
        for path in sorted(FOLDER.iterdir())
        if path.is_file()
    }
