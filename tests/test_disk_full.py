"""On a full disk a command says so in one line, and nothing that was stored or published is lost."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from .test_publish import assert_whole

pytestmark = pytest.mark.process

SCRIPT = """
set -u
mount -t tmpfs -o size=20m tmpfs "$DISK"
$RATESVC snapshot > "$OUT/first"
fill() { dd if=/dev/zero of="$DISK/filler" bs=1k count=99999 2> "$OUT/dd"; truncate -s -"$1"k "$DISK/filler"; }
for left in 0 100 400 1200 2600; do
    fill "$left"
    for command in snapshot publish; do
        $RATESVC $command >> "$OUT/stdout" 2>> "$OUT/$command"; echo $? >> "$OUT/${command}_codes"
    done
    rm "$DISK/filler"
done
$PYTHON -c "$GIVE_UP" 2> "$OUT/jobs"; echo $? > "$OUT/jobs_code"
rm "$DISK/filler"
$RATESVC snapshot > "$OUT/last"
cp -r "$DISK/published" "$OUT/published"
$RATESVC sql "SELECT (SELECT count(*) FROM observations), (SELECT count(*) FROM snapshots WHERE reason = 'archive')" \
    --format csv > "$OUT/counts"
"""

# A job that fills the disk between a large commit and its checkpoint: DuckDB then gives up the whole instance.
GIVE_UP = """
import os, pathlib
from ratesvc.collect import open_writer
from ratesvc.publish import publish
from ratesvc.run import scheduler
from ratesvc.store.database import writing

class Job:
    SCHEDULE = "0 0 * * *"

    @staticmethod
    def run():
        with writing() as store:
            with store.transaction() as connection:
                connection.execute(
                    "INSERT INTO rejections BY NAME SELECT i AS fetch_id, uuid() AS source, 'USD' AS base,"
                    " uuid() AS quote, uuid() AS reason, false AS held, i AS rejection_id FROM range(20000) t(i)"
                )
            with pathlib.Path(os.environ["DISK"], "filler").open("wb", buffering=0) as filler:
                try:
                    while True:
                        filler.write(bytes(4096))
                except OSError:
                    pass
            publish.publish(store)

with open_writer.writer():
    scheduler._run_logged("fill", Job)
    print("still alive")
"""


def namespaces_allowed() -> bool:
    command = ["unshare", "-rm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if sys.platform != "linux" or shutil.which("unshare") is None:
        return False
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not namespaces_allowed(), reason="a small disk cannot be mounted here")
def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    disk, out = tmp_path / "disk", tmp_path / "out"
    disk.mkdir()
    out.mkdir()
    environment = {
        **os.environ,
        "DISK": str(disk),
        "OUT": str(out),
        "PYTHON": sys.executable,
        "GIVE_UP": GIVE_UP,
        "RATESVC": f"{sys.executable} -m ratesvc",
        "RATESVC_DATA": str(disk),
        "RATESVC_SOURCES": "currency_api",
        "RATESVC_ORIGIN_CURRENCY_API": "http://127.0.0.1:1",
        "RATESVC_DEADLINE": "1",
    }
    command = ["unshare", "-rm", "sh", "-c", SCRIPT]
    finished = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    refused: dict[str, int] = {}
    for name, known in {"snapshot": "no source answered", "publish": None}.items():
        codes, complaints = (out / f"{name}_codes").read_text().split(), (out / name).read_text().splitlines()
        assert len(codes) == 5, finished.stderr
        assert len(complaints) == codes.count("1"), complaints
        assert all(line.startswith("ratesvc: ") for line in complaints), complaints
        assert all("No space left" in line or (known and known in line) for line in complaints), complaints
        refused[name] = sum("No space left" in line for line in complaints)
    assert refused["snapshot"] >= 1, refused  # One that brings nothing new needs hardly any space.
    assert refused["publish"] >= 4, refused
    assert (out / "jobs_code").read_text() == "1\n"  # It ends, so that whoever supervises it starts a new one.
    assert "the database must be reopened" in (out / "jobs").read_text()
    assert "Traceback" not in (out / "jobs").read_text()
    versions = [path for path in (out / "published").iterdir() if path.is_dir()]
    assert [path for path in versions if not path.name.endswith("Z")] == []
    for version in versions:
        assert_whole(version)
    assert (out / "counts").read_text().splitlines()[1] == "5075,1"
