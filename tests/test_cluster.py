"""Whatever fails in a cluster: nothing is lost, double or torn, and readers always get a whole version."""

import json
import os
import random
import re
import signal
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import count, pairwise
from pathlib import Path

import pytest

from . import cluster
from .cluster import Cluster, Host
from .conftest import Respond, moving_market
from .postgres import PROGRAMS
from .serving import until
from .test_disk_full import namespaces_allowed
from .test_standby import is_newer, pointed, sightings

pytestmark = [
    pytest.mark.process,
    pytest.mark.proof,
    pytest.mark.skipif(PROGRAMS is None, reason="no PostgreSQL is installed (on Debian: apt install postgresql)"),
]

KILLS = int(os.environ.get("KILLS", "1"))
"""`make soak` kills the leader 20 times, and tries the faults too that tests/test_standby.py has one by one."""
SUSPENDED_SECONDS = float(os.environ.get("SUSPENDED", "8"))
HANGING_SECONDS = float(os.environ.get("HANGING", "3"))
SEED = int(os.environ.get("SEED", random.SystemRandom().randrange(1 << 32)))
MOST_SECONDS = 15
"""From a fault to the next version, by another machine."""
BUSY_SECONDS = 30
"""The same on a machine that does other work too: at most this, and twice what the first version took."""


AVOIDED_SECONDS = 3
"""nginx asks a host that failed no sooner than this (fail_timeout), so the other one must live as long."""


class Readers:
    """They ask nginx and each web host all the time.

    refused: how many requests each of them did not answer. reasons: why.
    """

    def __init__(self, cluster: Cluster) -> None:
        self.answers, self.refused = Counter[str](), Counter[str]()
        self.reasons = Counter[str]()
        self.wrong: list[str] = []
        self.shown: dict[str, str] = {}
        self._front = cluster.address
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._read, args=(address,)) for address in (cluster.address, *cluster.addresses)
        ]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _read(self, address: str) -> None:
        newest = ""
        while not self._over.wait(0.05):
            try:
                ticker = json.loads(_get(f"{address}/ticker.json"))
                version = ticker["version"]
                published = json.loads(_get(f"{address}/data/{version}/ticker.json"))
            except OSError as failure:
                self.refused[address] += 1
                self.reasons[f"{address}: {failure}"] += 1
                continue
            self.answers[address] += 1
            self.shown[address] = version
            if [row["pair"] for row in ticker["rows"]] != [row["pair"] for row in published["rows"]]:
                self.wrong.append(f"{address}: {version} is not what was published")
            # nginx asks one host and then the other, which may be half a second behind.
            if version < newest and address != self._front:
                self.wrong.append(f"{address}: {version} after {newest}")
            newest = max(newest, version)


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
        return bytes(answer.read())


@pytest.fixture
def running(tmp_path: Path, serve: Callable[[Respond], str]) -> Iterator[Cluster]:
    source = {"RATESVC_SOURCES": "currency_api", "RATESVC_ORIGIN_CURRENCY_API": serve(moving_market())}
    with cluster.running(tmp_path, **source) as all_of_it:
        began = time.monotonic()
        until(lambda: pointed(all_of_it.s3), 60)
        all_of_it.first_version_seconds = time.monotonic() - began
        for address in all_of_it.addresses:
            until(partial(shows_something, address), 60)
        yield all_of_it


def shows_something(address: str) -> bool:
    try:
        return b'"version"' in _get(f"{address}/ticker.json")
    except OSError:
        return False


def the_leader(running: Cluster) -> Host:
    leader = running.leader
    assert leader
    return leader


