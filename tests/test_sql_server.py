"""`ratesvc sql-server`: colleagues query it from other processes while versions change, and reach nothing else."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import pytest

from ratesvc.publish import publish, reader
from ratesvc.query import guide, sandbox_policy
from ratesvc.store.database import Store

from .conftest import See
from .hostile_sql import HOSTILE
from .serving import children, free_port, needs_proc
from .test_stranger import NO_QUESTION

pytestmark = pytest.mark.process

TOKEN = "0123456789abcdef"  # noqa: S105 - of these tests alone
CLIENT = """
import duckdb, json, sys, time
from importlib import import_module
from pathlib import Path
connection = duckdb.connect()
for name in ("httpfs", "quack"):
    folder = Path(import_module(f"duckdb_extension_{name}").__file__).parent
    [path] = folder.glob(f"extensions/*/{name}.duckdb_extension")
    connection.execute(f"LOAD '{path}'")
deadline = time.monotonic() + 30
while True:
    try:
        connection.execute(f"ATTACH 'quack:127.0.0.1:{sys.argv[1]}' AS r (TOKEN '{sys.argv[2]}')")
        break
    except duckdb.Error as refusal:
        if "onnect" not in str(refusal) or time.monotonic() > deadline:
            print(json.dumps(str(refusal)), flush=True)
            sys.exit()
        time.sleep(0.1)
for line in sys.stdin:
    statement = json.loads(line)
    try:
        told = [[str(value) for value in row] for row in connection.execute(statement).fetchall()]
    except duckdb.Error as refusal:
        told = str(refusal)
    print(json.dumps(told), flush=True)
"""


class Colleague:
    """A DuckDB in a process of its own that has attached the server."""

    def __init__(self, port: int, token: str = TOKEN) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", CLIENT, str(port), token], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        self.process.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.__exit__(None, None, None)

    def ask(self, statement: str) -> list[list[str]] | str:
        """The rows, or the refusal."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps(statement) + "\n")
        self.process.stdin.flush()
        return self.answer()

    def answer(self) -> list[list[str]] | str:
        assert self.process.stdout
        told: list[list[str]] | str = json.loads(self.process.stdout.readline())
        return told

    def on_the_server(self, statement: str) -> list[list[str]] | str:
        """The same, computed by the server."""
        quoted = statement.replace("'", "''")
        return self.ask(f"FROM r.query('{quoted}')")


@contextmanager
def server(data: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    given = {**os.environ, "RATESVC_DATA": str(data), "RATESVC_SQL_PORT": str(port), "RATESVC_SQL_TOKEN": TOKEN}
    command = [sys.executable, "-m", "ratesvc", "sql-server"]
    with subprocess.Popen(command, env=given, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.terminate()
            assert process.wait(10) == 0


@pytest.fixture
def colleagues(store: Store, data: Path, see: See) -> Iterator[tuple[Colleague, Colleague]]:
    see("KZT", "2026-05-24", "517.30")
    publish.publish(store)
    port = free_port()
    with server(data, port), Colleague(port) as one, Colleague(port) as other:
        yield one, other


def test_two_colleagues_see_new_versions_and_are_never_dropped(
    colleagues: tuple[Colleague, Colleague], store: Store, see: See
) -> None:
    pair = "SELECT r.text, r.printed FROM r.ticker AS r WHERE pair = 'KZT/USD'"
    together = (
        "SELECT (SELECT count(*) FROM snapshots), (SELECT max(snapshot_id) FROM fetches), "
        "(SELECT printed FROM ticker WHERE pair = 'KZT/USD'), rate_on('USD', 'KZT', '2026-05-24')"
    )
    for colleague in colleagues:
        colleague.ask("FROM r.ticker")  # They have started and attached.
    longest, asked, seen = 0.0, 0, set()
    for number in range(1, 7):
        units = f"5{number}7.3"
        see("KZT", "2026-05-24", units)
        publish.publish(store)
        published = time.monotonic()
        while True:
            for colleague in colleagues:
                started = time.monotonic()
                colleague.on_the_server("SELECT max(snapshot_id) FROM snapshots")
                longest = max(longest, time.monotonic() - started)
                told = colleague.on_the_server(together)
                assert isinstance(told, list), told
                [[snapshots, newest, shown, looked_up]] = told
                asked += 2
                # One version in one answer.
                assert snapshots == newest
                assert float(shown) == float(looked_up)
                seen.add(shown)
            if shown == units:
                break
            assert time.monotonic() - published < 5
        assert colleagues[0].ask(pair)[0][1] == units
    assert longest < 1
    assert len(seen) >= 6
    print(f"\n{asked} questions over 6 versions, no error, the longest look-up took {longest:.2f} s")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE r.hostile (x INTEGER)",
        "INSERT INTO r.observations SELECT * FROM r.observations",
        "DELETE FROM r.observations",
        "DROP VIEW r.ticker",
    ],
)
def test_nobody_writes(colleagues: tuple[Colleague, Colleague], statement: str) -> None:
    before = colleagues[1].on_the_server("SELECT count(*) FROM observations")
    assert isinstance(colleagues[0].ask(statement), str)
    assert colleagues[1].on_the_server("SELECT count(*) FROM observations") == before


