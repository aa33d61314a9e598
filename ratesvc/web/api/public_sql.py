"""SQL of strangers: each question in a process of its own, which the operating system limits and the deadline ends."""

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import orjson
from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from ratesvc.core import settings
from ratesvc.publish.reader import Reader
from ratesvc.query import sandbox_policy, sandbox_worker
from ratesvc.web.api.rows import blueprint
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Refused

DEADLINE = 5.0
"""Seconds that a question may take, and that it may wait for its turn."""
AT_ONCE = 2
WAITING = 8
MOST_BYTES = sandbox_worker.MOST_BYTES + 1_000_000

_turns = threading.BoundedSemaphore(AT_ONCE)
_places = threading.BoundedSemaphore(AT_ONCE + WAITING)


class Statement(BaseModel):
    """The body of the question."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sql: str = Field(
        min_length=1,
        max_length=sandbox_policy.LONGEST,
        description="One SELECT over the tables, views and macros of the page /sql",
    )


@blueprint.post("/sql")
@blueprint.input(Statement, location="json")
def sql(json_data: Statement) -> Response:
    """What does a query answer?

    One SELECT on the newest version; off unless this installation has turned it on. It may take five seconds, and has
    at most 10,000 rows or 5 MB; `truncated` tells whether there were more. Functions that only compute are answered,
    and nothing that reads files, changes settings or recurs.
    """
    version = ticker_rows.reader()
    with _turn():
        told = _ask(version, json_data.sql)
    answer = orjson.loads(told)
    if "error" in answer:
        raise Refused(422, answer["error"], "sql")
    stamp = {"version": version.published.version, "published_at": version.published.published_at}
    # Not what was parsed: its numbers have lost digits.
    body = orjson.dumps(stamp, option=orjson.OPT_UTC_Z).removesuffix(b"}") + b"," + told.removeprefix(b"{")
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    return Response(body, 200, headers, content_type="application/json")


def allowed_here() -> None:
    """Raises Refused where strangers may not ask SQL."""
    if not settings.load().public_sql:
        raise Refused(403, "this installation does not answer SQL of strangers; RATESVC_PUBLIC_SQL=1 turns it on")


@contextmanager
def _turn() -> Iterator[None]:
    """A place in the queue, then a turn. Raises Refused when too many wait."""
    busy = Refused(429, "too many queries are running: try again in a few seconds")
    if not _places.acquire(blocking=False):
        raise busy
    try:
        if not _turns.acquire(timeout=DEADLINE):
            raise busy
        try:
            yield
        finally:
            _turns.release()
    finally:
        _places.release()


def _ask(version: Reader, statement: str) -> bytes:
    """The document of the process: columns, rows and truncated, or error."""
    question = json.dumps({"folder": str(version.published.folder.absolute()), "sql": statement}).encode() + b"\n"
    with subprocess.Popen(
        [sys.executable, "-I", "-m", "ratesvc.query.sandbox_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"MALLOC_ARENA_MAX": "2"},  # Nothing of this service's own: settings may hold tokens.
        cwd="/",
    ) as process:
        try:
            written = _talk(process, question, time.monotonic() + DEADLINE)
            process.wait(1)
            orjson.loads(written)
        except (TimeoutError, subprocess.TimeoutExpired):
            return _stopped(f"took longer than {DEADLINE:.0f} seconds")
        except (BrokenPipeError, ValueError):
            return _stopped("needed more than it may have")
        finally:
            process.kill()
    return written


def _stopped(why: str) -> bytes:
    return orjson.dumps({"error": f"the query {why}, and was stopped"})


def _talk(process: subprocess.Popen[bytes], question: bytes, deadline: float) -> bytes:
    """All that a process answers. Raises TimeoutError at the deadline, or where it writes too much."""
    assert process.stdin and process.stdout  # noqa: S101 - they are pipes
    process.stdin.write(question)
    process.stdin.close()
    written = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0 and len(written) <= MOST_BYTES:
            if selector.select(left):
                part = os.read(process.stdout.fileno(), 1 << 16)
                if not part:
                    return bytes(written)
                written += part
    raise TimeoutError


_COLUMN = {
    "type": "object",
    "required": ["name", "type"],
    "properties": {"name": {"type": "string"}, "type": {"type": "string", "description": "DuckDB's name of it"}},
    "additionalProperties": False,
}
SHAPE = {
    "type": "object",
    "required": ["version", "published_at", "columns", "rows", "truncated"],
    "properties": {
        "version": {"type": "string", "description": "The version that answered"},
        "published_at": {"type": "string", "format": "date-time", "description": "When it was published"},
        "columns": {"type": "array", "items": _COLUMN},
        "rows": {"type": "array", "items": {"type": "array"}, "description": "Each a list in the order of the columns"},
        "truncated": {"type": "boolean", "description": "Whether there were more rows than may be sent"},
    },
    "additionalProperties": False,
}
FAILURES = {
    "400": "The body is not JSON.",
    "403": "This installation does not answer SQL of strangers.",
    "413": "The body is too long.",
    "422": "The statement is not allowed, is wrong, or was stopped; the message says which.",
    "429": "Too many queries are running.",
    "503": "Nothing is published yet.",
}
