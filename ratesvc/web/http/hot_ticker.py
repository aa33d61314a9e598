"""The plain ticker, served from memory before Flask sees the request.

Readers of a news site request only these three URLs, so their responses are prepared when a version is published.
The app serves the ticker with parameters, and `cache` caches it.
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
"""ETag, headers of a 200, headers of a 304, body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The ticker that a worker serves. Replaced as a whole, so its parts are always consistent."""

    reader: Reader
    rows: TickerRows
    stale_at: datetime | None
    max_age: int
    bodies: dict[str, bytes]
    answers: dict[str, dict[str, Answer]]

    @property
    def expires(self) -> datetime | None:
        """When the next version is due: unlike max-age, it stays correct while a cache holds the response."""
        return self.reader.published.next_snapshot_at


class HotTicker:
    """WSGI middleware: answers GET and HEAD of the current ticker and passes everything else to the app."""

    def __init__(self, app: WSGIApplication, current: Current) -> None:
        self._app = app
        self._current = current
        self._state: State | None = None
        self._tallies = {(path, status): Tally() for path in TYPES for status in ("200", "304")}
        self.refresh()

    @property
    def rows(self) -> TickerRows | None:
        """The current rows; None before the first version."""
        return self._state.rows if self._state else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond, or pass the request on."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        state = self._state
        variants = state.answers.get(path) if state and not environ.get("QUERY_STRING") else None
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
        """Rebuild the responses if the version, the staleness of a row or the cache time has changed."""
        for (path, status), tally in self._tallies.items():
            if added := tally.news():
                REQUESTS.labels(f"memory:{path}", status).inc(added)
        reader = self._current.reader
        if reader is None:
            return
        now = datetime.now(UTC)
        max_age = seconds_until(reader.published.next_snapshot_at, now)
        try:
            state = self._next_state(reader, now, max_age)
        except (OSError, ValueError, LookupError, duckdb.Error) as failure:
            self._current.trouble(f"the ticker of {reader.published.version} cannot be read: {first_line(failure)}")
            return
        if state is not self._state:
            if (self._current.problem or "").startswith("the ticker of"):
                self._current.problem = None
            self._state = state
        elif max_age != state.max_age:
            self._state = replace(state, max_age=max_age, answers=_answers(state.bodies, max_age, state.expires))

    def _next_state(self, reader: Reader, now: datetime, max_age: int) -> State:
        """The state of a new version, of a version whose rows have aged, or the unchanged state."""
        state = self._state
        since = datetime.min.replace(tzinfo=UTC)
        if state is None or reader is not state.reader:
            plain = {path: (reader.published.folder / path[1:]).read_bytes() for path in TYPES}
        elif state.stale_at and now > state.stale_at:
            # The jobs have stopped, so no new version will mark these rows as stale.
            plain, since = _render(reader), now
        else:
            return state
        return State(
            reader=reader,
            rows=ticker_rows.read(reader),
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
    """When the next row becomes stale after `since`, so that the same moment does not trigger twice."""
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