def test_files_settings_and_other_peoples_statements_are_refused(colleagues: tuple[Colleague, Colleague]) -> None:
    one, other = colleagues
    for statement in (
        "CREATE TEMP TABLE x AS SELECT 1",
        "CREATE OR REPLACE MACRO may_ask(a, b) AS true",
        "DROP MACRO may_ask",
        "COPY (SELECT 1) TO '/tmp/hostile.csv'",
        "FROM read_text('/etc/passwd')",
        "FROM read_csv('/etc/passwd')",
        "FROM read_blob('even.duckdb')",
        "FROM '/etc/passwd'",
        "FROM glob('/*')",
        "ATTACH 'even.duckdb' AS x",
        "DETACH even",
        "SET memory_limit = '100GB'",
        "SET GLOBAL quack_authorization_function = 'quack_nop_authorization'",
        "PRAGMA database_list",
        "FROM duckdb_settings()",
        "FROM duckdb_databases()",
        "FROM duckdb_secrets()",
        "FROM pg_catalog.pg_settings",
        "SELECT current_setting('temp_directory')",
        "LOAD httpfs",
        "FROM quack_active_connections()",
        "FROM quack_server_list()",
        "FROM quack_stop('quack:127.0.0.1:9494')",
        "CALL quack_serve('quack:127.0.0.1:9999', token := 'mine')",
        "FROM query('FROM qu' || 'ack_active_connections()')",
        "FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "FROM enable_logging(storage = 'file')",
        "CALL enable_logging('QueryLog')",
        "FROM duckdb_logs()",
        "SELECT write_log('x')",
        "SELECT 1; SELECT 2",
        "BEGIN",
        "SELECT sleep_ms(1000)",
        "FROM pragma_database_list",
        "FROM histogram('duckdb_databases', path)",
        "FROM histogram(pg_settings, name)",
        "SHOW DATABASES",
        "FROM pg_catalog.pg_database",
        "WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM r) FROM r",
        "WITH duckdb_databases AS (SELECT 1) SELECT path FROM main.duckdb_databases",
        "SELECT * REPLACE ((SELECT max(path) FROM duckdb_databases()) AS pair) FROM (SELECT 1 AS pair)",
    ):
        told = one.on_the_server(statement)
        assert isinstance(told, str), (statement, told)
        assert "root:" not in told
    assert len(other.on_the_server("FROM ticker")) == 5
    assert not Path("/tmp/hostile.csv").exists()  # noqa: S108
    assert len(other.on_the_server("WITH mine AS (FROM ticker) SELECT pair FROM mine")) == 5
    assert len(other.on_the_server("SELECT * REPLACE (upper(pair) AS pair) FROM ticker")) == 5
    # What explains the tables may be asked.
    assert len(other.on_the_server("SELECT comment FROM duckdb_columns() WHERE table_name = 'rates'")) >= 8


