"""The answers of the newest version in the memory of a worker, in front of Flask.

What any HTTP cache may keep (`Cache-Control: public, max-age=...`) is kept here for the same time, by its address,
its form and its encoding. All of it goes when another version is shown or a row of the ticker has aged. Whoever has
an answer already gets 304, which costs no query.

Once half of the memory is full, an address is kept when it is asked for the second time only, so that addresses that
nobody repeats do not push out those that everybody asks for.
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
"""So many bytes of answers a worker keeps; the oldest go first."""
LARGEST = 2_000_000
"""No larger answer is kept."""
MOST_SEEN = 10_000
"""So many addresses are remembered that were asked for once."""
NEVER = ("/data/",)
"""Files, which the operating system keeps."""

OK, NOT_MODIFIED = "200 OK", "304 Not Modified"

Key = tuple[str, str, str, str]
"""Path, query, form, encoding."""
Headers = list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answer: its headers without Cache-Control, until when it is good, and who counts it."""

    etag: str
    headers: Headers
    body: bytes
    good_until: float
    for_ever: bool
    endpoint: str

    @property
    def age(self) -> tuple[str, str]:
        """The header Cache-Control for the time that is left."""
        left = max(ceil(self.good_until - time.monotonic()), 1)
        return "Cache-Control", f"public, max-age={FOR_EVER}, immutable" if self.for_ever else f"public, max-age={left}"


@dataclass(slots=True)
class Generation:
    """What was answered while the same version and the same rows were shown, and the pages told the same trouble."""

    reader: object
    rows: object
    healthy: bool
    answers: dict[Key, Kept] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)
    size: int = 0


class Cache:
    """WSGI middleware: GET and HEAD of what was answered before; all else goes on to the app.

    rows: the rows of the ticker that are shown, which are another object once they are others.
    """

    def __init__(self, app: WSGIApplication, current: Current, rows: Callable[[], object]) -> None:
        self._app = app
        self._current = current
        self._rows = rows
        self._generation = Generation(None, None, healthy=True)
        self._adding = threading.Lock()
        self._tallies: dict[tuple[str, str], Tally] = {}

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers from memory, or asks the app and keeps what it says."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD") or path.startswith(NEVER) or "HTTP_RANGE" in environ:
            return self._app(environ, start_response)
        generation = self._newest()
        form = form_of(environ.get("HTTP_ACCEPT", ""))
        key = (path, environ.get("QUERY_STRING", ""), form, encoding_for(environ.get("HTTP_ACCEPT_ENCODING", "")))
        kept = generation.answers.get(key)
        if kept and kept.good_until > time.monotonic():
            status = _answer(kept, environ, start_response)
            self._tally(kept.endpoint, status[:3]).add()
            return [kept.body] if status == OK and method == "GET" else []
        if method == "HEAD" or (generation.size > MOST_BYTES // 2 and not _asked_before(generation, key)):
            return self._app(environ, start_response)
        return self._fill(generation, key, environ, start_response)

    def count(self) -> None:
        """Adds what was answered from memory to the metrics."""
        for (endpoint, status), tally in list(self._tallies.items()):
            if grown := tally.news():
                REQUESTS.labels(f"memory:{endpoint}", status).inc(grown)

    def _newest(self) -> Generation:
        reader, rows, healthy = self._current.reader, self._rows(), self._current.problem is None
        generation = self._generation
        if generation.reader is not reader or generation.rows is not rows or generation.healthy != healthy:
            # Who still asks the app for the one before keeps the answer there, where nobody finds it any more.
            generation = self._generation = Generation(reader, rows, healthy)
        return generation

    def _tally(self, endpoint: str, status: str) -> Tally:
        found = self._tallies.get((endpoint, status))
        return found or self._tallies.setdefault((endpoint, status), Tally())

    def _fill(
        self, generation: Generation, key: Key, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Asks the app for the whole answer, keeps it where a cache may, and answers."""
        told: dict[str, Any] = {}

        def noted(status: str, headers: Headers, failure: Any = None) -> Any:
            told.update(status=status, headers=headers, failure=failure)
            return lambda _data: None

        whole = {name: text for name, text in environ.items() if name != "HTTP_IF_NONE_MATCH"}
        parts = self._app(whole, noted)
        try:
            body = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        headers = dict(told["headers"])
        age = re.search(r"max-age=(\d+)", headers.get("Cache-Control", ""))
        if told["status"] != OK or not age or "ETag" not in headers or len(body) > LARGEST:
            start_response(told["status"], told["headers"], told["failure"])
            return [body]
        kept = Kept(
            etag=headers["ETag"],
            # Both tell of the moment of the answer.
            headers=[each for each in told["headers"] if each[0] not in ("Cache-Control", "Date")],
            body=body,
            good_until=time.monotonic() + int(age[1]),
            for_ever=int(age[1]) == FOR_EVER,
            endpoint=whole.get("ratesvc.endpoint", "none"),
        )
        self._keep(generation, key, kept)
        return [body] if _answer(kept, environ, start_response) == OK else []

    def _keep(self, generation: Generation, key: Key, kept: Kept) -> None:
        with self._adding:
            if key in generation.answers:
                generation.size -= _size(key, generation.answers.pop(key))
            generation.answers[key] = kept
            generation.size += _size(key, kept)
            while generation.size > MOST_BYTES:
                oldest = next(iter(generation.answers))
                generation.size -= _size(oldest, generation.answers.pop(oldest))


def _size(key: Key, kept: Kept) -> int:
    """An address may be longer than its answer."""
    return sum(map(len, key)) + len(kept.body)


def _asked_before(generation: Generation, key: Key) -> bool:
    mark = hash(key)
    if mark in generation.seen:
        return True
    if len(generation.seen) >= MOST_SEEN:
        generation.seen.clear()
    generation.seen.add(mark)
    return False


def _answer(kept: Kept, environ: WSGIEnvironment, start_response: StartResponse) -> str:
    """Begins an answer; returns its status, which is 304 for whoever has it already."""
    if known_already(environ, kept.etag):
        headers = [each for each in kept.headers if each[0] not in ("Content-Type", "Content-Length")]
        start_response(NOT_MODIFIED, [*headers, kept.age])
        return NOT_MODIFIED
    start_response(OK, [*kept.headers, kept.age])
    return OK
