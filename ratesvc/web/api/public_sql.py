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
from flask import Response, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ratesvc.core import settings
from ratesvc.publish.reader import Reader
from ratesvc.query import sandbox_policy, sandbox_worker
from ratesvc.web.api.rows import blueprint
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Params, Refused

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
def sql() -> Response:
    """What does a query answer?

    One SELECT on the newest version; off unless this installation has turned it on. It may take five seconds, and has
    at most 10,000 rows or 5 MB; `truncated` tells whether there were more. Functions that only compute are answered,
    and nothing that reads files, changes settings or recurs.
    """
    _check_allowed()  # First: no body is read that is not answered.
    Params.parse()
    statement = _statement()
    version = ticker_rows.reader()
    with _turn():
        told = _ask(version, statement)
    answer = orjson.loads(told)
    if "error" in answer:
        raise Refused(422, answer["error"], "sql")
    stamp = {"version": version.published.version, "published_at": version.published.published_at}
    # Not what was parsed: its numbers have lost digits.
    body = orjson.dumps(stamp, option=orjson.OPT_UTC_Z).removesuffix(b"}") + b"," + told.removeprefix(b"{")
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    return Response(body, 200, headers, content_type="application/json")


def _check_allowed() -> None:
    """Raises Refused where this installation does not offer it."""
    if not settings.load().public_sql:
        raise Refused(403, "this installation does not answer SQL of strangers; RATESVC_PUBLIC_SQL=1 turns it on")


def _statement() -> str:
    """The statement in the body. Raises Refused for another body."""
    try:
        return Statement.model_validate(request.get_json(force=True)).sql
    except ValidationError:
        limit = f"{sandbox_policy.LONGEST:,}"
        message = f'the body is {{"sql": "SELECT ..."}} and nothing else, with 1 to {limit} characters'
        raise Refused(422, message, "sql") from None
    except RecursionError:
        raise Refused(400, "the body is nested too deeply") from None


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
