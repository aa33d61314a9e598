"""In-memory response cache of a worker, in front of Flask.

Caches every response with `Cache-Control: public, max-age=...` for that time, keyed by URL, media type and encoding.
A new version or an aged ticker row clears the cache. A client that has the response gets 304, without a query.

Of equal requests that arrive while the first of them is being answered, each waits for its response.

Once the cache is half full, a URL is cached from its second request on, so that one-off URLs do not evict popular
ones.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from ratesvc.web.http.current_version import Current
from ratesvc.web.http.responses import FOR_EVER, encoding_for, form_of, known_already
from ratesvc.web.ops.metrics import REQUESTS, Tally

MOST_BYTES = 32_000_000
"""Cache size of a worker in bytes; the oldest responses are evicted first."""
LARGEST = 2_000_000
"""Largest cached response in bytes."""
MOST_SEEN = 10_000
"""How many URLs requested once are remembered."""
LONGEST_WAIT_SECONDS = 10
"""How long a request waits for an equal one; then it asks the app itself."""
NEVER = ("/data/",)
"""Files, which the operating system caches."""

OK, NOT_MODIFIED = "200 OK", "304 Not Modified"

Key = tuple[str, str, str, str]
"""Path, query string, form (json, csv, ndjson or xlsx), encoding."""
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedResponse:
    """A cached response.

    headers: all but Cache-Control. fresh_until: on the monotonic clock. endpoint: its label in the metrics.
    """

    etag: str
    headers: Headers
    body: bytes
    fresh_until: float
    for_ever: bool
    endpoint: str

    @property
    def age(self) -> tuple[str, str]:
        """The Cache-Control header for the remaining time."""
        left = max(ceil(self.fresh_until - time.monotonic()), 1)
        return "Cache-Control", f"public, max-age={FOR_EVER}, immutable" if self.for_ever else f"public, max-age={left}"


@dataclass(slots=True)
class Generation:
    """Responses for one version, the same ticker rows and the same health state."""

    reader: object
    rows: object
    healthy: bool
    answers: dict[Key, CachedResponse] = field(default_factory=dict)
    requested_once: set[int] = field(default_factory=set)
    in_progress: dict[Key, threading.Event] = field(default_factory=dict)
    size: int = 0

    def fresh(self, key: Key) -> CachedResponse | None:
        """Return the response that is cached and has not expired."""
        cached = self.answers.get(key)
        return cached if cached and cached.fresh_until > time.monotonic() else None


class Cache:
    """WSGI middleware: answers GET and HEAD from the cache and passes everything else to the app.

    rows: returns the current ticker rows, a new object whenever they change.
    """

    def __init__(self, app: WSGIApplication, current: Current, rows: Callable[[], object]) -> None:
        self._app = app
        self._current = current
        self._rows = rows
        self._generation = Generation(None, None, healthy=True)
        self._adding = threading.Lock()
        self._tallies: dict[tuple[str, str], Tally] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Respond from the cache, or from the app and cache its response."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD") or path.startswith(NEVER) or "HTTP_RANGE" in environ:
            return self._app(environ, start_response)
        generation = self._newest()
        form = form_of(environ.get("HTTP_ACCEPT", ""))
        key = (path, environ.get("QUERY_STRING", ""), form, encoding_for(environ.get("HTTP_ACCEPT_ENCODING", "")))
        if cached := generation.fresh(key):
            return self._repeat(cached, environ, start_response)
        if method == "HEAD" or (generation.size > MOST_BYTES // 2 and not _requested_before(generation, key)):
            return self._app(environ, start_response)
        return self._join(generation, key, environ, start_response)

    def count(self) -> None:
        """Add the responses from the cache to the metrics."""
        for (endpoint, status), tally in list(self._tallies.items()):
            if added := tally.news():
                REQUESTS.labels(f"memory:{endpoint}", status).inc(added)

    def _newest(self) -> Generation:
        reader, rows, healthy = self._current.reader, self._rows(), self._current.problem is None
        generation = self._generation
        if generation.reader is not reader or generation.rows is not rows or generation.healthy != healthy:
            # Requests in progress still write to the old generation, which is no longer read.
            generation = self._generation = Generation(reader, rows, healthy)
        return generation

    def _tally(self, endpoint: str, status: str) -> Tally:
        tally = self._tallies.get((endpoint, status))
        return tally or self._tallies.setdefault((endpoint, status), Tally())

    def _repeat(
        self, cached: CachedResponse, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Respond from the cache."""
        status = _respond(cached, environ, start_response)
        self._tally(cached.endpoint, status[:3]).add()
        return [cached.body] if status == OK and environ["REQUEST_METHOD"] == "GET" else []

    def _join(
        self, generation: Generation, key: Key, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Get the response from the app, or wait for an equal request that is doing so."""
        done = threading.Event()
        first = generation.in_progress.setdefault(key, done)
        if first is not done:
            first.wait(LONGEST_WAIT_SECONDS)
        try:
            if cached := generation.fresh(key):  # Also if the first has ended since the cache was consulted.
                return self._repeat(cached, environ, start_response)
            # A request that has waited in vain, because the response may not be cached, makes no other wait.
            return self._fill(generation, key, environ, start_response)
        finally:
            if first is done:
                del generation.in_progress[key]
                done.set()

    def _fill(
        self, generation: Generation, key: Key, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Get the full response from the app, cache it if allowed, and respond."""
        response: dict[str, Any] = {}

        def capture(status: str, headers: Headers, failure: Any = None) -> Any:
            response.update(status=status, headers=headers, failure=failure)
            return lambda _data: None

        unconditional = {name: text for name, text in environ.items() if name != "HTTP_IF_NONE_MATCH"}
        parts = self._app(unconditional, capture)
        try:
            body = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        headers = dict(response["headers"])
        age = re.search(r"max-age=(\d+)", headers.get("Cache-Control", ""))
        if response["status"] != OK or not age or "ETag" not in headers or len(body) > LARGEST:
            start_response(response["status"], response["headers"], response["failure"])
            return [body]
        cached = CachedResponse(
            etag=headers["ETag"],
            # Both depend on the time of the response.
            headers=[each for each in response["headers"] if each[0] not in ("Cache-Control", "Date")],
            body=body,
            fresh_until=time.monotonic() + int(age[1]),
            for_ever=int(age[1]) == FOR_EVER,
            endpoint=unconditional.get("ratesvc.endpoint", "none"),
        )
        self._keep(generation, key, cached)
        return [body] if _respond(cached, environ, start_response) == OK else []

    def _keep(self, generation: Generation, key: Key, cached: CachedResponse) -> None:
        with self._adding:
            if key in generation.answers:
                generation.size -= _size(key, generation.answers.pop(key))
            generation.answers[key] = cached
            generation.size += _size(key, cached)
            while generation.size > MOST_BYTES:
                oldest = next(iter(generation.answers))
                generation.size -= _size(oldest, generation.answers.pop(oldest))


def _size(key: Key, cached: CachedResponse) -> int:
    """Bytes of a response and its key: a URL may be longer than its response."""
    return sum(map(len, key)) + len(cached.body)


def _requested_before(generation: Generation, key: Key) -> bool:
    mark = hash(key)
    if mark in generation.requested_once:
        return True
    if len(generation.requested_once) >= MOST_SEEN:
        generation.requested_once.clear()
    generation.requested_once.add(mark)
    return False


def _respond(cached: CachedResponse, environ: WSGIEnvironment, start_response: StartResponse) -> str:
    """Start a response and return its status: 304 if the client has it already."""
    if known_already(environ, cached.etag):
        headers = [each for each in cached.headers if each[0] not in ("Content-Type", "Content-Length")]
        start_response(NOT_MODIFIED, [*headers, cached.age])
        return NOT_MODIFIED
    start_response(OK, [*cached.headers, cached.age])
    return OK
