"""The published files over HTTP, for DuckDB and for downloads.

A file of a version never changes: its ETag is its SHA-256, and it may be cached for ever. DuckDB over HTTP reads a
mixture of two files when one replaces the other under the same URL; immutable URLs prevent that.
`/data/rates.duckdb` and others redirect to the newest version.
"""

import logging
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, current_app, redirect, request, send_file

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError
from ratesvc.publish.manifest import NAME, is_kept_elsewhere, verified
from ratesvc.publish.reader import POINTER, is_version
from ratesvc.publish.sightings import NEWEST
from ratesvc.publish.versions import TYPES
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import ParameterError, Params
from ratesvc.web.http.responses import ANY_SITE, FOR_EVER, cacheable, seconds_left
from ratesvc.web.pages.page import Page

blueprint = Blueprint("files", __name__)
log = logging.getLogger("ratesvc")

STABLE = ("rates.duckdb", "rates.parquet", NEWEST)
"""The names that redirect to the newest version."""
DESCRIPTIONS = {
    "rates.duckdb": "The whole database, with views and macros",
    "rates.parquet": "The view rates: the newest sighting of each source, currency and day",
    NEWEST: "Every sighting, including corrected ones",
    "ticker.json": "The ticker as JSON",
    "ticker.txt": "The ticker as plain text",
    "ticker.html": "The ticker as a page",
}


@blueprint.get("/data/")
def index() -> Response:
    """List the files of the newest version, and how to open them."""
    page = Page()
    available = page.reader.published.manifest["files"]
    files = {name: available[name] for name in sorted(available, key=[*DESCRIPTIONS, *sorted(available)].index)}
    months = dict.fromkeys(page.reader.published.months, "Every sighting of that month")
    rest = {NEWEST: f"{DESCRIPTIONS[NEWEST]}, of the months that have no file of their own"} if months else {}
    return page.answer(page.render("pages/files.html", files=files, what={**DESCRIPTIONS, **months, **rest}))


@blueprint.get(f"/data/{POINTER}")
def latest() -> Response:
    """Get the manifest of the newest version: its name, its files, and when it was last checked."""
    Params.parse()
    published = ticker_rows.reader().published
    return cacheable(published.pointer, "application/json", seconds_left(published))


@blueprint.get("/data/<name>")
def newest(name: str) -> Response:
    """Redirect to a file of the newest version.

    `rates.duckdb` reads the months beside it under these addresses, wherever it was downloaded to.
    """
    Params.parse()
    published = ticker_rows.reader().published
    names = (*STABLE, *published.months)
    if name not in names:
        raise ParameterError(404, f"unknown file: there are {', '.join(names)}")
    answer = cast(Response, redirect(f"/data/{published.version}/{name}", 302))
    answer.headers.update({**ANY_SITE, "Cache-Control": f"public, max-age={seconds_left(published)}"})
    return answer


@blueprint.get("/data/<version>/<name>")
def file(version: str, name: str) -> Response:
    """Get a file of a version.

    It never changes. Files are kept for a day, then the response is 404. One that is kept elsewhere redirects there.
    """
    Params.parse()
    folder = settings.load().published.absolute() / version  # Flask resolves a relative path within its package.
    if not is_version(version) or not folder.is_dir():
        raise ParameterError(404, "unknown version, or its files have been removed: files are kept for a day")
    try:
        files = {name: facts["sha256"] for name, facts in verified(folder)["files"].items()}
    except RatesvcError as damage:
        log.error("%s", damage)
        raise ParameterError(503, f"the version {version} is damaged: its files are not served") from None
    files[NAME] = f"{version}-manifest"
    if name not in files:
        raise ParameterError(404, f"unknown file: a version has {', '.join(files)}")
    if is_kept_elsewhere(folder / name):
        answer = cast(Response, redirect(f"{settings.load().history}/data/{version}/{name}", 302))
        answer.headers.update(ANY_SITE)
        return answer
    answer = send_file(folder / name, TYPES[Path(name).suffix], conditional=True, etag=files[name])
    if current_app.config["BEHIND_FRONT"] and answer.status_code != 304 and "If-Match" not in request.headers:
        answer.close()
        answer = _sent_by_nginx(f"/published/{version}/{name}", answer)
    answer.headers["Cache-Control"] = f"public, max-age={FOR_EVER}, immutable"
    answer.headers.update(ANY_SITE)
    return answer


def _sent_by_nginx(internal_url: str, answer: Response) -> Response:
    """Leave body and range to nginx. It does not know the ETag, so If-None-Match and If-Match are decided here."""
    redirected = Response(content_type=answer.content_type)
    redirected.headers["ETag"] = answer.headers["ETag"]
    redirected.headers["X-Accel-Redirect"] = internal_url
    return redirected
