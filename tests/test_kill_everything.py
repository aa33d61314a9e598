"""kill -9 of any command at any moment, and of any process of `ratesvc run`: nothing is lost, torn or left behind."""

import os
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from ratesvc.collect import open_writer
from ratesvc.core import settings
from ratesvc.core.seals import sealed
from ratesvc.publish import reader, versions
from ratesvc.run.front import orphans
from ratesvc.store import decisions, fetch_log, raw_documents
from ratesvc.store.database import Store
from ratesvc.store.write import rebuild

from .conftest import Respond, moving_market
from .history import printed, tables_of
from .serving import below, free_port, needs_proc, runs, until
from .test_backfill import IN_A_HURRY, Bank
from .test_backup import restorable
from .test_publish import assert_whole

pytestmark = [pytest.mark.process, pytest.mark.proof]

KILLS = int(os.environ.get("KILLS", "2"))
"""`make soak` does it more often: at least once for each command."""
STARTS = int(os.environ.get("STARTS", "2"))
"""How often `ratesvc run` is started and a process of it is killed."""
SEED = int(os.environ.get("SEED", random.randrange(2**32)))
GONE_SECONDS = 2
READY_SECONDS = 3
"""On a quiet machine; on a busy one the test only prints it."""
NEVER_LOST = ("observations", "rejections", "decisions")
Tables = dict[str, list[tuple[object, ...]]]


