"""`ratesvc sql-server`: the latest version for colleagues, who attach it from their own DuckDB (protocol: Quack).

There are two processes. The parent restarts the server when it dies. The server is an in-memory DuckDB whose tables are
views of a published file, attached read-only. A new version is attached beside the old one, and the views are switched
to it in one transaction, so that no client is disconnected and no query sees two versions.

For trusted colleagues only: Quack 1.5.5 has no time limit for statements, and one process serves all clients, so anyone
with the token can block the others. A statement is one SELECT with functions that only compute (sandbox_policy.py, as
for the public); files, settings and other clients' statements are out of reach.
"""

import json
import logging
import os
import resource
import shutil
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import duckdb

from ratesvc import sql
from ratesvc.core import extensions, settings
from ratesvc.core.ending import Ending
from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.core.sql_text import literal
from ratesvc.publish import build, reader
from ratesvc.query import sandbox_policy

log = logging.getLogger("ratesvc")

LEAST_TOKEN = 16
"""Least length of a token, in characters."""
LOOK_SECONDS = 0.25
STATEMENT_SECONDS = 60
"""Time limit of a statement. The server is restarted, because Quack cannot cancel a single statement."""
CPU_SECONDS = 60
"""Processor time, over all cores, between two checks, after which the operating system ends the server."""
MEMORY_LIMIT = "1GB"
ADDRESS_SPACE = 4 * 1024**3
PAUSE_SECONDS = 1
SLOTS = ("even", "odd")
TABLES = tuple(map(sql.name_of, sql.TABLES))
_LONGEST = """
SELECT max(epoch(make_timestamp(epoch_us(now())) - query_started_at))
FROM quack_active_connections() WHERE state = 'active'
"""


# The parent --------------------------------------------------------------------------------------


def serve() -> int:
    """Serve until SIGTERM, SIGINT or SIGHUP. Raises UsageError without a token, RatesvcError if the port is in use."""
    config = settings.load()
    if len(config.sql_token) < LEAST_TOKEN:
        raise UsageError(
            f"RATESVC_SQL_TOKEN is missing or shorter than {LEAST_TOKEN} characters: clients need it; "
            "`openssl rand -hex 16` creates one"
        )
    reader.newest(config.published)
    _check_free(config.sql_host, config.sql_port)
    ending = Ending()
    home = config.data / f"sql-server-{config.sql_port}"
    while not ending.is_asked:
        code = _run_one(config, home, ending)
        if not ending.is_asked:
            log.warning("the SQL server ended (%d); starting it again", code)
            ending.wait(PAUSE_SECONDS)
    shutil.rmtree(home, ignore_errors=True)
    return 0


def _run_one(config: settings.Settings, home: Path, ending: Ending) -> int:
    """Run one server until it dies or this process is asked to end; returns its exit code."""
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    work = {
        "published": str(config.published.absolute()),
        "home": str(home.absolute()),
        "host": config.sql_host,
        "port": config.sql_port,
        "token": config.sql_token,
    }
    # Its own home and one of our settings, so that secrets stored for DuckDB are out of reach.
    surroundings = {
        "HOME": str(home.absolute()),
        "MALLOC_ARENA_MAX": "2",
        "PATH": os.environ.get("PATH", ""),
        "RATESVC_HISTORY": config.history,
    }
    with subprocess.Popen(
        [sys.executable, "-I", "-m", "ratesvc.query.quack_server"], stdin=subprocess.PIPE, env=surroundings, text=True
    ) as server:
        assert server.stdin  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError):
            server.stdin.write(json.dumps(work) + "\n")
            server.stdin.flush()
        while server.poll() is None and not ending.wait(0.1):
            pass
        server.kill()  # It has no state to save.
    return server.returncode


def _check_free(host: str, port: int) -> None:
    """Raise RatesvcError if the port is in use: a second server would take half of the first one's requests."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as trial:
        try:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, port))
        except OSError as taken:
            raise RatesvcError(
                f"cannot listen on {host}:{port}: {taken.strerror}; RATESVC_SQL_PORT sets another port"
            ) from None


# The server --------------------------------------------------------------------------------------


def main() -> None:
    """Run one server. Its parameters come as a line on standard input; it exits when that closes."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s UTC %(levelname)s %(message)s")
    logging.Formatter.converter = time.gmtime
    work = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    server = _Server(Path(work["published"]), Path(work["home"]))
    server.listen(work["host"], work["port"], work["token"])
    while True:
        time.sleep(LOOK_SECONDS)
        server.look()


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(0)


