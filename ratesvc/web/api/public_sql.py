"""Public SQL endpoint: each query runs in a sandboxed process with resource limits and a deadline."""

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
from ratesvc.web.http.params import ParameterError, Params

DEADLINE = 5.0
"""Seconds that a query may run, and that it may wait for its turn."""
AT_ONCE = 2
WAITING = 8
MOST_BYTES = sandbox_worker.MOST_BYTES + 1_000_000

_turns = threading.BoundedSemaphore(AT_ONCE)
_places = threading.BoundedSemaphore(AT_ONCE + WAITING)


class Statement(BaseModel):
    """The request body."""

    model_config = ConfigDict(extra="forbid", strict=True)

    sql: str = Field(
        min_length=1,
        max_length=sandbox_policy.LONGEST,
        description="One SELECT over the tables, views and macros listed at /sql",
    )


@blueprint.post("/sql")
def sql() -> Response:
    """Run a SQL query.

    One SELECT on the newest version; disabled by default. It may take five seconds and return at most 10,000 rows or
    5 MB; `truncated` says whether there were more. Only functions that compute are allowed: nothing that reads files,
    changes settings or recurses.
    """
    _check_allowed()  # First, so that the body is not read in vain.
    Params.parse()
    statement = _statement()
    version = ticker_rows.reader()
    with _turn():
        output = _run(version, statement)
    answer = orjson.loads(output)
    if "error" in answer:
        raise ParameterError(422, answer["error"], "sql")
    stamp = {"version": version.published.version, "published_at": version.published.published_at}
    # Send the original bytes: parsed numbers have lost digits.
    body = orjson.dumps(stamp, option=orjson.OPT_UTC_Z).removesuffix(b"}") + b"," + output.removeprefix(b"{")
    headers = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}
    return Response(body, 200, headers, content_type="application/json")


def _check_allowed() -> None:
    """Raise ParameterError (403) if public SQL is disabled."""
    if not settings.load().public_sql:
        raise ParameterError(403, "public SQL is disabled on this installation; RATESVC_PUBLIC_SQL=1 enables it")


def _statement() -> str:
    """Return the statement in the body. Raises ParameterError for an invalid body."""
    try:
        return Statement.model_validate(request.get_json(force=True)).sql
    except ValidationError:
        limit = f"{sandbox_policy.LONGEST:,}"
        message = f'the body must be {{"sql": "SELECT ..."}} with a statement of 1 to {limit} characters'
        raise ParameterError(422, message, "sql") from None
    except RecursionError:
        raise ParameterError(400, "the body is nested too deeply") from None


@contextmanager
def _turn() -> Iterator[None]:
    """Wait in the queue for a turn. Raises ParameterError (429) if the queue is full or the wait too long."""
    busy = ParameterError(429, "too many queries are running: try again in a few seconds")
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


def _run(version: Reader, statement: str) -> bytes:
    """Run the statement in a process; return its JSON: columns, rows and truncated, or error."""
    request_line = json.dumps({"folder": str(version.published.folder.absolute()), "sql": statement}).encode() + b"\n"
    with subprocess.Popen(
        [sys.executable, "-I", "-m", "ratesvc.query.sandbox_worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"MALLOC_ARENA_MAX": "2"},  # Nothing of this service's environment: settings may hold tokens.
        cwd="/",
    ) as process:
        try:
            output = _exchange(process, request_line, time.monotonic() + DEADLINE)
            process.wait(1)
            orjson.loads(output)
        except (TimeoutError, subprocess.TimeoutExpired):
            return _stop_message(f"took longer than {DEADLINE:.0f} seconds")
        except (BrokenPipeError, ValueError):
            return _stop_message("exceeded its resource limits")
        finally:
            process.kill()
    return output


def _stop_message(why: str) -> bytes:
    return orjson.dumps({"error": f"the query {why} and was stopped"})


def _exchange(process: subprocess.Popen[bytes], request_line: bytes, deadline: float) -> bytes:
    """Send the request and read the whole output. Raises TimeoutError at the deadline or for too much output."""
    assert process.stdin and process.stdout  # noqa: S101 - they are pipes
    process.stdin.write(request_line)
    process.stdin.close()
    output = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while (left := deadline - time.monotonic()) > 0 and len(output) <= MOST_BYTES:
            if selector.select(left):
                part = os.read(process.stdout.fileno(), 1 << 16)
                if not part:
                    return bytes(output)
                output += part
    raise TimeoutError
