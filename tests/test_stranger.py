"""SQL of strangers: nothing of theirs does harm, and honest people are answered all the while."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ratesvc.core import settings
from ratesvc.publish.reader import Reader, newest
from ratesvc.query import guide, sandbox_policy
from ratesvc.query.sandbox import Sandbox, Standby
from ratesvc.web import create_app
from ratesvc.web.api import public_sql
from ratesvc.web.api.public_sql import AT_ONCE, DEADLINE, PATIENCE, WAITING

from .hostile_sql import HOSTILE
from .serving import below, free_port, needs_proc, serving, started_by, until

pytestmark = pytest.mark.process

ALL = [(kind, statement) for kind, statements in HOSTILE.items() for statement in statements]
SENT = ALL if os.environ.get("HOSTILE") == "all" else [(kind, each[-1]) for kind, each in HOSTILE.items()]
"""`make soak` sends all of them through a server; the tests one of each kind, and all of them to the judge."""
NO_QUESTION = [kind for kind in HOSTILE if kind not in ("memory", "processor", "recursion and depth", "huge answers")]
"""Kinds of which nothing may be answered. The others are SELECTs that only ask for too much."""
HONEST = "SELECT text FROM ticker ORDER BY position"


@pytest.fixture(scope="module")
def open_to_all(busy_year: Path) -> Iterator[str]:
    with serving(free_port(), RATESVC_DATA=str(busy_year), RATESVC_PUBLIC_SQL="1") as address:
        yield address


@pytest.fixture(scope="module")
def database(busy_year: Path) -> duckdb.DuckDBPyConnection:
    return Reader(newest(busy_year / "published")).cursor()


def ask(address: str, sql: str) -> tuple[int, Any]:
    request = urllib.request.Request(  # noqa: S310 - our own server
        f"{address}/api/sql", json.dumps({"sql": sql}).encode(), {"Content-Type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def test_the_list_is_long() -> None:
    assert len({statement for _, statement in ALL}) == len(ALL) > 150


@pytest.mark.parametrize("kind", NO_QUESTION)
def test_the_judge_refuses_what_is_no_question(database: duckdb.DuckDBPyConnection, kind: str) -> None:
    for statement in HOSTILE[kind]:
        with pytest.raises((sandbox_policy.NotAllowedError, duckdb.Error)):
            sandbox_policy.Policy(database).check(statement)


def test_every_question_of_the_guide_is_answered(database: duckdb.DuckDBPyConnection) -> None:
    policy = sandbox_policy.Policy(database)
    for question in guide.questions():
        policy.check(question)


def test_honest_people_are_answered_while_others_try(open_to_all: str, busy_year: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in busy_year.rglob("*")}
    status, expected = ask(open_to_all, HONEST)
    assert (status, len(expected["rows"])) == (200, 5)
    done, honest, slowest = threading.Event(), [], 0.0

    def go_on_asking() -> None:
        while not done.is_set():
            started = time.monotonic()
            answer = ask(open_to_all, HONEST)
            honest.append((*answer, time.monotonic() - started))

    def attack(tried: tuple[str, str]) -> tuple[str, str, int, float, Any]:
        started = time.monotonic()
        status, answer = ask(open_to_all, tried[1])
        return *tried, status, time.monotonic() - started, answer

    asking = threading.Thread(target=go_on_asking)
    asking.start()
    with ThreadPoolExecutor(AT_ONCE - 1) as attackers:
        came_of_it = list(attackers.map(attack, SENT))
    done.set()
    asking.join()
    for kind, statement, status, seconds, answer in came_of_it:
        assert status in (200, 422), (kind, statement[:200], answer)
        assert seconds < DEADLINE + PATIENCE, (kind, statement[:200], seconds)
        assert "root:" not in json.dumps(answer)
        assert str(busy_year) not in json.dumps(answer)
        if kind in NO_QUESTION:
            assert status == 422, (kind, statement, answer)
        slowest = max(slowest, seconds)
    assert {status for status, *_ in honest} == {200}
    assert all(answer["rows"] == expected["rows"] for _, answer, _ in honest)
    assert {path: path.stat().st_mtime_ns for path in busy_year.rglob("*")} == before
    assert list(Path("/tmp").glob("hostile*")) == []  # noqa: S108 - where the list says
    print(
        f"\n{len(SENT)} hostile statements, the slowest took {slowest:.1f} s; {len(honest)} honest ones between them, "
        f"the slowest took {max(seconds for *_, seconds in honest):.1f} s"
    )


@pytest.mark.parametrize(
    "statement",
    [
        "FROM read_text('/etc/hostname')",
        "FROM glob('/etc/host*')",
        "FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO 'hostile-copy.csv'",
        "ATTACH 'hostile.duckdb'",
        "CALL enable_logging(storage = 'file', storage_config = {'path': 'hostile-log'}); FROM ticker",
        "INSTALL httpfs",
        "SET enable_external_access = true",
        "SELECT content FROM read_blob('rates.duckdb')",
    ],
)
def test_the_operating_system_holds_when_the_judge_is_wrong(busy_year: Path, tmp_path: Path, statement: str) -> None:
    folder = str(newest(busy_year / "published").folder)
    version = {"folder": folder, "history": folder, "months": []}
    unjudged = """
