"""In-memory response cache of a worker, in front of Flask.

Caches every response with `Cache-Control: public, max-age=...` for that time, keyed by URL, media type and encoding.
A new version or an aged ticker row clears the cache. A client that has the response gets 304, without a query.

Of equal requests that arrive while the first of them is being answered, each waits for its response.

A response that is cached uncompressed is not made again for another encoding, only compressed.

Once the cache is half full, a URL is cached from its second request on, so that one-off URLs do not evict popular
ones.
"""

import re
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from math import ceil
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.test import create_environ

from ratesvc.web.http.current_version import Current
from ratesvc.web.http.responses import (
    FOR_EVER,
    OVERDUE_SECONDS,
    ROWS_AS,
    compressible,
    encoded,
    encoding_for,
    etag_of,
    form_of,
    known_already,
)
from ratesvc.web.ops.metrics import REQUESTS, WARMING, Tally

MOST_BYTES = 32_000_000
"""Cache size of a worker in bytes; the oldest responses are evicted first."""
LARGEST = 2_000_000
"""Largest cached response in bytes."""
MOST_SEEN = 10_000
"""How many URLs requested once are remembered."""
LONGEST_WAIT_SECONDS = 10
"""How long a request waits for an equal one; then it asks the app itself."""
MOST_ASKED = 50
"""How many of the first requests of each version are remembered, to warm the next one."""
LASTING_SECONDS = 43_200
"""What may be cached for longer is of the past, and costs more."""
NEVER = ("/data/",)
"""Files, which the operating system caches."""

_MEDIA_TYPES = {form: media_type for media_type, form in ROWS_AS.items()}
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
    asked_first: dict[Key, None] = field(default_factory=dict)
    requested_once: set[int] = field(default_factory=set)
    in_progress: dict[Key, threading.Event] = field(default_factory=dict)
    size: int = 0

    def fresh(self, key: Key) -> CachedResponse | None:
        """Return the response that is cached and has not expired."""
        cached = self.answers.get(key)
        return cached if cached and cached.fresh_until > time.monotonic() else None

    def note(self, key: Key) -> None:
        """Remember that a reader asked, if it was among the first and the response is not one of the past."""
        if len(self.asked_first) == MOST_ASKED:
            return
        cached = self.answers.get(key)
        if cached and cached.fresh_until < time.monotonic() + LASTING_SECONDS:
            self.asked_first.setdefault(key)


class Cache:
    """WSGI middleware: answers GET and HEAD from the cache and passes everything else to the app.

    rows: returns the current ticker rows, a new object whenever they change.
    """

    def __init__(self, app: WSGIApplication, current: Current, rows: Callable[[], object]) -> None:
        self._app = app
        self._current = current
        self._rows = rows
        self._generation = Generation(None, None, healthy=True)
        self._upcoming: Generation | None = None
        self._missed_at = 0.0
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
            generation.note(key)
            return self._repeat(cached, environ, start_response)
        if method == "HEAD" or (generation.size > MOST_BYTES // 2 and not _requested_before(generation, key)):
            return self._app(environ, start_response)
        response = self._join(generation, key, environ, start_response)
        self._missed_at = time.monotonic()
        generation.note(key)
        return response

    @property
    def busy_at(self) -> float:
        """When a reader last waited for a response that was not cached, on the monotonic clock."""
        return time.monotonic() if self._generation.in_progress else self._missed_at

    def asked_first(self) -> list[Key]:
        """Return what readers asked first of the version that is served."""
        return list(self._generation.asked_first)

    def prepare(self) -> Generation:
        """Return the generation of the version that this thread is shown, which is used once it is served."""
        if self._generation.reader is self._current.reader:
            return self._newest()
        self._upcoming = Generation(self._current.reader, self._rows(), healthy=True)
        return self._upcoming

    def forget(self) -> None:
        """Forget what was prepared, unless its version is served."""
        self._upcoming = None

    def warm(self, generation: Generation, key: Key) -> None:
        """Cache a response of the version that this thread is shown, for as long as it may be. No metric counts it."""
        cached = generation.answers.get(key)
        if cached and cached.fresh_until > time.monotonic() + OVERDUE_SECONDS:
            return
        path, query, form, encoding = key
        mine = {"PATH_INFO": path, "QUERY_STRING": query, WARMING: True}
        headers = {"Accept": _MEDIA_TYPES[form], "Accept-Encoding": encoding}
        environ = create_environ(headers=headers, environ_overrides=mine)
        # While a response is fresh, readers get it and need not wait for the next one.
        make = self._fill if generation.fresh(key) else self._join
        make(generation, key, environ, lambda *_: lambda _data: None)

    def count(self) -> None:
        """Add the responses from the cache to the metrics."""
        for (endpoint, status), tally in list(self._tallies.items()):
            if added := tally.news():
                REQUESTS.labels(f"memory:{endpoint}", status).inc(added)

    def _newest(self) -> Generation:
        reader, rows, healthy = self._current.reader, self._rows(), self._current.problem is None
        generation = self._generation
        if generation.reader is not reader or generation.rows is not rows or generation.healthy != healthy:
            warmed = self._upcoming
            is_ready = warmed and warmed.reader is reader and warmed.rows is rows and healthy
            # Requests in progress still write to the old generation, which is no longer read.
            generation = self._generation = warmed if warmed and is_ready else Generation(reader, rows, healthy)
        return generation

    def _tally(self, endpoint: str, status: str) -> Tally:
        tally = self._tallies.get((endpoint, status))
        return tally or self._tallies.setdefault((endpoint, status), Tally())

    def _repeat(
        self, cached: CachedResponse, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Respond from the cache."""
        status = _respond(cached, environ, start_response)
        if WARMING not in environ:
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
        if key[3] != "identity" and (plain := generation.fresh((*key[:3], "identity"))):
            self._keep(generation, key, cached := _encoded(plain, key[3]))
            return self._repeat(cached, environ, start_response)
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


def _encoded(plain: CachedResponse, encoding: str) -> CachedResponse:
    """Return an uncompressed response in another encoding, as the app would have made it."""
    headers = dict(plain.headers)
    if not compressible(headers["Content-Type"]):
        return plain
    body = encoded(plain.body, encoding)
    headers |= {"Content-Encoding": encoding, "Content-Length": str(len(body)), "ETag": f'"{etag_of(body)}"'}
    return replace(plain, etag=headers["ETag"], headers=list(headers.items()), body=body)


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
