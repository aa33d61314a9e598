"""Public SQL endpoint: each query runs in a sandboxed process with resource limits and a deadline."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import orjson
from flask import Response, current_app, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ratesvc.core import settings
from ratesvc.publish.reader import Published, Reader
from ratesvc.query import sandbox_policy
from ratesvc.query.sandbox import NotReadyError, Standby
from ratesvc.web.api.rows import blueprint
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.params import ParameterError, Params
from ratesvc.web.http.responses import ANY_SITE

DEADLINE = 5.0
"""Seconds that a query may run, counted from when its process is ready."""
PATIENCE = 5.0
"""Seconds that a query may wait for its turn, and then for its process."""
AT_ONCE = 2
WAITING = 8

log = logging.getLogger("ratesvc")

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

    One SELECT on the newest version; disabled by default. It may run for five seconds and return at most 10,000 rows or
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
    headers = {**ANY_SITE, "Cache-Control": "no-store"}
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
    """Wait in the queue for a turn. Raises ParameterError (503) if the queue is full or the wait too long."""
    busy = ParameterError(503, "too many queries are running: try again in a few seconds")
    if not _places.acquire(blocking=False):
        raise busy
    try:
        if not _turns.acquire(timeout=PATIENCE):
            raise busy
        try:
            yield
        finally:
            _turns.release()
    finally:
        _places.release()


def _run(version: Reader, statement: str) -> bytes:
    """Run the statement in a process; return its JSON: columns, rows and truncated, or error.

    Raises ParameterError (503) if the process does not start in time.
    """
    with closing(_standby().take(version.published)) as sandbox:
        try:
            sandbox.wait_until_ready(PATIENCE)
        except NotReadyError as failure:
            log.error("the process for a public query did not start: %s", failure)
            raise ParameterError(503, "the query could not be started: try again in a few seconds") from None
        try:
            output = sandbox.answer(statement, DEADLINE)
            orjson.loads(output)
        except TimeoutError:
            return _stop_message(f"took longer than {DEADLINE:.0f} seconds")
        except ValueError:
            return _stop_message("exceeded its resource limits")
    return output


def _stop_message(why: str) -> bytes:
    return orjson.dumps({"error": f"the query {why} and was stopped"})


def _standby() -> Standby:
    """Return the standby of this web worker; made at the first query, so that others pay nothing for it."""
    current: Current = current_app.extensions["current"]

    def newest() -> Published | None:
        return current.reader.published if current.reader else None

    standby: Standby = current_app.extensions.setdefault("sql_standby", Standby(newest))
    return standby
