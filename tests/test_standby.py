"""Of several machines one writes, and another takes over: nothing is lost, and nothing is there twice."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import duckdb
import pytest

from ratesvc.core.errors import RatesvcError
from ratesvc.publish import reader, upload
from ratesvc.publish.object_store import ObjectStore
from ratesvc.store import leadership
from ratesvc.store.leadership import Leadership

from .conftest import Respond, moving_market
from .object_stores import S3, s3_server
from .postgres import PROGRAMS, Postgres, postgres_server
from .serving import until
from .test_restore import Run

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(PROGRAMS is None, reason="no PostgreSQL is installed (on Debian: apt install postgresql)"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres_server() as postgres:
        yield postgres


@pytest.fixture
def s3() -> Iterator[S3]:
    with s3_server() as server:
        yield server


def test_one_leads_and_the_next_one_has_a_higher_epoch(server: Postgres) -> None:
    url = server.new_database()
    first, second = Leadership(url), Leadership(url)
    assert first.try_to_lead()
    assert not second.try_to_lead()
    first.check()
    first.withdraw()
    until(second.try_to_lead)  # PostgreSQL ends the session after it has been told.
    assert second.epoch == 2
    with pytest.raises(RatesvcError, match="another machine leads now"):
        first.check()
    second.withdraw()
    until(first.try_to_lead)
    assert first.epoch == 3
    first.withdraw()


def test_a_silent_leader_loses_the_lock_and_cannot_go_on(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leadership, "SILENT_SECONDS", 1)
    url = server.new_database()
    first, second = Leadership(url), Leadership(url)
    assert first.try_to_lead()
    until(second.try_to_lead, 10)
    with pytest.raises(RatesvcError, match=r"PostgreSQL does not answer: .*idle.session"):
        first.check()
    second.withdraw()


def test_a_session_is_not_closed_while_it_is_asked(server: Postgres) -> None:
    """Of a connection that is closed in the middle of a query the process dies, by a segmentation fault."""
    leader = Leadership(server.new_database())
    assert leader.try_to_lead()
    asked, answers = threading.Event(), []

    def ask() -> None:
        with leader._asking:
            asked.set()
            answers.append(leader._ask("SELECT 'it is there', pg_sleep(0.3)"))

    thread = threading.Thread(target=ask)
    thread.start()
    asked.wait()
    leader.give_up()
    assert answers == ["it is there"]
    thread.join()


def test_without_postgresql_nobody_leads() -> None:
    with pytest.raises(RatesvcError, match=r"^PostgreSQL does not answer: .*Connection refused"):
        Leadership("postgresql://nobody@127.0.0.1:9/x").try_to_lead()


class Machine:
    """A machine with a data folder of its own, which runs `ratesvc jobs --standby`, and again whenever that ends."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.data = folder / "data"
        self.log = folder / "log"
        folder.mkdir(exist_ok=True)
        self._environment = {**os.environ, **environment, "RATESVC_DATA": str(self.data)}
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-m", "ratesvc", "jobs", "--standby"]
        with self.log.open("a") as log:
            self.process = subprocess.Popen(command, env=self._environment, stderr=log, cwd=self.log.parent)

    def leads(self) -> bool:
        return self.log.read_text().count("this machine leads now") > self._led_before

    _led_before = 0

    def end(self, number: int) -> None:
        self.process.send_signal(number)
        self.process.wait(20)

    def restart(self) -> None:
        self._led_before = self.log.read_text().count("this machine leads now")
        self.start()


@pytest.fixture
def machines(
    server: Postgres, s3: S3, tmp_path: Path, serve: Callable[[Respond], str]
) -> Iterator[Callable[[str], Machine]]:
    """Starts a machine."""
    environment = {
        **s3.environment,
        "RATESVC_LEADER": server.new_database(),
        "RATESVC_PUBLISH_TO": s3.url,
        "RATESVC_SOURCES": "currency_api",
        "RATESVC_ORIGIN_CURRENCY_API": serve(moving_market()),
    }
    started: list[Machine] = []

    def start(name: str) -> Machine:
        started.append(Machine(tmp_path / name, environment))
        return started[-1]

    yield start
    for machine in started:
        machine.process.send_signal(signal.SIGCONT)
        machine.process.kill()
        machine.process.wait()


@contextmanager
def opened(s3: S3) -> Iterator[ObjectStore]:
    with pytest.MonkeyPatch.context() as patch:
        for name, text in s3.environment.items():
            patch.setenv(name, text)
        yield ObjectStore(s3.url)


def pointed(s3: S3) -> str:
    """The version that the pointer in the object store names; empty if there is none."""
    with opened(s3) as store:
        return str(json.loads(store.read(upload.POINTER))["version"]) if store.etag(upload.POINTER) else ""


def is_newer(s3: S3, version: str) -> bool:
    return pointed(s3) > version


def follows(machine: Machine) -> bool:
    """Whether it follows after its last start."""
    return bool(re.search(r"stand-by: following|fetched", machine.log.read_text().splitlines()[-1]))


def sightings(s3: S3, tmp_path: Path) -> list[tuple[object, ...]]:
    """All that is published, after looking whether the version is whole and has nothing twice."""
    version = pointed(s3)
    folder = tmp_path / "looked" / version
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with opened(s3) as store:
        for name in store.sizes(f"data/{version}"):
            (folder / name).write_bytes(store.read(f"data/{version}/{name}"))
    reader.verify(folder)
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{folder / 'rates.duckdb'}' AS r (READ_ONLY)")
        for table, key in (
            ("snapshots", "snapshot_id"),
            ("fetches", "fetch_id"),
            ("daily", "source, base, quote, observed_on"),
            ("published_versions", "version"),
        ):
            twice = connection.execute(f"SELECT {key} FROM r.{table} GROUP BY ALL HAVING count(*) > 1").fetchall()
            assert twice == [], table
        return connection.execute("FROM r.observations ORDER BY ALL").fetchall()


