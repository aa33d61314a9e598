"""kill -9 at any moment: what was committed stays, what was published is whole, the next start cleans up."""

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from ratesvc.collect import open_writer
from ratesvc.publish.reader import newest
from ratesvc.publish.versions import UNFINISHED
from ratesvc.store import fetch_log
from ratesvc.store.write import rebuild

from .conftest import Respond, answer
from .test_publish import assert_whole

pytestmark = pytest.mark.process

KILLS = int(os.environ.get("KILLS", "3"))
"""`make soak` does it more often."""
STORED, PUBLISHED = "currency_api: new", "published"
"""What a process says at two of its stages."""


def test_killed_again_and_again_nothing_is_lost_or_torn(
    data: Path, serve: Callable[[Respond], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    served = 0

    def new_figures_every_time(handler: BaseHTTPRequestHandler) -> None:
        nonlocal served
        served += 1
        # So near to the bundled history that none is held.
        rates = {
            "kgs": 87 + served / 100,
            "kzt": 480 + served,
            "tjs": 9 + served / 100,
            "uzs": 12000 + served,
            "tmt": 3.5,
        }
        answer(handler, json.dumps({"date": f"{datetime.now(UTC):%Y-%m-%d}", "usd": rates}).encode())

    monkeypatch.setenv("RATESVC_SOURCES", "currency_api")
    monkeypatch.setenv("RATESVC_ORIGIN_CURRENCY_API", serve(new_figures_every_time))
    whole = undisturbed()
    seed = random.randrange(2**32)
    print(f"seed {seed}; a process left alone takes {whole:.2f} s from its first write to its publication")
    chance = random.Random(seed)
    stored = 0
    published: set[str] = set()
    # Random moments, spread over the whole time and somewhat beyond it, and then the two stages that must be met
    # however fast the machine is: between storing and publishing, and after publishing.
    moments: list[float | str] = [
        chance.uniform(part, part + 1) / KILLS * 3 * whole for part in chance.sample(range(KILLS), KILLS)
    ]
    killed = 0
    while moments or not stored > len(published) > 0:
        said = killed_at(moments.pop() if moments else STORED if published else PUBLISHED)
        killed += 1
        stored += len(re.findall(STORED, said))
        published |= set(re.findall(rf"{PUBLISHED} (\S+)", said))
        assert_whole(newest(data / "published").folder)
        assert killed < KILLS + 50, "no process could be killed between storing and publishing"
    print(f"of {killed} processes {stored} had told of a stored snapshot and {len(published)} of a publication")

    with open_writer.writer() as store:
        snapshots = store.query("SELECT count(*) FROM snapshots WHERE reason = 'schedule'")[0][0]
        assert snapshots > stored  # One more by the process that was left alone.
        assert (
            store.query("SELECT count(DISTINCT snapshot_id) FROM fetches")[0][0] == snapshots + 1
        )  # and the archive's
        logged = fetch_log.read(data / "raw")
        assert logged.damaged == 0
        for table in ("observations", "rejections"):
            rows = sum(len(line.rows.get(table, ())) for line in logged.lines.values())
            assert store.query(f"SELECT count(*) FROM {table}") == [(rows,)]
        noted = dict(store.query("SELECT version, ticker FROM publications"))
        assert published <= noted.keys()
        maintained = store.query("FROM daily ORDER BY ALL")
        rebuild(store)
        assert store.query("FROM daily ORDER BY ALL") == maintained
    assert list((data / "published").glob(f"*{UNFINISHED}")) == []
    for version in (data / "published").glob("*Z"):
        assert_whole(version)
        if version.name in noted:
            assert (version / "ticker.json").read_text() == noted[version.name]


def undisturbed() -> float:
    """How long a jobs process takes to store and publish when it is left alone."""
    with jobs_process() as jobs:
        assert jobs.stderr
        for line in jobs.stderr:
            if "writing" in line:
                began = time.monotonic()
            if "published" in line:
                took = time.monotonic() - began
                jobs.terminate()
    return took


def killed_at(moment: float | str) -> str:
    """What a jobs process said until it was killed: so many seconds after it began to write, or at a word of it."""
    with jobs_process() as jobs:
        assert jobs.stderr
        said = jobs.stderr.readline()
        assert "writing" in said
        if isinstance(moment, float):
            time.sleep(moment)
        else:
            while moment not in said:
                said += jobs.stderr.readline()
        jobs.send_signal(signal.SIGKILL)
        return said + jobs.stderr.read()


def jobs_process() -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-m", "ratesvc", "jobs"], stderr=subprocess.PIPE, text=True)