def test_colleagues_may_run_what_the_public_may(colleagues: tuple[Colleague, Colleague], data: Path) -> None:
    version = reader.Reader(reader.newest(data / "published"))
    policy = sandbox_policy.Policy(version.cursor())
    unwelcome = [statement for kind in NO_QUESTION for statement in HOSTILE[kind] if "\0" not in statement]
    refused = 0
    for statement in [*unwelcome, *guide.questions()]:
        try:
            policy.check(statement)
            allowed = True
        except sandbox_policy.NotAllowedError:
            allowed = False
            refused += 1
        told = colleagues[0].on_the_server(statement)
        assert allowed != (isinstance(told, str) and "Authorization failed" in told), (statement, told)
    assert 50 < refused < len(unwelcome) + 1


def test_a_version_that_cannot_be_opened_is_passed_over(
    colleagues: tuple[Colleague, Colleague], store: Store, data: Path, see: See
) -> None:
    asked = "SELECT max(snapshot_id) FROM snapshots"
    assert colleagues[0].on_the_server(asked) == [["1"]]
    see("KZT", "2026-05-25", "517.45")
    first = data / "published" / publish.publish(store) / "rates.duckdb"
    whole = first.read_bytes()
    pointer = data / "published" / "latest.json"
    told = json.loads(pointer.read_bytes())
    nowhere = data / "published" / "29990101T000000000Z"
    nowhere.mkdir()
    pointer.write_text(json.dumps({**told, "version": nowhere.name}))
    time.sleep(1)
    for colleague in colleagues:
        assert colleague.on_the_server(asked) in ([["1"]], [["2"]])
    nowhere.rmdir()
    see("KZT", "2026-05-27", "517.55")
    publish.publish(store)
    deadline = time.monotonic() + 10
    while colleagues[1].on_the_server(asked) != [["3"]]:
        assert time.monotonic() < deadline
    assert first.read_bytes() == whole  # No version is ever written to.


@needs_proc
def test_a_server_that_dies_is_started_again(store: Store, data: Path, see: See) -> None:
    see("KZT", "2026-05-24", "517.30")
    publish.publish(store)
    port = free_port()
    with server(data, port) as parent:
        with Colleague(port) as first:
            assert len(first.ask("FROM r.ticker")) == 5
            os.kill(children(parent.pid)["ratesvc.query.quack_server"], signal.SIGKILL)
            assert isinstance(first.ask("FROM r.ticker"), str)
        time.sleep(0.2)
        with Colleague(port) as again:
            assert len(again.ask("FROM r.ticker")) == 5
    assert list(data.glob("sql-server*")) == []


def test_a_wrong_token_opens_nothing(store: Store, data: Path) -> None:
    publish.publish(store)
    port = free_port()
    with server(data, port), Colleague(port, "not the token") as stranger:
        assert re.search("(?i)auth|token", str(stranger.answer()))


def test_it_refuses_to_start_without_a_token_or_a_port_of_its_own(
    store: Store, data: Path, ratesvc: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    nothing = ratesvc("sql-server", RATESVC_SQL_TOKEN=TOKEN)
    assert (nothing.returncode, "nothing is published" in nothing.stderr) == (1, True)
    publish.publish(store)
    for given in ({}, {"RATESVC_SQL_TOKEN": "short"}):
        refused = ratesvc("sql-server", **given)
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
        assert "RATESVC_SQL_TOKEN" in refused.stderr
        assert "short\n" not in refused.stderr
    port = free_port()
    with server(data, port), Colleague(port) as colleague:
        colleague.ask("FROM r.ticker")
        second = ratesvc("sql-server", RATESVC_SQL_TOKEN=TOKEN, RATESVC_SQL_PORT=str(port))
        assert (second.returncode, "RATESVC_SQL_PORT" in second.stderr) == (1, True)
