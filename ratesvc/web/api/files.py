"""The published files over HTTP, for DuckDB and for downloads.

A file of a version never changes: its ETag is its SHA-256, and it may be cached for ever. DuckDB over HTTP reads a
mixture of two files when one replaces the other under the same URL; immutable URLs prevent that.
`/data/rates.duckdb` and `/data/rates.parquet` redirect to the newest version.
"""

import json
import re
from pathlib import Path
from typing import Any, cast

from flask import Blueprint, Response, redirect, send_file

from ratesvc.core import settings
from ratesvc.publish.reader import POINTER
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import ParameterError, Params
from ratesvc.web.http.responses import FOR_EVER, cacheable, seconds_left
from ratesvc.web.pages.page import Page

blueprint = Blueprint("files", __name__)

STABLE = ("rates.duckdb", "rates.parquet", "observations.parquet")
"""The names that redirect to the newest version."""
TYPES = {
    ".duckdb": "application/vnd.duckdb",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}
DESCRIPTIONS = {
    "rates.duckdb": "The whole database, with views and macros",
    "rates.parquet": "The view rates: the newest sighting of each source, currency and day",
    "observations.parquet": "Every sighting, including corrected ones",
    "ticker.json": "The ticker as JSON",
    "ticker.txt": "The ticker as plain text",
    "ticker.html": "The ticker as a page",
}
PUBLIC = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


@blueprint.get("/data/")
def index() -> Response:
    """List the files of the newest version, and how to open them."""
    page = Page()
    available = _manifest(page.reader.published.folder)["files"]
    files = {name: available[name] for name in sorted(available, key=[*DESCRIPTIONS, *available].index)}
    return page.answer(page.render("pages/files.html", files=files, what=DESCRIPTIONS))


@blueprint.get(f"/data/{POINTER}")
def latest() -> Response:
    """Get the manifest of the newest version: its name and its files."""
    Params.parse()
    published = ticker_rows.reader().published
    body = (published.folder / "manifest.json").read_bytes()
    return cacheable(body, "application/json", seconds_left(published))


@blueprint.get(f"/data/<any({','.join(map(repr, STABLE))}):name>")
def newest(name: str) -> Response:
    """Redirect to a file of the newest version."""
    Params.parse()
    published = ticker_rows.reader().published
    answer = cast(Response, redirect(f"/data/{published.version}/{name}", 302))
    answer.headers.extend({**PUBLIC, "Cache-Control": f"public, max-age={seconds_left(published)}"})
    return answer


@blueprint.get("/data/<version>/<name>")
def file(version: str, name: str) -> Response:
    """Get a file of a version.

    It never changes. Files are kept for a day, then the response is 404.
    """
    Params.parse()
    folder = settings.load().published / version
    if not re.fullmatch(r"2\d{7}T\d{9}Z", version, re.ASCII) or not folder.is_dir():
        raise ParameterError(404, "unknown version, or its files have been removed: files are kept for a day")
    files: dict[str, Any] = {**_manifest(folder)["files"], "manifest.json": {"sha256": f"{version}-manifest"}}
    if name not in files:
        raise ParameterError(404, f"unknown file: a version has {', '.join(files)}")
    path = folder.absolute() / name  # Flask resolves a relative path within its package.
    # A version's folder is complete before it gets its name, so a file that opens is complete.
    answer = send_file(path, TYPES[path.suffix], conditional=True, etag=files[name]["sha256"], max_age=FOR_EVER)
    answer.cache_control.public = True
    answer.cache_control.immutable = True
    answer.headers.extend(PUBLIC)
    return answer


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    except OSError:
        raise ParameterError(404, "the files of this version have been removed: files are kept for a day") from None
    return manifest
