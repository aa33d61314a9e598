"""Publications without end: the web server's memory, descriptors and threads stay level, and old files are let go."""

import json
import os
import re
import statistics
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from ratesvc.core.observation import Observation, midnight
from ratesvc.publish import publish, reader, versions
from ratesvc.store.database import Store

from .serving import TODAY, below, free_port, get, needs_proc, publish_every_state, record_unjudged, until

pytestmark = [pytest.mark.process, pytest.mark.proof, needs_proc]

PUBLICATIONS = int(os.environ.get("PUBLICATIONS", "6"))
"""`make soak` publishes 500 times."""
SETTLED = 0.2
"""The share of the publications after which everything has been loaded: the level to compare with."""
MORE_MEMORY = 0.15
"""How much more the tree may hold at the end, of proportional memory; plus MORE_MB, for a few publications."""
MORE_MB = 25
MORE_DESCRIPTORS = 12
"""A process has 16 threads, and each may have a file of a version open while it answers."""
THREADS = 28
"""A worker starts its 16 threads for requests as it needs them, has up to ten others, and two that warm versions."""
DELETED = 9
"""Removed databases that a process may hold: of past versions, of which eight stay open, and of its own."""


@dataclass(frozen=True)
class Level:
    """What one process holds. deleted: databases that are removed and still open."""

    name: str
    pss_mb: float
    descriptors: int
    threads: int
    deleted: int


def level(pid: int) -> Level | None:
    """None if the process has ended."""
    with suppress(OSError, TypeError):
        home = Path(f"/proc/{pid}")
        words = (home / "cmdline").read_bytes().decode().rstrip("\0").replace("\0", " ")
        name = re.search(r"nginx: \w+|app_server|ratesvc web|\S+$", words)
        links = []
        for link in (home / "fd").iterdir():
            with suppress(OSError):
                links.append(str(link.readlink()))
        pss = re.search(r"^Pss:\s+(\d+) kB", (home / "smaps_rollup").read_text(), re.MULTILINE)
        threads = re.search(r"^Threads:\s+(\d+)", (home / "status").read_text(), re.MULTILINE)
        return Level(
            name[0] if name else words,
            int(pss[1]) / 1024,  # type: ignore[index] # Caught above.
            len(links),
            int(threads[1]),  # type: ignore[index]
            sum(link.endswith("rates.duckdb (deleted)") for link in links),
        )
    return None


@contextmanager
def web(port: int) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, "RATESVC_PORT": str(port), "RATESVC_WORKERS": "2"}
    with subprocess.Popen(
        [sys.executable, "-m", "ratesvc", "web"], env=environment, stderr=subprocess.DEVNULL
    ) as process:
        try:
            get(f"http://127.0.0.1:{port}/healthz")
            yield process
        finally:
            process.terminate()


def test_after_many_publications_memory_descriptors_and_threads_are_level(store: Store, data: Path) -> None:
    publish_every_state(store)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    history: list[dict[int, Level]] = []
    deleted = 0
    with web(port) as server:
        until(lambda: len(below(server.pid)) >= 5)  # Granian and its two workers, nginx and its two.
        processes = sorted({server.pid, *below(server.pid)})
        warm_up(address)
        previous = reader.newest(data / "published").published_at
        for number in range(PUBLICATIONS):
            version = publish_another(store, number)
            versions.remove_old(datetime.now(UTC) + timedelta(days=2))
            until(partial(shown, address, version))
            read(address, version, previous)
            previous = reader.newest(data / "published").published_at
            levels = {pid: found for pid in processes if (found := level(pid))}
            deleted = max(deleted, *(each.deleted for each in levels.values()))
            history.append(levels)
        assert server.poll() is None
        assert set(history[-1]) == set(processes), "a process has ended on the way"
    assert len(reader.versions(data / "published")) == versions.KEPT
    settled = int(PUBLICATIONS * SETTLED)
    window = max(3, PUBLICATIONS // 20)
    early, late = middle(history[settled : settled + window]), middle(history[-window:])
    for pid in processes:
        print(f"{pid} after {settled} publications {early[pid]}")
        print(f"{pid} after {PUBLICATIONS} publications {late[pid]}")
    before, after = (sum(each.pss_mb for each in levels.values()) for levels in (early, late))
    print(f"Pss of the tree: {before:.0f} MB, then {after:.0f} MB; deleted databases open: at most {deleted}")
    assert after <= before * (1 + MORE_MEMORY) + MORE_MB
    for pid in processes:
        assert late[pid].descriptors <= early[pid].descriptors + MORE_DESCRIPTORS, late[pid]
        assert late[pid].threads <= max(early[pid].threads + 1, THREADS), late[pid]
    assert deleted <= DELETED


def warm_up(address: str) -> None:
    """Has both workers load all that they need for pages and charts, and start their threads."""
    with ThreadPoolExecutor(32) as readers:
        for path in 4 * ("/", "/currency/KZT", "/dashboards/line.json?currencies=KZT", "/compare"):
            for told in readers.map(get, [f"{address}{path}"] * 32):
                assert told


def shown(address: str, version: str) -> bool:
    return bool(json.loads(get(f"{address}/ticker.json"))["version"] == version)


def publish_another(store: Store, number: int) -> str:
    """Publishes other rates of three currencies; returns the version."""
    now = datetime.now(UTC)
    for source, currency, units in (("nbkr", "KGS", "87.45"), ("nbk", "KZT", "517.30"), ("cbu", "UZS", "12010")):
        observation = Observation(
            source=source,
            base="USD",
            quote=currency,
            observed_at=midnight(str(TODAY)),
            rate=Decimal(units) + Decimal(number + 1) / 100,
        )
        record_unjudged(store, source, [observation], now)
    return publish.publish(store)


def read(address: str, version: str, previous: datetime) -> None:
    """What readers ask after each publication: pages, charts, files, and the version before, of both workers."""
    with urllib.request.urlopen(f"{address}/data/{version}/rates.duckdb", timeout=30) as answer:  # noqa: S310
        assert len(answer.read()) > 100_000
    for path in 2 * (
        "/",
        "/currency/KZT",
        "/dashboards/line.json?currencies=KZT",
        "/card/KZT.png",
        f"/data/{version}/ticker.json",
        f"/api/rates?currency=KZT&as_known_at={previous:%Y-%m-%dT%H:%M:%S.%fZ}",
    ):
        with urllib.request.urlopen(f"{address}{path}", timeout=30) as answer:  # noqa: S310 - our own server
            assert answer.status == 200
            assert answer.read()


def middle(levels: list[dict[int, Level]]) -> dict[int, Level]:
    """The median of each process over some publications."""
    return {
        pid: Level(
            first.name,
            statistics.median(each[pid].pss_mb for each in levels),
            int(statistics.median(each[pid].descriptors for each in levels)),
            int(statistics.median(each[pid].threads for each in levels)),
            max(each[pid].deleted for each in levels),
        )
        for pid, first in levels[0].items()
    }
