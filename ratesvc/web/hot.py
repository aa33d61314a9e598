"""The ticker's bytes, answered from memory before Flask sees the request.

A news site's readers ask for these three addresses and nothing else, so they get the shortest way:
everything that does not depend on the request is made when a version is published. What depends on
the parameters is made once for each version, when it is first asked for.
"""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import duckdb
from werkzeug.datastructures import MultiDict

from ratesvc import ticker
from ratesvc.reader import Reader, first_line
from ratesvc.web import said
from ratesvc.web.answers import brotlied, encoding_for, gzipped, seconds_until
from ratesvc.web.asked import Asked, Refused
from ratesvc.web.current import Current
from ratesvc.web.said import Said
from ratesvc.web.ticker import LOOK, PAGE_POLICY, TYPES, look_of, variant

MOST_KEPT = 1000
"""How many answers are kept for a version. An editor's choice is one; whoever makes up others fills no memory."""

Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, Headers, bytes]
"""ETag, the headers of a 200, the headers of a 304, the body."""


class Hot:
    """WSGI middleware: GET and HEAD of the ticker's addresses as it is now; all else goes on to the app."""

    def __init__(self, app: WSGIApplication, current: Current) -> None:
        self._app = app
        self._current = current
        self._shown: Reader | None = None
        self._bodies: dict[str, bytes] = {}
        self._said: Said | None = None
        self._stale_at: datetime | None = None
        self._max_age = -1
        self._answers: dict[str, dict[str, Answer]] = {}
        self.refresh()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers, or passes on."""
        path, query, method = environ["PATH_INFO"], environ.get("QUERY_STRING"), environ["REQUEST_METHOD"]
        variants = self._answers.get(f"{path}?{query}" if query else path)
        if query and variants is None and path in TYPES:
            variants = self._answer_to(path, query)
        if variants is None or (method != "GET" and method != "HEAD"):
            return self._app(environ, start_response)
        etag, headers, headers_304, body = variants[encoding_for(environ.get("HTTP_ACCEPT_ENCODING", ""))]
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked and (etag in asked or asked.strip() == "*"):
            start_response("304 Not Modified", headers_304)
            return []
        start_response("200 OK", headers)
        return [body] if method == "GET" else []

    def refresh(self) -> None:
        """Makes the answers anew if the version, the staleness of a row or the time left to cache has changed."""
        reader = self._current.reader
        if reader is None:
            return
        now = datetime.now(UTC)
        try:
            bodies = self._new_bodies(reader, now)
        except (OSError, duckdb.Error) as failure:
            self._current.trouble(f"the ticker of {reader.published.version} cannot be read: {first_line(failure)}")
            return
        max_age = seconds_until(reader.published.next_snapshot_at, now)
        if bodies:
            self._current.problem = None  # Should the pointer still be damaged, the next look says so again.
            self._shown, self._bodies, self._said = reader, bodies, said.now(reader)
            self._stale_at = _next_to_become_stale(json.loads(bodies["/ticker.json"])["rows"])
        if bodies or max_age != self._max_age:
            self._max_age = max_age
            self._answers = {path: _variants(TYPES[path], body, max_age) for path, body in self._bodies.items()}

    def _answer_to(self, path: str, query: str) -> dict[str, Answer] | None:
        """What parameters make of the rows, kept for the next who asks; None for what is for the app to say."""
        answers, told = self._answers, self._said  # In this order: nothing old is put among the new.
        if told is None:
            return None
        try:
            look = look_of(Asked(*LOOK, given=MultiDict(parse_qsl(query, keep_blank_values=True))))
        except Refused:
            return None
        made = _variants(TYPES[path], variant(path, told, look), self._max_age)
        if len(answers) < MOST_KEPT:
            answers[f"{path}?{query}"] = made
        return made

    def _new_bodies(self, reader: Reader, now: datetime) -> dict[str, bytes] | None:
        """The bytes of a version that is not shown yet, or of one whose rows have aged; else None."""
        if reader is not self._shown:
            return {path: (reader.published.folder / path[1:]).read_bytes() for path in TYPES}
        if self._stale_at and now > self._stale_at:
            # The jobs have fallen silent, so nobody publishes that these rows have become stale.
            return _render(reader)
        return None


def _render(reader: Reader) -> dict[str, bytes]:
    rows, published = reader.rows("FROM ticker"), reader.published
    return {
        "/ticker.json": ticker.as_json(rows, published.version, published.published_at),
        "/ticker.txt": ticker.as_text(rows),
        "/ticker.html": ticker.as_page(rows),
    }


def _next_to_become_stale(rows: list[dict[str, Any]]) -> datetime | None:
    times = [row["stale_after"] for row in rows if row["stale_after"] and not row["stale"]]
    return datetime.fromisoformat(min(times)) if times else None


def _variants(content_type: str, body: bytes, max_age: int) -> dict[str, Answer]:
    bodies = {"identity": body, "gzip": gzipped(body), "br": brotlied(body)}
    return {name: _answer(name, content_type, encoded, max_age) for name, encoded in bodies.items()}


def _answer(encoding: str, content_type: str, body: bytes, max_age: int) -> Answer:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    always = [
        ("ETag", etag),
        ("Cache-Control", f"public, max-age={max_age}"),
        ("Vary", "Accept-Encoding"),
        ("Access-Control-Allow-Origin", "*"),
    ]
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