@pytest.fixture
def home(archive: Path, data: Path, serve: Callable[[Respond], str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bundled history, and two sources: a market with new figures at each request, and a bank with a history."""
    shutil.copytree(archive, data)
    monkeypatch.setenv("RATESVC_SOURCES", "currency_api,nbk")
    monkeypatch.setenv("RATESVC_ORIGIN_CURRENCY_API", serve(moving_market()))
    monkeypatch.setenv("RATESVC_ORIGIN_NBK", serve(Bank()))
    settings.load.cache_clear()
    return data


def commands(target: Path, chance: random.Random) -> dict[str, list[str]]:
    """Everything that writes. Backfills are of other days each time."""
    first = date(2001, 1, 1) + timedelta(days=20 * chance.randrange(300))
    return {
        "snapshot": ["snapshot"],
        "jobs snapshot": ["jobs", "--run", "snapshot"],
        "jobs scrub": ["jobs", "--run", "scrub"],
        "jobs tidy": ["jobs", "--run", "tidy"],
        "jobs decide": ["jobs", "--run", "decide"],
        "publish": ["publish"],
        "backfill": ["backfill", "nbk", "--from", f"{first}", "--to", f"{first + timedelta(days=19)}"],
        "reparse": ["reparse"],
        "rebuild": ["rebuild"],
        "backup": ["backup", str(target)],
        "restore --replace": ["restore", "--replace"],
    }


def started(arguments: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", IN_A_HURRY, *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@dataclass
class Kept:
    """What was committed and published before a kill."""

    tables: Tables
    tickers: dict[str, str]


def test_any_command_killed_at_any_moment_loses_and_tears_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(f"SEED={SEED}")
    chance = random.Random(SEED)
    target = tmp_path / "backup"
    known = commands(target, chance)
    names = (chance.sample(list(known), len(known)) * (KILLS // len(known) + 1))[:KILLS]
    seconds, killed, ended = {}, Counter[str](), Counter[str]()
    for name, arguments in known.items():
        if name not in ("backup", *names):
            continue
        began = time.monotonic()
        with started(arguments) as left_alone:
            _, said = left_alone.communicate()
        assert left_alone.returncode == 0, said
        seconds[name] = time.monotonic() - began
    print({name: round(each, 2) for name, each in seconds.items()})
    kept = look(home, target, None, "nothing", tmp_path, monkeypatch)
    for number, name in enumerate(names):
        if name == "jobs decide":
            order_a_decision(number, kept)
        if name in ("jobs tidy", "jobs scrub"):
            age(home)
        with started(commands(target, chance)[name]) as victim:
            try:
                # A third of the time it only imports.
                victim.wait(chance.uniform(0.2, 0.9) * seconds[name])
                ended[name] += 1
            except subprocess.TimeoutExpired:
                killed[name] += 1
            with suppress(ProcessLookupError):
                os.killpg(victim.pid, signal.SIGKILL)
        kept = look(home, target, kept, name, tmp_path, monkeypatch)
        if name == "jobs decide":
            assert f"trial {number}" in decided()
            kept = look(home, target, kept, name, tmp_path, monkeypatch)
    print(f"killed: {dict(killed)}; had ended before: {dict(ended)}")
    assert killed.total() > KILLS / 5


def age(home: Path) -> None:
    """Makes versions so old that they are removed."""
    for version in reader.versions(home / "published")[:-1]:
        os.utime(version, (0, 0))


def order_a_decision(number: int, kept: Kept) -> None:
    """Has a figure be held, and a person's decision wait for the job."""
    with open_writer.writer() as store:
        day = datetime.now(UTC)
        # Each is far from the others, so that none confirms another.
        units = f"{12 + 2 * number % 7}.{number:04}"
        printed(store, f"{day:%Y-%m-%d}", units, source="nbt", currency="TJS", seen=f"{day:%Y-%m-%d %H:%M:%S}")
        [(figure,)] = store.query("SELECT max(rejection_id) FROM rejections WHERE held AND rate = ?", [units])
        kept.tables = tables_of(store, NEVER_LOST)
    decision = decisions.Decision(rejection_id=figure, decision="rejected", decided_by="A", reason=f"trial {number}")
    path = settings.load().orders / f"{figure}-{number}.decision"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(sealed(asdict(decision)))


def decided() -> set[str]:
    """The reasons of the decisions, after the job that carries them out has run once more."""
    subprocess.run([sys.executable, "-m", "ratesvc", "jobs", "--run", "decide"], check=True, capture_output=True)
    with open_writer.writer() as store:
        return {reason for (reason,) in store.query("SELECT reason FROM decisions")}


def look(
    home: Path, target: Path, before: Kept | None, killed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Kept:
    """Whether everything is whole after a kill, also for the next start; returns what is there now."""
    readable(home)
    if killed == "restore --replace" and not (home / "rates.duckdb").exists():
        # Between two renames: the next start says so, and the same command finishes its work.
        with pytest.raises(Exception, match="`ratesvc restore` brings it back"), open_writer.writer():
            pass
        subprocess.run([sys.executable, "-m", "ratesvc", "restore"], check=True, capture_output=True)
    with open_writer.writer() as store:
        now = Kept(tables_of(store, NEVER_LOST), dict(store.query("SELECT version, ticker FROM publications")))
        assert_consistent(store, home)
    assert list((home / "published").glob(f"*{versions.UNFINISHED}")) == []
    assert list((home / "raw").glob(f"*{versions.UNFINISHED}")) == []
    for version in reader.versions(home / "published"):
        assert_whole(version)
        assert (version / "ticker.json").read_text() == now.tickers[version.name]
    if killed in ("backup", "nothing"):
        found = restorable(target, tmp_path / "scratch", monkeypatch)
        assert before is None or set(found["observations"]) <= set(before.tables["observations"])
        assert len(found["observations"]) >= 1015
    if before:
        for name in NEVER_LOST:
            assert not set(before.tables[name]) - set(now.tables[name]), (killed, name)
        assert before.tickers.items() <= now.tickers.items(), killed
    return now


def readable(home: Path) -> None:
    """Before the next start of a writer: readers have a whole version."""
    reader.newest(home / "published")
    for path in (home / "raw").glob("?" * 64):
        assert raw_documents.read(path.name) is not None


def assert_consistent(store: Store, home: Path) -> None:
    """The log has what the store has, the daily table what the observations say, and each fetch its document."""
    logged = fetch_log.read(home / "raw")
    assert logged.damaged == 0
    for table in NEVER_LOST:
        rows = sum(len(line.rows.get(table, ())) for line in logged.lines.values())
        assert store.query(f"SELECT count(*) FROM {table}") == [(rows,)], table
    maintained = store.query("FROM daily ORDER BY ALL")
    rebuild(store)
    assert store.query("FROM daily ORDER BY ALL") == maintained
    assert not [each for each in raw_documents.damages(store) if "nbt" not in each]


# The processes of `ratesvc run`.


@needs_proc
def test_any_process_of_the_service_killed_it_is_ready_again_and_nothing_is_left(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    print(f"SEED={SEED}")
    chance = random.Random(SEED)
    port = free_port()
    monkeypatch.setenv("RATESVC_PORT", str(port))
    kept = look(home, tmp_path / "none", None, "run", tmp_path, monkeypatch)
    starts, recoveries, ends = [], [], []
    for number in range(STARTS):
        with service(tmp_path / f"log-{number}") as run:
            began = time.monotonic()
            until(lambda: ready(port), 60)
            starts.append(time.monotonic() - began)
            if number % 3 == 1:  # One of its processes, which is replaced.
                until(partial(complete, run), 30)
                family = {pid: name_of(pid) for pid in below(run.pid)}
                victim = chance.choice(sorted(family))
                os.kill(victim, signal.SIGKILL)
                killed = time.monotonic()
                while not replaced(run, victim, port):
                    there = sorted(map(name_of, below(run.pid)))
                    assert time.monotonic() < killed + 60, (
                        family[victim],
                        there,
                        (tmp_path / f"log-{number}").read_text(),
                    )
                    time.sleep(0.02)
                recoveries.append((family[victim], time.monotonic() - killed))
            else:
                time.sleep(chance.uniform(0, 1))  # At a random moment, perhaps of a snapshot.
            assert run.poll() is None
            family = {pid: name_of(pid) for pid in below(run.pid)}
            kill(run.pid, *(family if number % 3 == 2 else ()))
            killed = time.monotonic()
            everything = {run.pid: "supervisor", **family}
            while still := left(everything, port):
                assert time.monotonic() < killed + 20, still
                time.sleep(0.02)
            ends.append(time.monotonic() - killed)
        kept = look(home, tmp_path / "none", kept, "run", tmp_path, monkeypatch)
    print(f"ready after a start: {summed_up(starts)}")
    print(f"ready after the kill of one process: {summed_up([took for _, took in recoveries])} {recoveries}")
    print(f"processes and port gone after the kill of the supervisor or of all: {summed_up(ends)}")
    assert max(ends) < GONE_SECONDS
    if "STARTS" in os.environ and os.getloadavg()[0] < 1:  # As `make soak` does it, alone on the machine.
        assert statistics.median(starts) < READY_SECONDS


@needs_proc
def test_workers_of_the_front_that_outlive_everybody_else_keep_the_next_start_from_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("RATESVC_PORT", str(port))
    with service(tmp_path / "first") as run:
        until(lambda: ready(port), 60)
        family = {pid: name_of(pid) for pid in below(run.pid)}
        workers = {pid for pid, name in family.items() if name == "nginx: worker"}
        assert workers
        kill(run.pid, *(family.keys() - workers))
        assert all(map(runs, workers))
    with service(tmp_path / "second"):
        until(lambda: ready(port), 60)
        assert not any(map(runs, workers))


@needs_proc
def test_a_process_whose_parent_has_ended_before_it_could_watch_it_ends_too() -> None:
    """Else a worker that is being started when its server is killed lives on."""
    someone_else = 1
    command = [
        sys.executable,
        "-I",
        "-S",
        orphans.__file__,
        str(int(signal.SIGKILL)),
        str(someone_else),
        "/bin/sleep",
        "60",
    ]
    assert subprocess.run(command, check=False, timeout=30).returncode == -signal.SIGKILL
    command[5] = str(os.getpid())
    assert subprocess.run([*command[:6], "/bin/true"], check=False, timeout=30).returncode == 0


def complete(run: subprocess.Popen[bytes]) -> bool:
    """Whether jobs, web server, granian with two workers, and nginx with two are there."""
    return len(below(run.pid)) >= 8


def replaced(run: subprocess.Popen[bytes], victim: int, port: int) -> bool:
    return not runs(victim) and complete(run) and ready(port)


def kill(*pids: int) -> None:
    """Kills processes at once, as the kernel does that ends a group: none sees another one die."""
    for number in (signal.SIGSTOP, signal.SIGKILL):
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@contextmanager
def service(log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as stderr:
        run = subprocess.Popen([sys.executable, "-m", "ratesvc", "run"], stderr=stderr)
    try:
        yield run
    finally:
        if run.poll() is None:
            run.terminate()
        run.wait(40)


def ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as told:
            return bool(told.status == 200)
    except OSError:
        time.sleep(0.02)
        return False


def name_of(pid: int) -> str:
    """What a process is, in a word or two."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode().rstrip("\0").replace("\0", " ")
        found = re.search(r"nginx: \w+|app_server|child (jobs|web)|\S+$", words)
        return found[0] if found else words
    return "gone"


def left(family: dict[int, str], port: int) -> list[str]:
    """The processes of a family that are still there, and the port if somebody listens on it."""
    found = [f"{name} ({pid})" for pid, name in family.items() if runs(pid)]
    with suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return found
    return [*found, f"port {port}"]


def summed_up(seconds: list[float]) -> str:
    if not seconds:
        return "none"
    ordered = sorted(seconds)
    middle, worst = statistics.median(ordered), ordered[-1]
    most_of_them = ordered[int(0.9 * (len(ordered) - 1))]
    return f"{len(ordered)} times, median {middle:.2f} s, 90 % {most_of_them:.2f} s, most {worst:.2f} s"
