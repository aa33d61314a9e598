"""How much memory `ratesvc run` needs: the proportional share (Pss) of each of its processes, and their sum."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from .serving import below, free_port, get, until

pytestmark = [
    pytest.mark.process,
    pytest.mark.soak,
    pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="reads /proc, as Linux has it"),
]

CODES = ("KGS", "KZT", "TJS", "UZS", "TMT")
LANGUAGES = ("en", "ru")
PATHS = [
    *("/", "/compare", "/spread", "/sources", "/sql", "/docs", "/openapi.json", "/feeds/moves.atom"),
    *(f"/currency/{code}?range={span}&lang={lang}" for code in CODES for span in ("1y", "all") for lang in LANGUAGES),
    *(f"/card/{code}.png" for code in CODES),
    *(f"/embed/chart/{code}" for code in CODES),
    *(f"/api/{rows}?currency={code}" for rows in ("rates", "changes") for code in CODES),
    *(f"/dashboards/{name}.json" for name in ("candles", "distribution", "drawdown", "gap", "line", "side_by_side")),
    *("/data/rates.duckdb", "/data/rates.parquet"),
]  # fmt: skip
AFTER_START, AFTER_USE = 500, 620
"""Megabytes: what was measured, with two workers that have warmed a version, and a tenth for noise."""


@contextmanager
def running(archive: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """`ratesvc run` with two workers on the bundled history, without the network."""
    given = {
        **os.environ,
        "RATESVC_DATA": str(archive),
        "RATESVC_PORT": str(port),
        "RATESVC_WORKERS": "2",
        "RATESVC_SOURCES": "currency_api",
        "RATESVC_ORIGIN_CURRENCY_API": "http://127.0.0.1:1",
    }
    command = [sys.executable, "-m", "ratesvc", "run"]
    with subprocess.Popen(command, env=given, stderr=subprocess.DEVNULL) as run:
        try:
            yield run
        finally:
            run.send_signal(signal.SIGTERM)


def megabytes(pid: int, title: str) -> float:
    """The sum over a process and all below it, which is printed with its parts."""
    shares = {}
    for process in sorted({pid, *below(pid)}):
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        shares[process] = next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024 / 1e6
    print(title)
    for process, share in shares.items():
        command = Path(f"/proc/{process}/cmdline").read_bytes().decode().replace("\0", " ")
        print(f"{share:8.1f}  {command[-60:]}")
    print(f"{sum(shares.values()):8.1f}")
    return sum(shares.values())


def status(url: str) -> int:
    """The status of an answer that is read to its end."""
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - our own server
        answer.read()
        return int(answer.status)


def test_all_processes_together_need_little_memory(archive: Path, tmp_path: Path) -> None:
    data = shutil.copytree(archive, tmp_path / "copy")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with running(data, port) as run:
        assert json.loads(get(f"{address}/healthz"))["ok"]
        until(lambda: len(below(run.pid)) >= 6)
        time.sleep(15)
        assert megabytes(run.pid, "15 s after the start") < AFTER_START
        with ThreadPoolExecutor(6) as readers:
            for _ in range(3):  # Each worker answers a part of them.
                statuses = readers.map(lambda path: status(address + path), PATHS)
                assert set(statuses) == {200}
        time.sleep(5)
        assert megabytes(run.pid, "after use") < AFTER_USE
