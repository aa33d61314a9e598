"""The command line as a person uses it: what it prints, its exit codes, one line for what goes wrong."""

import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from ratesvc.__main__ import cli
from ratesvc.sources import currency_api
from ratesvc.store.database import writing

from .conftest import Respond, answer
from .serving import record_unjudged
from .test_ingest import DOCUMENT

Run = Callable[..., subprocess.CompletedProcess[str]]
Serve = Callable[[Respond], str]
NOW = datetime.now(UTC)
TODAY, YESTERDAY = (
    DOCUMENT.replace(b"2026-05-24", f"{day:%Y-%m-%d}".encode()) for day in (NOW, NOW - timedelta(days=1))
)


@pytest.fixture
def origin(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> str:
    """A currency_api of our own that every command asks, and nobody else; its rates of the day before are known."""
    kept = list(currency_api.parse(YESTERDAY).observations)
    before = NOW - timedelta(days=1)
    with writing() as store:
        record_unjudged(store, "currency_api", kept, before)
    origin = serve(lambda handler: answer(handler, TODAY))
    monkeypatch.setenv("RATESVC_SOURCES", "currency_api")
    monkeypatch.setenv("RATESVC_ORIGIN_CURRENCY_API", origin)
    return origin


def assert_one_line(finished: subprocess.CompletedProcess[str], code: int, *said: str) -> None:
    assert finished.returncode == code, finished.stderr
    assert finished.stderr.startswith("ratesvc: ")
    assert finished.stderr.count("\n") == 1, finished.stderr
    for part in said:
        assert part in finished.stderr


def test_two_snapshots_then_everything_that_can_be_asked(ratesvc: Run, origin: str) -> None:
    first, second = ratesvc("snapshot"), ratesvc("snapshot")
    assert first.stdout.startswith(f"currency_api: new: 5 rates for {NOW:%Y-%m-%d}, 5 new, by 127.0.0.1\npublished 2")
    unchanged = f"currency_api: unchanged: 5 rates for {NOW:%Y-%m-%d}, by 127.0.0.1\n"
    assert second.stdout == f"{unchanged}nothing has changed since the last version\n"
    assert first.stderr == second.stderr == ""

    lines = ratesvc("ticker").stdout.splitlines()
    assert [line.split(" = ")[0] for line in lines] == ["KGS/USD", "KZT/USD", "TJS/USD", "UZS/USD", "TMT/USD"]
    assert lines[4] == "TMT/USD = 0.28571 0%"

    status = ratesvc("status").stdout
    assert "currency_api" in status
    assert "127.0.0.1" in status
    assert "unchanged" in status

    query = "SELECT pair, printed::DECIMAL(18, 8) AS units, observed_on FROM ticker LIMIT 2"
    assert "units" in ratesvc("sql", query).stdout
    rows = list(csv.DictReader(ratesvc("sql", query, "--format", "csv").stdout.splitlines()))
    assert rows[1]["pair"] == "KZT/USD"
    found = json.loads(ratesvc("sql", query, "--format", "json").stdout, parse_float=str)
    assert found[1]["units"] == rows[1]["units"]
    assert found[1]["observed_on"] == rows[1]["observed_on"]

    assert ratesvc("rebuild").stdout.startswith("rebuilt ")
    assert ratesvc("publish").stdout.startswith("published ")
    listed = ratesvc("jobs", "--list").stdout
    assert "snapshot" in listed
    assert "*/15 * * * *" in listed
    assert "Snapshot every source, then publish what has changed." in listed
    assert "nothing has changed" in ratesvc("jobs", "--run", "snapshot").stderr


def test_decimals_are_never_printed_with_an_exponent(ratesvc: Run, origin: str) -> None:
    ratesvc("snapshot")
    query = "SELECT 0.00000001::DECIMAL(18, 8) AS tiny, now() AS instant"
    assert '"tiny": 0.00000001' in ratesvc("sql", query, "--format", "json").stdout
    assert ratesvc("sql", query, "--format", "csv").stdout.splitlines()[1].startswith("0.00000001,20")


@pytest.mark.parametrize("command", sorted(cli.commands))
def test_each_command_has_a_manual(ratesvc: Run, command: str) -> None:
    assert ratesvc(command, "--help").stdout.startswith("Usage: ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["snapshot", "--source", "nobody"], "there is no source 'nobody'; there are cbr, cbt, cbu, currency_api"),
        (["jobs", "--run", "nothing"], "there are backfill, compact, decide, notify, scrub, snapshot, tidy"),
        (["sql", "FROM ticker", "--format", "xml"], "xml"),
    ],
)
def test_who_asks_wrongly_is_told_in_one_line(ratesvc: Run, arguments: list[str], said: str) -> None:
    assert_one_line(ratesvc(*arguments), 2, said)