def test_whatever_fails_nothing_is_lost_and_readers_are_answered(running: Cluster, tmp_path: Path) -> None:
    print(f"SEED={SEED}")
    chance = random.Random(SEED)
    readers = Readers(running)
    took: dict[str, list[float]] = {}

    def survives(fault: str, begin: Callable[[], object], end: Callable[[], object] = lambda: None) -> None:
        """A fault: then another version is published, and has all that was there before."""
        before, version = sightings(running.s3, tmp_path), pointed(running.s3)
        began = time.monotonic()
        begin()
        until(partial(is_newer, running.s3, version), 60)
        took.setdefault(fault, []).append(time.monotonic() - began)
        end()
        assert set(before) <= set(sightings(running.s3, tmp_path)), fault
        newest = pointed(running.s3)
        for address in running.addresses:
            until(partial(lambda address: readers.shown.get(address, "") >= newest, address), 30)

    try:
        for _ in range(KILLS):
            time.sleep(chance.uniform(0, 3))
            leader = the_leader(running)
            survives("leader killed", partial(leader.signal, signal.SIGKILL))
        suspended = the_leader(running)

        def wake_up() -> None:
            time.sleep(max(0, SUSPENDED_SECONDS - took["leader suspended"][-1]))
            starts = suspended.starts
            suspended.signal(signal.SIGCONT)
            until(lambda: suspended.starts > starts)  # It has ended by itself.

        if KILLS > 1:
            survives("leader suspended", partial(suspended.signal, signal.SIGSTOP), wake_up)
            survives("PostgreSQL killed", partial(restart_postgres, running))
            survives("object store refuses", partial(refuse_for, running, 3))
        survives("object store gives no answer", partial(hang_for, running, HANGING_SECONDS))
        survives("follower cut off", partial(cut_off, running), partial(let_through, running))
        if namespaces_allowed():
            full = Disk(running.web_hosts[-1])

            def make_room() -> None:
                until(lambda: "No space left" in full.host.log.read_text())
                answers = readers.answers[running.addresses[-1]]
                until(lambda: readers.answers[running.addresses[-1]] > answers + 5)
                assert readers.shown[running.addresses[-1]] < pointed(running.s3)
                full.make_room()

            full.fill()  # Before the fault: a version that comes meanwhile is fetched, and is not the one after it.
            survives("disk of a follower full", partial(the_leader(running).signal, signal.SIGKILL), make_room)
            told = re.findall(r"No space left|following \S+ again", full.host.log.read_text())
            assert "No space left" not in {before for before, after in pairwise(told) if before == after}, told
        for host, address in zip(running.web_hosts, running.addresses, strict=True):
            starts = host.starts
            host.signal(signal.SIGKILL)
            until(partial(lambda host, starts: host.starts > starts, host, starts), 30)
            answers = readers.answers[address]
            until(partial(lambda address, answers: readers.answers[address] > answers, address, answers), 30)
            time.sleep(AVOIDED_SECONDS)
    except AssertionError:
        for host in (*running.writers, *running.web_hosts):
            print(f"{host.name}:", *host.log.read_text().splitlines()[-30:], sep="\n")
        raise
    finally:
        readers.end()
    print(f"first version: {running.first_version_seconds:.1f}")
    print({fault: [round(each, 1) for each in seconds] for fault, seconds in took.items()})
    print(f"answers: {dict(readers.answers)}; refused: {dict(readers.reasons)}")
    assert readers.wrong == []
    most = max(MOST_SECONDS, min(BUSY_SECONDS, 2 * running.first_version_seconds))
    assert max(took["leader killed"] + took.get("leader suspended", [])) < most
    assert readers.refused[running.address] == 0, "nginx has another host to ask"
    for host in (*running.writers, *running.web_hosts):
        assert "Traceback" not in host.log.read_text(), host.name


def restart_postgres(running: Cluster) -> None:
    running.postgres.kill()
    time.sleep(2)
    running.postgres.start()


def refuse_for(running: Cluster, seconds: float) -> None:
    """Nobody can take over meanwhile."""
    running.s3.refuses = lambda _method, _path: True
    the_leader(running).signal(signal.SIGKILL)
    time.sleep(seconds)
    running.s3.refuses = lambda _method, _path: False


def hang_for(running: Cluster, seconds: float) -> None:
    running.s3.answers.clear()
    the_leader(running).signal(signal.SIGKILL)
    time.sleep(seconds)
    running.s3.answers.set()


def cut_off(running: Cluster) -> None:
    """Refuses every other request for a part of a database, while another machine takes over."""
    requests = count()
    running.s3.refuses = lambda method, path: (
        method == "GET" and path.endswith("rates.duckdb") and next(requests) % 2 == 0
    )
    the_leader(running).signal(signal.SIGKILL)


class Disk:
    """That of a host with a disk of its own. Its file systems are those of its processes."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._filler = Path(f"/proc/{host.process.pid}/root{host.folder}/data/filler")

    def fill(self) -> None:
        with suppress(OSError), self._filler.open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))

    def make_room(self) -> None:
        self._filler.unlink()


def let_through(running: Cluster) -> None:
    time.sleep(2)
    running.s3.refuses = lambda _method, _path: False
