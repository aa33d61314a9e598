"""The published files over HTTP, for DuckDB and for whoever downloads them.

A file under the name of its version never changes: its ETag is its SHA-256, and it may be cached for ever. Replacing a
file under a reader is how DuckDB over HTTP gets a mixture of two, and immutable names are why it cannot happen here.
`/data/rates.duckdb` and `/data/rates.parquet` only lead to the newest.
"""

import json
import re
from pathlib import Path
from typing import Any, cast

from flask import Blueprint, Response, redirect, send_file

from ratesvc.core import settings
from ratesvc.publish.reader import POINTER
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Params, Refused
from ratesvc.web.http.responses import FOR_EVER, cacheable, seconds_left
from ratesvc.web.pages.page import Page

blueprint = Blueprint("files", __name__)

STABLE = ("rates.duckdb", "rates.parquet", "observations.parquet")
"""The names that lead to the newest version."""
TYPES = {
    ".duckdb": "application/vnd.duckdb",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}
WHAT = {
    "rates.duckdb": "Everything, with views and macros",
    "rates.parquet": "The view rates: the newest sighting of each source, currency and day",
    "observations.parquet": "Every sighting, corrected ones too",
    "ticker.json": "What the ticker said",
    "ticker.txt": "The same as lines",
    "ticker.html": "The same as a page",
}
PUBLIC = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


@blueprint.get("/data/")
def index() -> Response:
    """The files of the newest version, and how to open them."""
    page = Page()
    there = _manifest(page.reader.published.folder)["files"]
    files = {name: there[name] for name in sorted(there, key=[*WHAT, *there].index)}
    return page.answer(page.render("pages/files.html", files=files, what=WHAT))


@blueprint.get(f"/data/{POINTER}")
def latest() -> Response:
    """Which version is the newest, and which files has it?"""
    Params.parse()
    published = ticker_rows.reader().published
    body = (published.folder / "manifest.json").read_bytes()
    return cacheable(body, "application/json", seconds_left(published))


@blueprint.get(f"/data/<any({','.join(map(repr, STABLE))}):name>")
def newest(name: str) -> Response:
    """Where is the newest version's file?"""
    Params.parse()
    published = ticker_rows.reader().published
    answer = cast(Response, redirect(f"/data/{published.version}/{name}", 302))
    answer.headers.extend({**PUBLIC, "Cache-Control": f"public, max-age={seconds_left(published)}"})
    return answer


@blueprint.get("/data/<version>/<name>")
def file(version: str, name: str) -> Response:
    """What is in a file of a version?

    It never changes. Files are kept for a day; later there is 404.
    """
    Params.parse()
    folder = settings.load().published / version
    if not re.fullmatch(r"2\d{7}T\d{9}Z", version, re.ASCII) or not folder.is_dir():
        raise Refused(404, "there is no such version, or its files were removed: they are kept for a day")
    files: dict[str, Any] = {**_manifest(folder)["files"], "manifest.json": {"sha256": f"{version}-manifest"}}
    if name not in files:
        raise Refused(404, f"a version has {', '.join(files)}")
    path = folder.absolute() / name  # Flask would look for a relative one in its package.
    # A version is a folder that was finished before it got its name, so what can be opened is whole.
    answer = send_file(path, TYPES[path.suffix], conditional=True, etag=files[name]["sha256"], max_age=FOR_EVER)
    answer.cache_control.public = True
    answer.cache_control.immutable = True
    answer.headers.extend(PUBLIC)
    return answer


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / "manifest.json").read_bytes())
    except OSError:
        raise Refused(404, "the files of this version were removed: they are kept for a day") from None
    return found
