"""`ratesvc run`: both processes, restarted when one dies, ended together; without a writer it goes on serving."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import duckdb
import pytest

from ratesvc.core import settings
from ratesvc.core.errors import KilledError, RatesvcError
from ratesvc.run import supervisor

from .serving import below, children, free_port, get, needs_proc, runs, until

pytestmark = pytest.mark.process


def test_readers_who_stay_connected_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("RATESVC_PORT", str(port))
    with (
        ExitStack() as idle,
        subprocess.Popen([sys.executable, "-m", "ratesvc", "web"], stderr=subprocess.DEVNULL) as web,
    ):
        try:
            get(f"http://127.0.0.1:{port}/healthz")
            for _ in range(200):
                reader = idle.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
                reader.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert reader.recv(12) == b"HTTP/1.1 200"
        finally:
            web.terminate()


@needs_proc
def test_both_run_one_that_dies_is_started_again_and_both_end(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("RATESVC_PORT", str(port))
    monkeypatch.setenv("RATESVC_SOURCES", "currency_api")
    monkeypatch.setenv("RATESVC_ORIGIN_CURRENCY_API", "http://127.0.0.1:1")
    base = f"http://127.0.0.1:{port}"
    with subprocess.Popen([sys.executable, "-m", "ratesvc", "run"], stderr=subprocess.PIPE, text=True) as run:
        try:
            assert len(get(f"{base}/ticker.txt").splitlines()) == 5
            first = children(run.pid)
            assert set(first) == {"jobs", "web"}
            os.kill(first["jobs"], signal.SIGKILL)
            os.kill(first["web"], signal.SIGKILL)
            second = first
            deadline = time.monotonic() + 15
            while set(second) != {"jobs", "web"} or set(first.values()) & set(second.values()):
                assert time.monotonic() < deadline, second
                time.sleep(0.2)
                second = children(run.pid)
            assert len(get(f"{base}/ticker.txt").splitlines()) == 5
        finally:
            run.send_signal(signal.SIGTERM)
            _, said = run.communicate(timeout=20)
    assert run.returncode == 0
    assert "ratesvc jobs ended (-9); starting it again now" in said
    assert not any(Path(f"/proc/{pid}").exists() for pid in second.values())
    with pytest.raises(OSError, match="refused"):
        get(f"{base}/healthz", seconds=0)


@pytest.fixture
def served(archive: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a copy of the bundled history, for `started`."""
    shutil.copytree(archive, settings.load().data, dirs_exist_ok=True)
    port = free_port()
    for name, text in {
        "PORT": str(port),
        "SOURCES": "currency_api",
        "ORIGIN_CURRENCY_API": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(f"RATESVC_{name}", text)
    return f"http://127.0.0.1:{port}"


@contextmanager
def started(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`ratesvc run`, with its log in a file."""
    with log.open("wb") as stderr, subprocess.Popen([sys.executable, "-m", "ratesvc", "run"], stderr=stderr) as run:
        try:
            yield run
        finally:
            with suppress(ProcessLookupError):
                run.terminate()
            run.wait(40)


@needs_proc
def test_all_die_with_the_supervisor_and_the_next_start_works_at_once(served: str, tmp_path: Path) -> None:
    with started(tmp_path / "first") as run:
        get(f"{served}/healthz")
        until(lambda: "writing" in (tmp_path / "first").read_text())
        family = below(run.pid)
        assert len(family) >= 4  # The jobs, the web server, and its two workers.
        run.kill()
        killed = time.monotonic()
        until(lambda: not any(runs(pid) for pid in family), 1)
        print(f"{len(family)} processes were gone {time.monotonic() - killed:.2f} s after the supervisor")
    with started(tmp_path / "second") as again:
        assert len(get(f"{served}/ticker.txt").splitlines()) == 5
        until(lambda: "writing" in (tmp_path / "second").read_text())
        assert again.poll() is None
    assert "ended" not in (tmp_path / "second").read_text()


def locked(stack: ExitStack) -> None:
    hold = (
        f"import duckdb, time; c = duckdb.connect({str(settings.load().database)!r}); print(flush=True); time.sleep(99)"
    )
    process = stack.enter_context(subprocess.Popen([sys.executable, "-c", hold], stdout=subprocess.PIPE))
    stack.callback(process.kill)
    assert process.stdout
    process.stdout.readline()


def damaged(_: ExitStack) -> None:
    settings.load().database.write_bytes(b"no database" * 1000)


def newer(_: ExitStack) -> None:
    with duckdb.connect(settings.load().database) as connection:
        connection.execute("UPDATE schema_version SET version = 999")


@pytest.mark.parametrize(
    ("trouble", "reason"),
    [
        (locked, "being written by process"),
        pytest.param(damaged, "`ratesvc restore` brings the store back", marks=pytest.mark.soak),
        pytest.param(newer, "install the version of ratesvc that wrote it", marks=pytest.mark.soak),
    ],
)
def test_without_a_writer_the_last_version_stays_online(
    served: str, tmp_path: Path, trouble: Callable[[ExitStack], None], reason: str
) -> None:
    whole = settings.load().database.read_bytes()
    log = tmp_path / "log"
    with ExitStack() as stack:
        trouble(stack)
        with started(log) as run:
            until(lambda: log.read_text().count(reason) == 2)
            assert len(get(f"{served}/ticker.txt").splitlines()) == 5
            until(lambda: "starting it again in 2 s" in log.read_text())
            time.sleep(3)
            assert run.poll() is None
            text = log.read_text()
            assert len(re.findall(f"^ratesvc: .*{reason}", text, re.MULTILINE)) <= 3  # Not every second.
            assert "ratesvc jobs ended (1); starting it again in 2 s; the last published version stays online" in text
            stack.close()
            settings.load().database.write_bytes(whole)
            until(lambda: " writing " in log.read_text())  # It recovers by itself.
    assert run.returncode == 0


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [("RATESVC_PORT", None, "cannot listen on 127.0.0.1:"), ("RATESVC_NOTIFY", "nonsense://x", "RATESVC_NOTIFY")],
)
def test_a_port_in_use_and_a_wrong_setting_end_the_program(
    served: str, tmp_path: Path, name: str, text: str | None, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv(name, text or str(taken.getsockname()[1]))
        with started(tmp_path / "log") as run:
            assert run.wait(60) == 1
    assert len(re.findall(f"^ratesvc: .*{reason}", (tmp_path / "log").read_text(), re.MULTILINE)) == 1


def test_a_writer_that_cannot_start_ends_the_program_if_there_is_nothing_to_serve(served: str, tmp_path: Path) -> None:
    shutil.rmtree(settings.load().published)
    settings.load().database.write_bytes(b"no database" * 1000)
    with started(tmp_path / "log") as run:
        assert run.wait(60) == 1
    assert "`ratesvc restore` brings the store back" in (tmp_path / "log").read_text()


def test_a_web_server_of_which_a_part_was_killed_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in its first seconds, in which a failure of its own ends the program."""
    monkeypatch.setattr(supervisor._Child, "start", lambda child: setattr(child, "started", time.monotonic()))
    web = supervisor._Child("web")
    assert supervisor._is_hopeless(web, RatesvcError.exit_code)
    assert not supervisor._is_hopeless(web, KilledError.exit_code)


def test_the_pauses_double_and_begin_anew_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    monkeypatch.setattr(supervisor._Child, "start", lambda child: setattr(child, "started", now))
    monkeypatch.setattr(supervisor._Child, "kill_what_is_left", lambda _: None)
    child = supervisor._Child("jobs")
    assert [child.schedule_restart() for _ in range(12)] == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    now += 61
    assert child.schedule_restart() == 0