class _Server:
    def __init__(self, published: Path, home: Path) -> None:
        self._published = published
        self._home = home
        self._slot = SLOTS[0]
        self._trouble = ""
        self._connection = duckdb.connect()
        extensions.load(self._connection, "httpfs", "quack")
        self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
        # Both slots are attached before external access is disabled; later only they can be attached again.
        version = reader.newest(published)
        extensions.reach(self._connection, settings.load().history)
        for slot in SLOTS:
            self._place(version, slot)
        self._turn_to(version, self._slot)
        self._version = version.version
        sql.run(self._connection, *sql.VIEWS)
        self._policy = sandbox_policy.Policy(self._connection)
        self._connection.create_function("allowed", self._allowed, ["VARCHAR"], "BOOLEAN", side_effects=True)
        self._connection.execute("CREATE MACRO may_ask(session, statement) AS allowed(statement)")
        elsewhere = settings.load().history
        places = [literal(published.absolute()), *([literal(f"{elsewhere}/data/")] if elsewhere else [])]
        for statement in (
            f"SET memory_limit = '{MEMORY_LIMIT}'",
            "SET temp_directory = ''",
            "SET threads = 2",
            f"SET allowed_directories = [{', '.join(places)}]",  # The months that are not in the file of a version.
            "SET GLOBAL quack_authorization_function = 'may_ask'",
            "SET autoinstall_known_extensions = false",
            "SET autoload_known_extensions = false",
            "SET enable_external_access = false",
            "SET lock_configuration = true",
        ):
            self._connection.execute(statement)
        if sys.platform == "linux":  # Elsewhere address space counts what is never used.
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def _allowed(self, statement: str) -> bool:
        """Return whether a client may run a statement. Quack calls it for each, including those of an ATTACH."""
        try:
            self._policy.check(statement)
        except sandbox_policy.NotAllowedError as refusal:
            log.info("refused: %s", " ".join(str(refusal).split()))  # A statement cannot forge lines of the log.
            return False
        return True

    def listen(self, host: str, port: int, token: str) -> None:
        """Start accepting clients."""
        uri = f"quack:{f'[{host}]' if ':' in host else host}:{port}"
        self._connection.execute(
            "CALL quack_serve(?, token := ?, allow_other_hostname := ?, disable_ssl := true)",
            [uri, token, host not in ("127.0.0.1", "::1", "localhost")],
        )
        log.info("serving %s; colleagues type: ATTACH '%s' AS r (TOKEN '...')", self._version, uri)

    def look(self) -> None:
        """Switch to a newer version if there is one, and end this server if a statement runs too long."""
        try:
            self._move()
        except (RatesvcError, OSError, duckdb.Error) as trouble:  # Keep serving the last good version.
            if str(trouble) != self._trouble:
                log.error("%s", reader.first_line(trouble))
            self._trouble = str(trouble)
        [(longest,)] = self._connection.execute(_LONGEST).fetchall()
        if (longest or 0) > STATEMENT_SECONDS:
            log.warning("a statement has run for more than %d seconds", STATEMENT_SECONDS)
            os._exit(1)
        # If this loop hangs, the limit is not raised, and the operating system ends the process.
        used = resource.getrusage(resource.RUSAGE_SELF)
        more = int(used.ru_utime + used.ru_stime) + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (more, resource.RLIM_INFINITY))

    def _move(self) -> None:
        version = reader.newest(self._published)
        if version.version == self._version:
            return
        other = SLOTS[SLOTS.index(self._slot) - 1]
        self._connection.execute(f"DETACH DATABASE IF EXISTS {other}")
        self._place(version, other)
        self._turn_to(version, other)
        self._version = version.version
        log.info("serving %s", self._version)

    def _place(self, version: reader.Published, slot: str) -> None:
        """Attach a version in the slot that is not in use."""
        path, unfinished = self._home / f"{slot}.duckdb", self._home / "unfinished"
        unfinished.unlink(missing_ok=True)  # It may be a link to a version, which must never be written through.
        try:
            os.link(version.folder / "rates.duckdb", unfinished)
        except OSError:  # Another file system.
            shutil.copyfile(version.folder / "rates.duckdb", unfinished)
        unfinished.replace(path)
        self._connection.execute(f"ATTACH {literal(path)} AS {slot} (READ_ONLY)")

    def _turn_to(self, version: reader.Published, slot: str) -> None:
        self._connection.begin()
        try:
            for table in TABLES:
                self._connection.execute(f"CREATE OR REPLACE VIEW {table} AS FROM {slot}.{table}")
            if version.months:  # A client has no variable that says where they are.
                history = build.history(literal(version.history), version.months)
                self._connection.execute(
                    f"CREATE OR REPLACE VIEW {build.OBSERVATIONS} AS"
                    f" FROM {slot}.{build.RECENT} UNION ALL FROM {history}"
                )
        except duckdb.Error:
            self._connection.rollback()
            raise
        self._connection.commit()
        self._slot = slot


if __name__ == "__main__":
    main()
