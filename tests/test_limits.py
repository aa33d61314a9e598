"""Without space, a writable disk, descriptors or memory: it serves, or ends with one line."""

import json
import os
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ratesvc.core import settings
from ratesvc.publish import reader
from ratesvc.store import fetch_log

from .conftest import Respond, moving_market
from .serving import below, free_port, get, until
from .test_disk_full import namespaces_allowed
from .test_kill_everything import look, ready
from .test_publish import assert_whole
from .test_soak import level

pytestmark = [pytest.mark.process, pytest.mark.proof]

needs_namespaces = pytest.mark.skipif(not namespaces_allowed(), reason="nothing can be mounted here")
MEMORY_MB = int(os.environ.get("MEMORY_MB", "480"))
"""On a quiet machine 400 is enough; with 380 the kernel kills a process as soon as pages are asked for."""
DESCRIPTORS = 64
PAGES = ("/ticker.json", "/", "/currency/KZT", "/compare", "/dashboards/line.json?currencies=KZT", "/card/KZT.svg")
WRITERS = (
    ("snapshot",),
    ("publish",),
    ("rebuild",),
    ("reparse",),
    ("jobs", "--run", "snapshot"),
    ("jobs", "--run", "tidy"),
    ("restore", "--replace"),
    ("backfill", "nbk", "--from", "2026-09-01", "--to", "2026-09-02"),
    ("held", "accept", "1", "--because", "seen"),
)


