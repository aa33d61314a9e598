"""Process that runs one untrusted query, and exits.

It reads the line {"folder", "history", "months"} from standard input, opens that published version, gives up the right
to open anything else, and writes READY. Then it waits for the line {"sql"}, and writes one JSON document. DuckDB's own
lock-down is not enough (1.5.5: enable_logging aborts a locked process, memory_limit is no cap, read_blob reads the
database's own file), so the operating system limits the process: it cannot write files, nor open any unless the version
has months in files of their own, and its memory and processor time are limited. Its parent kills it at the deadline.
"""

import datetime
import decimal
import json
import os
import re
import resource
import sys
import uuid
from pathlib import Path

import duckdb
import orjson
import pytz

from ratesvc.core import extensions
from ratesvc.core.sql_text import literal
from ratesvc.query import sandbox_policy
from ratesvc.render import formats

READY = b"ready\n"
MOST_ROWS = 10_000
MOST_BYTES = 5_000_000
CPU_SECONDS = 5
MOST_OPEN = 64
"""How many files this process has open before a query, at most."""
MEMORY = 768 * 1024 * 1024
"""Address space in bytes beyond what the process uses when it is ready."""

_LOADED = (datetime, decimal, uuid, pytz.utc)  # DuckDB would import these later, when files can no longer be opened.


def main() -> None:
    """Get ready, and run the query on standard input; end without one if the parent has gone."""
    version = json.loads(sys.stdin.readline())
    cursor = _open(**version)
    policy = sandbox_policy.Policy(cursor)
    _give_up_rights(files=len(version["months"]))
    sys.stdout.buffer.write(READY)
    sys.stdout.flush()
    if line := sys.stdin.readline():
        sys.stdout.buffer.write(_answer(cursor, policy, json.loads(line)["sql"]))
        sys.stdout.flush()
    os._exit(0)  # The parent waits for the end of the output, and closing a database would take a while.


def _answer(cursor: duckdb.DuckDBPyConnection, policy: sandbox_policy.Policy, statement: str) -> bytes:
    try:
        policy.check(statement)
        return _rows(cursor.execute(statement))
    except sandbox_policy.NotAllowedError as refusal:
        return _refused(str(refusal))
    except (duckdb.OutOfMemoryException, MemoryError):
        return _refused("the query needs more memory than it may have")
    except duckdb.Error as mistake:
        return _refused(str(mistake))


def _open(folder: str, history: str, months: list[str]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": "1", "allow_persistent_secrets": "false"})
    extensions.reach(connection, history)
    connection.execute("FROM duckdb_secrets()").fetchall()  # It looks for them once, before the first request.
    allowed = ", ".join(literal(f"{history}/{name}") for name in months)
    for statement in (
        f"ATTACH {literal(f'{folder}/rates.duckdb')} AS ratesvc (READ_ONLY)",
        "USE ratesvc",
        f"SET VARIABLE history = {literal(history)}",
        f"SET allowed_paths = [{allowed}]",
        "SET TimeZone = 'UTC'",
        "SET memory_limit = '256MB'",
        "SET temp_directory = ''",
        "SET autoinstall_known_extensions = false",
        "SET autoload_known_extensions = false",
        "SET enable_external_access = false",
        "SET lock_configuration = true",
    ):
        connection.execute(statement)
    connection.execute("FROM ticker").fetchall()  # Triggers lazy loading while files can still be opened.
    return connection


def _give_up_rights(files: int) -> None:
    """Have the operating system limit this process. files: how many files of months a query may open."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    limits = {
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": 0,
        "RLIMIT_CPU": spent + CPU_SECONDS,
        "RLIMIT_AS": pages * resource.getpagesize() + MEMORY,
        "RLIMIT_NPROC": 0,
        "RLIMIT_NOFILE": files and MOST_OPEN + files,  # Open files stay open.
    }
    for name, most in limits.items():
        if hasattr(resource, name) and (pages or name != "RLIMIT_AS"):
            resource.setrlimit(getattr(resource, name), (most, most))


def _rows(answer: duckdb.DuckDBPyConnection) -> bytes:
    columns = [{"name": name, "type": str(kind)} for name, kind, *_ in answer.description or ()]
    lines: list[bytes] = []
    size, truncated = 0, False
    while not truncated and (chunk := answer.fetchmany(500)):
        for row in chunk:
            line = formats.dumped([formats.exact(value) for value in row]).rstrip()
            size += len(line) + 1
            if size > MOST_BYTES or len(lines) == MOST_ROWS:
                truncated = True
                break
            lines.append(line)
    rows = orjson.Fragment(b"[" + b",".join(lines) + b"]")
    return orjson.dumps({"columns": columns, "rows": rows, "truncated": truncated})


def _refused(message: str) -> bytes:
    """Format an error as one line, without file paths."""
    line = " ".join(message.split())
    return orjson.dumps({"error": re.sub(r"(/[^\s/\"']+){2,}/?", "(a file)", line)[:500]})


if __name__ == "__main__":
    main()