import ratesvc.query.sandbox_worker as worker
policy = worker.sandbox_policy.Policy
policy.check.__name__, setattr(policy, "check", lambda *_: None)
worker.main()
"""
    finished = subprocess.run(
        [sys.executable, "-c", unjudged],
        input="".join(f"{json.dumps(line)}\n" for line in (version, {"sql": statement})),
        capture_output=True, text=True, timeout=20, check=False, cwd=tmp_path, env={},
    )  # fmt: skip
    assert "AttributeError" not in finished.stderr  # The judge is put aside, not missing.
    ready, *said_lines = finished.stdout.splitlines()
    assert ready == "ready"
    said = json.loads(said_lines[0]) if said_lines else {"error": "the process died"}
    assert "error" in said or not said["rows"], said
    assert list(tmp_path.iterdir()) == [tmp_path / "data"] or not list(tmp_path.iterdir())


def test_even_with_duckdbs_own_lock_open_no_file_can_be_opened(busy_year: Path) -> None:
    """The limits alone: no setting of DuckDB in the way."""
    code = """
import duckdb, ratesvc.query.sandbox_worker as s
connection = duckdb.connect(config={"threads": "1"})
connection.execute("SELECT 1").fetchall()
s._give_up_rights(files=0)
for statement in ("FROM read_text('/etc/hostname')", "COPY (SELECT 1) TO '/tmp/hostile-copy.csv'"):
    try:
        print(connection.execute(statement).fetchall())
    except duckdb.Error as refusal:
        print(type(refusal).__name__)