@pytest.fixture
def home(archive: Path, data: Path, serve: Callable[[Respond], str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """The bundled history, and a market with new figures at each request."""
    shutil.copytree(archive, data)
    monkeypatch.setenv("RATESVC_SOURCES", "currency_api")
    monkeypatch.setenv("RATESVC_ORIGIN_CURRENCY_API", serve(moving_market()))
    settings.load.cache_clear()
    return data


ALL_LEVELS = (0, 40, 120, 300, 600, 1000, 1500, 2200, 3000, 12000)
LEVELS = ALL_LEVELS if os.environ.get("LEVELS") == "all" else ALL_LEVELS[::3]
"""Kilobytes that are left. A version needs more than 4,000, so all but the last are too few."""

FULL = """
set -u
mount -t tmpfs -o size=60m tmpfs "$DISK"
cp -a "$FIRST"/. "$DISK"
cd "$OUT"
for left in $LEVELS; do
    mkdir "$left"
    dd if=/dev/zero of="$DISK/filler" bs=1k count=99999 2> dd
    truncate -s -"$left"k "$DISK/filler"
    $RATESVC snapshot > "$left/stdout" 2> "$left/stderr"; echo $? > "$left/code"
    cp -a "$DISK/published" "$left/published"
    rm "$DISK/filler"
    $RATESVC snapshot > "$left/again" 2>&1; echo $? > "$left/code_again"
    $PYTHON -c "$TIDY"
done
cp -a "$DISK" "$OUT/last"
"""
TIDY = """
from datetime import UTC, datetime, timedelta
from ratesvc.publish import versions
versions.remove_old(datetime.now(UTC) + timedelta(days=2))
"""


@needs_namespaces
@pytest.mark.soak
def test_a_disk_that_is_full_at_any_level_is_one_line_and_all_goes_on_when_there_is_space_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    out.mkdir()
    environment = {
        **os.environ,
        "DISK": str(disk),
        "OUT": str(out),
        "FIRST": str(home),
        "LEVELS": " ".join(map(str, LEVELS)),
        "TIDY": TIDY,
        "PYTHON": sys.executable,
        "RATESVC": f"{sys.executable} -m ratesvc",
        "RATESVC_DATA": str(disk),
    }
    command = ["unshare", "-rm", "sh", "-c", FULL]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=500, check=False)
    assert finished.returncode == 0, finished.stderr
    refused = 0
    for left in LEVELS:
        folder = out / str(left)
        said, code = (folder / "stderr").read_text(), (folder / "code").read_text()
        print(f"{left:>5} KB left: exit code {code.strip()}; {said.strip()}")
        if code != "0\n":
            refused += 1
            assert (code, len(said.splitlines()), said[:9]) == ("1\n", 1, "ratesvc: "), said
            assert "No space left" in said
        assert (folder / "code_again").read_text() == "0\n", (folder / "again").read_text()
        reader.newest(folder / "published")
        for version in reader.versions(folder / "published"):
            assert_whole(version)
    assert refused == len(LEVELS) - 1
    monkeypatch.setenv("RATESVC_DATA", str(out / "last"))
    settings.load.cache_clear()
    look(out / "last", tmp_path / "none", None, "nothing was", tmp_path, monkeypatch)
    logged = fetch_log.read(out / "last" / "raw")
    fetched = {line.number for line in logged.lines.values() if line.rows.get("observations")}
    assert len(fetched) >= len(LEVELS), "what was fetched when there was space again"


READ_ONLY = """
set -u
mount --bind "$RATESVC_DATA" "$RATESVC_DATA"
mount -o remount,bind,ro "$RATESVC_DATA"
touch "$RATESVC_DATA/x" 2> /dev/null && exit 9
$PYTHON -m ratesvc web 2> "$OUT/web" &
web=$!
$PYTHON -c "$ASK" > "$OUT/answers"; asked=$?
while read -r line; do
    # Not a word of these has a space in it.
    $PYTHON -m ratesvc $line > "$OUT/stdout" 2> "$OUT/stderr"; echo "$? $line" >> "$OUT/codes"
    wc -l < "$OUT/stderr" >> "$OUT/lines"; cat "$OUT/stderr" >> "$OUT/said"
done < "$OUT/commands"
kill $web; wait $web
exit $asked
"""
ASK = """
import json, os, sys
from tests.test_limits import PAGES, status
from tests.serving import get
address = f"http://127.0.0.1:{os.environ['RATESVC_PORT']}"
get(f"{address}/healthz")  # The ticker is there earlier than the application is.
version = json.loads(get(f"{address}/ticker.json"))["version"]
print(json.dumps({path: status(address + path) for path in (*PAGES, f"/data/{version}/rates.parquet")}))
"""


def status(url: str) -> int:
    """The status of an answer, whose body is read; 0 if there is none."""
    try:
        with urllib.request.urlopen(url, timeout=60) as told:  # noqa: S310 - our own server
            return int(told.status) if told.read() else 0
    except urllib.error.HTTPError as refusal:
        return refusal.code
    except OSError:
        return 0


@needs_namespaces
def test_a_folder_that_cannot_be_written_is_served_and_every_writer_ends_with_one_line(
    home: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "commands").write_text("".join(f"{' '.join(command)}\n" for command in WRITERS))
    files = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    environment = {
        **os.environ,
        "OUT": str(out),
        "PYTHON": sys.executable,
        "ASK": ASK,
        "PYTHONPATH": str(Path(__file__).parents[1]),
        "RATESVC_PORT": str(free_port()),
    }
    command = ["unshare", "-rm", "sh", "-c", READ_ONLY]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert finished.returncode == 0, finished.stderr + (out / "web").read_text()
    assert set(json.loads((out / "answers").read_text()).values()) == {200}
    said = (out / "said").read_text().splitlines()
    print("\n".join(said))
    assert (out / "codes").read_text().splitlines() == [f"1 {' '.join(command)}" for command in WRITERS], said
    assert (out / "lines").read_text().split() == ["1"] * len(WRITERS), said
    assert all("Read-only file system" in line and "[Errno" not in line for line in said)
    assert "Traceback" not in (out / "web").read_text()
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == files


@contextmanager
def limited(prefix: str, *arguments: str, log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command that a shell starts after it has limited itself."""
    command = ["sh", "-c", f'{prefix}; exec "$@"', "sh", sys.executable, "-m", "ratesvc", *arguments]
    with log.open("wb") as stderr:
        process = subprocess.Popen(command, stderr=stderr, stdout=stderr, env={**os.environ, **environment})
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(40)


def test_with_few_descriptors_the_web_server_serves_or_ends_with_one_line(home: Path, tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "log"
    with limited(f"ulimit -n {DESCRIPTORS}", "web", log=log, RATESVC_PORT=str(port)) as web:
        answered = None
        with suppress(OSError):
            get(f"http://127.0.0.1:{port}/healthz", seconds=60)  # Its workers are there too.
            answered = {path: status(f"http://127.0.0.1:{port}{path}") for path in (*PAGES, *PAGES)}
        ended = web.poll()
    print(f"answered {answered}, ended {ended}; {log.read_text()}")
    assert "Traceback" not in log.read_text()
    if ended is None:
        assert answered
        assert set(answered.values()) == {200}
    else:
        assert len([line for line in log.read_text().splitlines() if line.startswith("ratesvc: ")]) == 1


def test_with_few_descriptors_the_jobs_work(home: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with limited(f"ulimit -n {DESCRIPTORS}", "jobs", "--run", "snapshot", log=log) as jobs:
        jobs.wait(120)
    text = log.read_text()
    assert "Traceback" not in text
    assert jobs.returncode == 0 or len([line for line in text.splitlines() if line.startswith("ratesvc: ")]) == 1, text
    print(f"exit code {jobs.returncode}; {text}")
    reader.newest(home / "published")


MEMORY = Path("/sys/fs/cgroup/memory")
UNIFIED = Path("/sys/fs/cgroup")


@contextmanager
def group(megabytes: int) -> Iterator[tuple[Path, dict[str, str]]]:
    """A control group with so much memory, of either version, and the names of its files."""
    old = (MEMORY / "memory.limit_in_bytes").exists()
    names = (
        {"limit": "memory.limit_in_bytes", "peak": "memory.max_usage_in_bytes", "killed": "memory.oom_control"}
        if old
        else {"limit": "memory.max", "peak": "memory.peak", "killed": "memory.events"}
    )
    folder = (MEMORY if old else UNIFIED) / f"ratesvc-test-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / names["limit"]).write_text(str(megabytes << 20))
    except OSError as refusal:
        with suppress(OSError):
            folder.rmdir()
        pytest.skip(f"no control group can be made here: {refusal}")
    try:
        yield folder, names
    finally:
        for _ in range(100):
            with suppress(OSError):
                folder.rmdir()
                break


def test_with_little_memory_the_service_runs_and_serves(home: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    address = f"http://127.0.0.1:{port}"
    with (
        group(MEMORY_MB) as (folder, names),
        limited(f"echo 0 > {folder}/cgroup.procs", "run", log=log, RATESVC_PORT=str(port), RATESVC_WORKERS="2") as run,
    ):
        get(f"{address}/healthz", seconds=90)
        until(lambda: ready(port), 90)
        answered = [status(address + path) for _ in range(5) for path in PAGES]
        still = run.poll() is None
        peak = int((folder / names["peak"]).read_text()) >> 20
        killed = re.findall(r"^oom_kill (\d+)", (folder / names["killed"]).read_text(), re.MULTILINE)
        held = memory_of(run.pid)
    print(f"{MEMORY_MB} MB: at most {peak} MB in use, processes killed for want of memory: {killed}; {answered}")
    print("\n".join(held))
    assert still
    assert set(answered) == {200}
    assert killed in ([], ["0"]), log.read_text()


def memory_of(pid: int) -> list[str]:
    """What each process of a tree holds."""
    return [str(found) for each in (pid, *sorted(below(pid))) if (found := level(each))]