def test_a_query_with_a_mistake_is_one_line(ratesvc: Run, origin: str) -> None:
    ratesvc("snapshot")
    assert_one_line(ratesvc("sql", "FROM nowhere"), 2, "nowhere does not exist")


def test_a_wrong_setting_is_one_line_that_names_it(ratesvc: Run) -> None:
    for command in ("run", "jobs", "web", "snapshot", "status"):
        assert_one_line(ratesvc(command, RATESVC_PORT="many"), 2, "RATESVC_PORT", "many")


def test_before_anything_is_published_readers_are_told_what_to_do(ratesvc: Run) -> None:
    for command in ("ticker", "status"):
        assert_one_line(ratesvc(command), 1, "nothing is published", "ratesvc snapshot")


def test_a_truncated_pointer_and_a_missing_version_are_one_line_and_publish_mends_them(
    ratesvc: Run, origin: str, data: Path
) -> None:
    ratesvc("snapshot")
    before = ratesvc("ticker").stdout
    pointer = data / "published" / "latest.json"
    pointer.write_bytes(pointer.read_bytes()[:40])
    assert_one_line(ratesvc("ticker"), 1, "latest.json is damaged", "ratesvc publish")
    version = ratesvc("publish").stdout.split()[-1]
    assert ratesvc("ticker").stdout == before
    shutil.rmtree(data / "published" / version)
    assert_one_line(ratesvc("ticker"), 1, f"{version} is missing", "ratesvc publish")
    ratesvc("publish")
    assert ratesvc("ticker").stdout == before


def test_when_no_source_answers_the_history_is_published_all_the_same(ratesvc: Run) -> None:
    failed = ratesvc("snapshot", RATESVC_SOURCES="currency_api", RATESVC_ORIGIN_CURRENCY_API="http://127.0.0.1:1")
    assert_one_line(failed, 1, "no source answered")
    assert "failed: 127.0.0.1 cannot be reached" in failed.stdout
    assert len(ratesvc("ticker").stdout.splitlines()) == 5
    assert "cannot be reached" in ratesvc("status").stdout


@pytest.fixture
def start() -> object:
    """Starts a command in the background and ends it after the test."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "ratesvc", *arguments],
            env={**os.environ, **environment},
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.terminate()
        process.communicate(timeout=15)


Start = Callable[..., subprocess.Popen[str]]


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    assert process.stderr
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"it ended without saying {text!r}")


def test_a_second_writer_is_refused_while_readers_read(ratesvc_process: Run, start: Start, origin: str) -> None:
    jobs = start("jobs")
    wait_for(jobs, "published")
    for command in ("jobs", "snapshot", "publish", "rebuild"):
        assert_one_line(ratesvc_process(command), 1, f"is being written by process {jobs.pid}", "stop that one first")
    assert len(ratesvc_process("ticker").stdout.splitlines()) == 5


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.soak)])
def test_the_jobs_end_in_time_although_a_source_hangs(start: Start, serve: Serve, number: signal.Signals) -> None:
    asked: list[str] = []

    def hang(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.path)
        time.sleep(30)

    jobs = start("jobs", RATESVC_SOURCES="currency_api", RATESVC_ORIGIN_CURRENCY_API=serve(hang))
    deadline = time.monotonic() + 60
    while not asked and time.monotonic() < deadline:
        time.sleep(0.05)
    assert asked
    jobs.send_signal(number)
    asked_at = time.monotonic()
    assert jobs.wait(timeout=12) == 0
    assert time.monotonic() - asked_at < 10


def test_a_port_in_use_is_one_line(ratesvc_process: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert_one_line(ratesvc_process("web", RATESVC_PORT=port), 1, f"127.0.0.1:{port}", "Address already in use")
        both = ratesvc_process("run", RATESVC_PORT=port, RATESVC_ORIGIN_CURRENCY_API="http://127.0.0.1:1")
    assert both.returncode == 1
    assert "Address already in use" in both.stderr
    assert "Traceback" not in both.stderr


def test_a_damaged_database_is_one_line_and_stays_as_it_is(ratesvc: Run, data: Path) -> None:
    data.mkdir()
    (data / "rates.duckdb").write_bytes(b"this is no database")
    assert_one_line(ratesvc("snapshot"), 1, "rates.duckdb", "not a valid DuckDB database")
    assert (data / "rates.duckdb").read_bytes() == b"this is no database"


def test_a_folder_of_ones_own_is_not_taken_for_the_jobs(ratesvc: Run, tmp_path: Path) -> None:
    (tmp_path / "jobs").mkdir()
    (tmp_path / "jobs" / "mine.py").write_text('"""Mine."""\nSCHEDULE = "* * * * *"\n', encoding="utf-8")
    told = ratesvc("jobs", "--list").stdout
    assert "snapshot" in told
    assert "mine" not in told
