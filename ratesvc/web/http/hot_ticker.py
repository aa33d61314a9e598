"""The ticker's bytes, answered from memory before Flask sees the request.

A news site's readers ask for these three addresses and nothing else, so they get the shortest way: everything is
made when a version is published. What parameters make of the rows is answered by the app, and kept by `cache`.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import duckdb
from werkzeug.http import http_date

from ratesvc.publish.reader import Reader, first_line
from ratesvc.render import ticker
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.responses import brotlied, encoding_for, gzipped, known_already, seconds_until
from ratesvc.web.http.ticker_routes import PAGE_POLICY, TYPES
from ratesvc.web.http.ticker_rows import TickerRows
from ratesvc.web.ops.metrics import REQUESTS, Tally

Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, Headers, bytes]
"""ETag, the headers of a 200, the headers of a 304, the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a worker shows of a version for a second; it is replaced as a whole, so its parts always fit."""

    reader: Reader
    told: TickerRows
    stale_at: datetime | None
    max_age: int
    bodies: dict[str, bytes]
    answers: dict[str, dict[str, Answer]]

    @property
    def expires(self) -> datetime | None:
        """When a newer version is due, which an answer tells even after a cache has kept it for a while."""
        return self.reader.published.next_snapshot_at


class HotTicker:
    """WSGI middleware: GET and HEAD of the ticker's addresses as it is now; all else goes on to the app."""

    def __init__(self, app: WSGIApplication, current: Current) -> None:
        self._app = app
        self._current = current
        self._shown: Shown | None = None
        self._tallies = {(path, status): Tally() for path in TYPES for status in ("200", "304")}
        self.refresh()

    @property
    def told(self) -> TickerRows | None:
        """The rows that are shown at the moment; None before the first version."""
        return self._shown.told if self._shown else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers, or passes on."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        shown = self._shown
        variants = shown.answers.get(path) if shown and not environ.get("QUERY_STRING") else None
        if variants is None or (method != "GET" and method != "HEAD"):
            return self._app(environ, start_response)
        etag, headers, headers_304, body = variants[encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))]
        if known_already(environ, etag):
            self._tallies[path, "304"].add()
            start_response("304 Not Modified", headers_304)
            return []
        self._tallies[path, "200"].add()
        start_response("200 OK", headers)
        return [body] if method == "GET" else []

    def refresh(self) -> None:
        """Makes the answers anew if the version, the staleness of a row or the time left to cache has changed."""
        for (path, status), tally in self._tallies.items():
            if grown := tally.news():
                REQUESTS.labels(f"memory:{path}", status).inc(grown)
        reader = self._current.reader
        if reader is None:
            return
        now = datetime.now(UTC)
        max_age = seconds_until(reader.published.next_snapshot_at, now)
        try:
            shown = self._anew(reader, now, max_age)
        except (OSError, ValueError, LookupError, duckdb.Error) as failure:
            self._current.trouble(f"the ticker of {reader.published.version} cannot be read: {first_line(failure)}")
            return
        if shown is not self._shown:
            self._current.problem = None  # Should the pointer still be damaged, the next look says so again.
            self._shown = shown
        elif max_age != shown.max_age:
            self._shown = replace(shown, max_age=max_age, answers=_answers(shown.bodies, max_age, shown.expires))

    def _anew(self, reader: Reader, now: datetime, max_age: int) -> Shown:
        """What is to be shown: a version that is not shown yet, one whose rows have aged, or what is shown."""
        shown = self._shown
        since = datetime.min.replace(tzinfo=UTC)
        if shown is None or reader is not shown.reader:
            plain = {path: (reader.published.folder / path[1:]).read_bytes() for path in TYPES}
        elif shown.stale_at and now > shown.stale_at:
            # The jobs have fallen silent, so nobody publishes that these rows have become stale.
            plain, since = _render(reader), now
        else:
            return shown
        return Shown(
            reader=reader,
            told=ticker_rows.read(reader),
            stale_at=_next_to_become_stale(json.loads(plain["/ticker.json"])["rows"], since),
            max_age=max_age,
            bodies=plain,
            answers=_answers(plain, max_age, reader.published.next_snapshot_at),
        )


def _answers(bodies: dict[str, bytes], max_age: int, expires: datetime | None) -> dict[str, dict[str, Answer]]:
    return {path: _variants(TYPES[path], bodies[path], max_age, expires) for path in TYPES}


def _render(reader: Reader) -> dict[str, bytes]:
    rows, published = reader.with_banks(reader.rows("FROM ticker")), reader.published
    return {
        "/ticker.json": ticker.as_json(rows, published.version, published.published_at),
        "/ticker.txt": ticker.as_text(rows),
        "/ticker.html": ticker.as_page(rows),
    }


def _next_to_become_stale(rows: list[dict[str, Any]], since: datetime) -> datetime | None:
    """When the next row becomes stale, after a moment: what was asked for that moment is not asked again."""
    times = [datetime.fromisoformat(row["stale_after"]) for row in rows if row["stale_after"] and not row["stale"]]
    return min((each for each in times if each > since), default=None)


def _variants(content_type: str, body: bytes, max_age: int, expires: datetime | None) -> dict[str, Answer]:
    bodies = {"identity": body, "gzip": gzipped(body), "br": brotlied(body)}
    return {name: _answer(name, content_type, encoded, max_age, expires) for name, encoded in bodies.items()}


def _answer(encoding: str, content_type: str, body: bytes, max_age: int, expires: datetime | None) -> Answer:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    always = [
        ("ETag", etag),
        ("Cache-Control", f"public, max-age={max_age}"),
        ("Vary", "Accept-Encoding"),
        ("Access-Control-Allow-Origin", "*"),
    ]
    if expires:
        always.append(("Expires", http_date(expires)))
    headers = [
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("X-Content-Type-Options", "nosniff"),
        *always,
    ]
    if encoding != "identity":
        headers.append(("Content-Encoding", encoding))
    if content_type.startswith("text/html"):
        headers.append(("Content-Security-Policy", PAGE_POLICY))
    return etag, headers, always, body