"""
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.split() == ["IOException", "IOException"]
    assert not Path("/tmp/hostile-copy.csv").exists()  # noqa: S108


def test_an_answer_keeps_every_digit_and_says_where_it_ends(open_to_all: str) -> None:
    request = urllib.request.Request(  # noqa: S310
        f"{open_to_all}/api/sql", b'{"sql": "SELECT 0.00000001::DECIMAL(18, 8), 1e-9::DOUBLE, 2::HUGEINT ** 2"}'
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310
        text = answer.read().decode()
    assert '"rows":[[0.00000001,0.000000001,4.0]]' in text
    status, told = ask(open_to_all, "SELECT 1 FROM range(20000)")
    assert (status, len(told["rows"]), told["truncated"]) == (200, 10_000, True)
    status, told = ask(open_to_all, "SELECT repeat('x', 1000) FROM range(9000)")
    assert (status, told["truncated"], len(told["rows"])) == (200, True, 4_975)


def test_a_mistake_is_told_without_places(open_to_all: str) -> None:
    for sql, told in (
        ("SELECT nothing FROM ticker", "nothing"),
        ("SELECT 1/", "syntax error"),
        ("DROP VIEW ticker", "only SELECT"),
        ("FROM '/etc/passwd'", "no table or view"),
    ):
        status, answer = ask(open_to_all, sql)
        assert status == 422
        assert told in answer["error"]["message"], answer
        assert answer["error"]["parameter"] == "sql"
    assert ask(open_to_all, "x" * 20_000)[0] == 422
    for odd in ("SELECT [170141183460469231731687303715884105727::HUGEINT]", "SELECT MAP {1.5: [0.1::DECIMAL(4, 2)]}"):
        assert ask(open_to_all, odd)[0] == 200
    deep = urllib.request.Request(f"{open_to_all}/api/sql", b"[" * 60_000)  # noqa: S310 - our own server
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(deep)  # noqa: S310
    assert ask(open_to_all, "x" * 200_000)[0] == 413


def test_a_crowd_is_told_to_come_back(open_to_all: str) -> None:
    with ThreadPoolExecutor(30) as crowd:
        answers = list(
            crowd.map(lambda _: ask(open_to_all, "SELECT count(hash(range)) FROM range(30000000)")[0], range(30))
        )
    assert set(answers) <= {200, 422, 503}
    assert answers.count(503) >= 30 - AT_ONCE - WAITING - 5
    assert ask(open_to_all, HONEST)[0] == 200


def test_starting_and_waiting_are_not_the_statements_time(busy_year: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATESVC_DATA", str(busy_year))
    monkeypatch.setenv("RATESVC_PUBLIC_SQL", "1")
    settings.load.cache_clear()
    client = create_app().test_client()
    with client.application.app_context():
        standby = public_sql._standby()
    monkeypatch.setattr(standby, "take", Sandbox)  # None is warm.
    ready = Sandbox.wait_until_ready

    def slowly(sandbox: Sandbox, seconds: float) -> None:
        time.sleep(1.5)
        ready(sandbox, seconds)

    with closing(standby), monkeypatch.context() as slow:
        slow.setattr(Sandbox, "wait_until_ready", slowly)
        slow.setattr(public_sql, "PATIENCE", 60)
        slow.setattr(public_sql, "DEADLINE", 1)
        assert client.post("/api/sql", json={"sql": "SELECT 1"}).status_code == 200
        endless = client.post("/api/sql", json={"sql": "SELECT count(hash(range)) FROM range(3000000000)"})
        assert (endless.status_code, "took longer than 1 seconds" in endless.text) == (422, True)
    monkeypatch.setattr(public_sql, "PATIENCE", 0.01)
    late = client.post("/api/sql", json={"sql": "SELECT 1"})
    assert (late.status_code, late.headers["Retry-After"]) == (503, "5")


@needs_proc
def test_one_process_waits_without_rights_and_only_for_the_newest_version(busy_year: Path, archive: Path) -> None:
    new, old = (newest(data / "published") for data in (busy_year, archive))
    current = old
    with closing(Standby(lambda: current)) as standby:
        standby.refresh()
        standby.refresh()
        of_old = the_one()
        current = new
        standby.refresh()
        of_new = the_one()
        assert of_new != of_old
        standby._waiting.wait_until_ready(30)  # type: ignore[union-attr]
        limits = Path(f"/proc/{of_new}/limits").read_text()
        assert re.search(r"^Max open files +0 +0 ", limits, re.MULTILINE)
        assert re.search(r"^Max processes +0 +0 ", limits, re.MULTILINE)
        with closing(standby.take(old)) as cold:  # A request that began before the new version came.
            assert of_new not in sandboxes()
            cold.wait_until_ready(30)
            assert b'"rows":[[5]]' in cold.answer("SELECT count(*) FROM ticker", 30)
        standby.refresh()
        dying = the_one()
        os.kill(dying, signal.SIGKILL)
        until(lambda: not standby._waiting.alive)  # type: ignore[union-attr]
        with closing(standby.take(new)) as replaced:
            replaced.wait_until_ready(30)
            assert b'"rows":[[1]]' in replaced.answer("SELECT 1", 30)
    assert sandboxes() == set()


@needs_proc
def test_a_waiting_process_dies_with_its_parent_and_no_zombie_stays(busy_year: Path) -> None:
    with serving(free_port(), RATESVC_DATA=str(busy_year), RATESVC_PUBLIC_SQL="1") as address:
        before = of_all()
        for _ in range(5):
            assert ask(address, HONEST)[0] == 200
        until(lambda: of_all() - before)
        [waiting] = of_all() - before
        parent = int(Path(f"/proc/{waiting}/stat").read_text().rpartition(")")[2].split()[1])
        states = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in below(parent)]
        assert "Z" not in states
        os.kill(parent, signal.SIGKILL)
        until(lambda: waiting not in of_all())


def sandboxes() -> set[int]:
    """The process ids of this process's sandboxes."""
    return of_all() & started_by(os.getpid())


def the_one() -> int:
    """The process id of the only one; its name is there a moment after its start."""
    until(sandboxes)
    [sandbox] = sandboxes()
    return sandbox


def of_all() -> set[int]:
    """The process ids of everybody's sandboxes."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if b"ratesvc.query.sandbox_worker" in path.read_bytes():
                found.add(int(path.parent.name))
    return found


def test_it_is_off_unless_turned_on(busy_year: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATESVC_DATA", str(busy_year))
    settings.load.cache_clear()
    client = create_app().test_client()
    answer = client.post("/api/sql", json={"sql": "FROM ticker"})
    assert (answer.status_code, "RATESVC_PUBLIC_SQL=1" in answer.text) == (403, True)
    assert client.post("/api/sql", data="[" * 60_000).status_code == 403
    assert client.options("/api/sql").headers["Access-Control-Allow-Headers"] == "*"