@pytest.mark.soak  # As test_cluster.py kills it.
def test_a_killed_leader_is_replaced_and_nothing_is_lost_or_double(
    machines: Callable[[str], Machine], s3: S3, tmp_path: Path
) -> None:
    first = machines("first")
    until(lambda: pointed(s3), 60)
    until(first.leads)
    second = machines("second")
    until(lambda: "fetched" in second.log.read_text(), 30)
    leader, other = first, second
    for _ in range(3):
        before, version = sightings(s3, tmp_path), pointed(s3)
        leader.end(signal.SIGKILL)
        killed_at = time.monotonic()
        until(partial(is_newer, s3, version), 30)
        took = time.monotonic() - killed_at
        print(f"published by another machine after {took:.1f} s")
        assert took < 15
        until(other.leads)
        after = sightings(s3, tmp_path)
        assert set(before) <= set(after)
        leader.restart()
        leader, other = other, leader
        until(partial(follows, other), 30)
    assert "Traceback" not in first.log.read_text() + second.log.read_text()


def test_what_was_sent_for_a_version_that_did_not_arrive_counts_once(
    machines: Callable[[str], Machine], s3: S3, tmp_path: Path
) -> None:
    """The log of a fetch arrives before the version with it. The next leader takes it over, and the one after that."""
    first = machines("first")
    until(lambda: pointed(s3), 60)
    followed = threading.Event()
    s3.refuses = lambda method, path: (
        method == "PUT" and (path.endswith("latest.json") or ("/raw/log/" in path and not followed.wait(8)))
    )
    second = machines("second")
    until(lambda: "fetched" in second.log.read_text())
    followed.set()
    until(partial(has_sent, s3, 2))  # The bundled history, and the first snapshot.
    first.end(signal.SIGKILL)
    s3.refuses = lambda _method, _path: False
    until(partial(has_sent, s3, 3), 60)
    until(lambda: second.log.read_text().count("uploaded") == 2, 30)
    second.end(signal.SIGKILL)
    before, version = sightings(s3, tmp_path), pointed(s3)
    first.restart()
    until(partial(is_newer, s3, version), 60)
    assert set(before) <= set(sightings(s3, tmp_path))


def has_sent(s3: S3, parts: int) -> bool:
    """Whether the log in the object store has so many parts."""
    with opened(s3) as store:
        return len(store.sizes("raw/log")) == parts


def test_a_machine_that_was_alone_goes_on_with_its_store(
    machines: Callable[[str], Machine], s3: S3, tmp_path: Path, ratesvc_process: Run, serve: Callable[[Respond], str]
) -> None:
    alone = {
        "RATESVC_DATA": str(tmp_path / "first" / "data"),
        "RATESVC_SOURCES": "currency_api",
        "RATESVC_ORIGIN_CURRENCY_API": serve(moving_market()),
    }
    (tmp_path / "first").mkdir()
    assert ratesvc_process("snapshot", **alone).returncode == 0
    count = "SELECT count(*) FROM observations"
    before = int(ratesvc_process("sql", count, "--format", "csv", **alone).stdout.split()[1])
    first = machines("first")
    until(lambda: pointed(s3), 60)
    assert "restored" not in first.log.read_text()
    assert len(sightings(s3, tmp_path)) >= before
    first.end(signal.SIGKILL)
    first.restart()  # Nobody else has led.
    until(first.leads, 30)
    until(lambda: first.log.read_text().count(" writing ") == 2)
    assert "restored" not in first.log.read_text()


def test_a_suspended_leader_that_wakes_up_writes_nothing_and_ends(
    machines: Callable[[str], Machine], s3: S3, tmp_path: Path
) -> None:
    first = machines("first")
    until(lambda: pointed(s3), 60)
    second = machines("second")
    until(lambda: "fetched" in second.log.read_text(), 30)
    version = pointed(s3)
    first.process.send_signal(signal.SIGSTOP)
    until(lambda: pointed(s3) > version, 30)
    until(second.leads)
    before = sightings(s3, tmp_path)
    published = reader.versions(first.data / "published")
    first.process.send_signal(signal.SIGCONT)
    assert first.process.wait(10) == 1
    assert reader.versions(first.data / "published") == published
    assert re.search(r"CRITICAL .*: ending, so that another machine can lead\n", first.log.read_text())
    first.restart()
    time.sleep(3)
    assert not first.leads()
    assert set(before) <= set(sightings(s3, tmp_path))


def test_when_postgresql_crashes_the_leader_ends_and_one_leads_when_it_is_back(
    machines: Callable[[str], Machine], s3: S3, server: Postgres, tmp_path: Path
) -> None:
    first = machines("first")
    until(lambda: pointed(s3), 60)
    before = sightings(s3, tmp_path)
    server.kill()
    try:
        assert first.process.wait(15) == 1
        first.restart()
        until(lambda: "stand-by: PostgreSQL does not answer" in first.log.read_text())
    finally:
        time.sleep(0.5)
        server.start()
    until(first.leads, 30)
    until(lambda: len(sightings(s3, tmp_path)) >= len(before), 30)
    assert set(before) <= set(sightings(s3, tmp_path))
    assert first.log.read_text().count("stand-by: PostgreSQL does not answer") == 1
