"""A backup has everything, is whole at any moment, and is never overwritten by another store."""

import itertools
import lzma
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest

from ratesvc.collect import backup, restore
from ratesvc.collect.backfill import Span
from ratesvc.collect.backfill_queue import Order
from ratesvc.core import settings
from ratesvc.core.disk import alone_in
from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.core.seals import sealed
from ratesvc.publish import manifest, publish, reader
from ratesvc.store import fetch_log, migrations, raw_documents
from ratesvc.store.database import writing

from .conftest import Published, Respond, moving_market
from .history import printed, tables_of, views_of
from .test_disk_full import namespaces_allowed
from .test_restore import Run, everything_published

LOGGED = ("observations", "rejections", "decisions")
OLD_STORES = sorted((Path(__file__).parent / "stores").glob("*.xz"))


@pytest.fixture
def eventful(published: Published, data: Path) -> Path:
    """A data folder in which everything has happened, with one version."""
    shutil.copytree(published("everything", everything_published), data)
    return data


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "backup"


@contextmanager
def data_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("RATESVC_DATA", str(folder))
        settings.load.cache_clear()
        yield
    settings.load.cache_clear()


def assert_nothing_half(target: Path) -> None:
    """Every file in a backup is whole."""
    assert list(target.rglob("*.unfinished")) == []
    for version in (target / "published").glob("2*"):
        reader.verify(version)
    for path in (target / "raw").glob("?" * 64):
        raw_documents.content_of(path.read_bytes(), path)
    assert fetch_log.read(target / "raw").damaged == 0


def files_of(target: Path) -> dict[str, str]:
    """The SHA-256 of every file in a backup."""
    return {
        str(path.relative_to(target)): raw_documents.sha256_of(path.read_bytes())
        for path in target.rglob("*")
        if path.is_file()
    }


def restorable(target: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[tuple[object, ...]]]:
    """What a backup has, restored into an empty folder."""
    with data_folder(scratch, monkeypatch):
        restore.restore(target)
        with writing() as store:
            tables = tables_of(store, LOGGED)
    shutil.rmtree(scratch)
    return tables


def test_a_lost_disk_comes_back_from_a_backup(eventful: Path, target: Path, ratesvc: Run) -> None:
    Order(Span("nbk", date(2026, 9, 1), date(2026, 9, 2))).write()
    with writing() as store:
        printed(store, "2026-11-21", "1201", seen="2026-11-20 11:00")  # After the version.
        tables, views = tables_of(store, (*LOGGED, "daily")), views_of(store)
        done = ratesvc("backup", str(target))  # While the store is open.
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        rf"backed up to {target}: the version \S+Z, (\d+) documents \(\1 new\) and \d+ fetches in the log\n",
        done.stdout,
    )
    documents = {path.name for path in (eventful / "raw").glob("?" * 64)}
    orders = {path.name: path.read_bytes() for path in (eventful / "orders").iterdir()}
    shutil.rmtree(eventful)
    done = ratesvc("restore", "--from", str(target))
    assert done.returncode == 0, done.stderr
    with writing() as store:
        assert tables_of(store, tuple(tables)) == tables
        assert views_of(store) == views
    assert {path.name for path in (eventful / "raw").glob("?" * 64)} == documents
    assert len(documents) > 10
    assert all(raw_documents.read(name) is not None for name in documents)
    assert {path.name: path.read_bytes() for path in (eventful / "orders").iterdir()} == orders
    assert len(orders) == 1


def test_a_backup_is_a_plain_folder_that_can_be_served(eventful: Path, target: Path, ratesvc: Run) -> None:
    assert ratesvc("backup", str(target)).returncode == 0
    assert sorted(path.name for path in target.iterdir()) == [
        "README.txt",
        "orders",
        "published",
        "raw",
    ]
    served = ratesvc("ticker", RATESVC_DATA=str(target))
    assert served.stdout == ratesvc("ticker").stdout
    assert served.stdout.count("\n") == 5
    for name in ("published/<version>/", "published/latest.json", "raw/<sha256>", "raw/log.ndjson", "orders/"):
        assert name in (target / "README.txt").read_text()


def test_only_what_is_new_is_copied(eventful: Path, target: Path, ratesvc: Run) -> None:
    assert ratesvc("backup", str(target)).returncode == 0
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in target.rglob("*") if path.is_file()}
    with writing() as store:
        printed(store, "2026-11-21", "1201", seen="2026-11-20 11:00")
    assert "(1 new)" in ratesvc("backup", str(target)).stdout
    after = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in target.rglob("*") if path.is_file()}
    changed = {path.name for path in after if before.get(path) != after[path]}
    [new] = set(after) - set(before)
    assert changed == {new.name, fetch_log.NAME, "README.txt", reader.POINTER}
    assert "(0 new)" in ratesvc("backup", str(target)).stdout


def test_a_newer_version_replaces_the_older_and_its_orders(eventful: Path, target: Path) -> None:
    order = Order(Span("nbk", date(2026, 9, 1), date(2026, 9, 2)))
    order.write()
    backup.back_up(target)
    assert len(list((target / "orders").iterdir())) == 1
    order.remove()
    with writing() as store:
        version = publish.publish(store)
    backup.back_up(target)
    assert [path.name for path in (target / "published").iterdir() if path.is_dir()] == [version]
    assert reader.newest(target / "published").version == version
    assert list((target / "orders").iterdir()) == []


def test_a_damaged_document_is_left_out_and_its_good_copy_stays(eventful: Path, target: Path, ratesvc: Run) -> None:
    first, second, *_ = sorted((eventful / "raw").glob("?" * 64))
    first.write_bytes(first.read_bytes()[:-1])
    done = ratesvc("backup", str(target))
    assert done.returncode == 0
    [line] = done.stderr.splitlines()
    assert line.startswith(f"left out: {first} is damaged: ")
    assert not (target / "raw" / first.name).exists()
    good = second.read_bytes()
    second.write_bytes(b"")
    assert f"left out: {second} is damaged" in ratesvc("backup", str(target)).stderr
    assert (target / "raw" / second.name).read_bytes() == good
    # And from there it comes back.
    (eventful / "rates.duckdb").unlink()
    assert ratesvc("restore", "--from", str(target)).returncode == 0
    assert second.read_bytes() == good


def test_a_damaged_version_is_passed_over(eventful: Path, target: Path, ratesvc: Run) -> None:
    with writing() as store:
        older = reader.newest(eventful / "published").version
        newer = publish.publish(store)
    (eventful / "published" / newer / "ticker.json").write_text("{}")
    done = ratesvc("backup", str(target))
    assert f"the version {older}, " in done.stdout
    assert f"{newer} is damaged: ticker.json is not what was published" in done.stderr


class Killed(BaseException):
    """As a kill: nothing may catch it."""


def stop_at(step: int, failure: BaseException, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Has the given call fail of all that change the disk; returns how many there were."""
    count = itertools.count(1)
    taken = 0

    def counting(call: Callable[..., object]) -> Callable[..., object]:
        def counted(*arguments: object, **named: object) -> object:
            nonlocal taken
            taken = next(count)
            if taken == step:
                raise failure
            return call(*arguments, **named)

        return counted

    monkeypatch.setattr(shutil, "copyfile", counting(shutil.copyfile))
    monkeypatch.setattr(os, "fsync", counting(os.fsync))
    monkeypatch.setattr(Path, "rename", counting(Path.rename))
    monkeypatch.setattr(Path, "replace", counting(Path.replace))
    return lambda: taken


@pytest.mark.soak
@pytest.mark.parametrize(
    "failure",
    [
        pytest.param(Killed(), id="killed"),
        pytest.param(OSError(28, "No space left on device"), id="full disk"),
    ],
)
def test_a_backup_stopped_at_any_step_leaves_a_whole_one_and_is_continued(
    eventful: Path, target: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    backup.back_up(target)
    with writing() as store:
        before = tables_of(store, LOGGED)
        for day in (21, 24, 25):
            printed(store, f"2026-11-{day}", f"12{day}", seen=f"2026-11-{day - 1} 11:00")
        publish.publish(store)
        after = tables_of(store, LOGGED)
    start = tmp_path / "start"
    shutil.copytree(target, start)
    backup.back_up(target)
    complete = files_of(target)
    outcomes, found = [], {}
    for step in itertools.count(1):
        shutil.rmtree(target)
        shutil.copytree(start, target)
        with monkeypatch.context() as patch:
            taken = stop_at(step, failure, patch)
            try:
                backup.back_up(target)
            except Killed:
                pass
            except RatesvcError as refused:
                assert str(refused) == (
                    f"could not back up to {target}: No space left on device; what was there before is still whole"
                )
                assert_nothing_half(target)
            steps = taken()
        state = str(sorted(files_of(target).items()))
        if state not in found:
            found[state] = restorable(target, tmp_path / "scratch", monkeypatch)
        assert found[state] in (before, after), step
        outcomes.append(found[state] == after)
        if steps < step:
            break
        backup.back_up(target)
        assert files_of(target) == complete
    assert_nothing_half(target)
    print(f"{len(outcomes) - 1} steps")
    assert len(outcomes) > 20
    assert set(outcomes) == {False, True}


def test_the_backup_of_another_store_is_not_overwritten(
    eventful: Path, target: Path, tmp_path: Path, ratesvc: Run
) -> None:
    """The disk is lost, and the service begins anew before anyone notices: its backup must not replace the good one."""
    backup.back_up(target)
    kept = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    shutil.rmtree(eventful)
    assert ratesvc("publish").returncode == 0  # With the bundled history.
    refused = ratesvc("backup", str(target))
    assert refused.returncode == 1
    assert f"{target} has another store's backup, which is not overwritten" in refused.stderr
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == kept
    # It is restored over the new one only if that is wanted, and the new one is kept.
    refused = ratesvc("restore", "--from", str(target))
    assert refused.returncode == 1
    assert "`--replace`" in refused.stderr
    done = ratesvc("restore", "--from", str(target), "--replace")
    assert done.returncode == 0, done.stderr
    assert len(list(eventful.glob("rates.duckdb.before-*"))) == 1
    assert len(list((eventful / "raw").glob("log.ndjson.before-*"))) == 1
    with writing() as store:
        assert store.query("SELECT count(*) FROM decisions") == [(4,)]
    assert ratesvc("backup", str(target)).returncode == 0


def test_a_store_that_is_behind_its_backup_does_not_replace_it(eventful: Path, target: Path, ratesvc: Run) -> None:
    behind = eventful.with_name("behind")
    shutil.copytree(eventful, behind)
    with writing() as store:
        printed(store, "2026-11-21", "1201", seen="2026-11-20 11:00")
    backup.back_up(target)
    refused = ratesvc("backup", str(target), RATESVC_DATA=str(behind))
    assert refused.returncode == 1
    assert (
        f"this store has lost what that backup has; `ratesvc restore --from {target}` brings it back" in refused.stderr
    )
    assert fetch_log.read(target / "raw").last > fetch_log.read(behind / "raw").last


def test_a_backup_inside_the_data_folder_or_beside_another_is_refused(eventful: Path, target: Path) -> None:
    with pytest.raises(UsageError, match="a backup belongs on another disk"):
        backup.back_up(eventful / "backup")
    assert not (eventful / "backup").exists()
    target.mkdir()
    with alone_in(target, "backup"), pytest.raises(RatesvcError, match=r"another backup in .* is running"):
        backup.back_up(target)


def test_there_must_be_something_to_back_up(data: Path, target: Path) -> None:
    with pytest.raises(RatesvcError, match="there is nothing to back up"):
        backup.back_up(target)


def as_a_version(store: Path, published: Path) -> None:
    """A version's folder with only the file of a store, as an older program would have published it."""
    folder = published / "20260101T000000000Z"
    folder.mkdir(parents=True)
    shutil.copyfile(store, folder / "rates.duckdb")
    facts = {
        "version": folder.name,
        "published_at": "2026-01-01T00:00:00Z",
        "snapshot": None,
        "files": {"rates.duckdb": publish._measure(folder / "rates.duckdb")},
    }
    (folder / manifest.NAME).write_bytes(sealed(facts))


@pytest.mark.parametrize("packed", OLD_STORES, ids=lambda path: path.stem)
def test_an_older_backup_is_migrated_when_it_is_restored(target: Path, tmp_path: Path, packed: Path) -> None:
    before = "SELECT source, 'USD', currency, observed_at, units_per_usd, seen_at FROM observations"
    figures = "SELECT source, base, quote, observed_at, rate, seen_at FROM observations"
    old = tmp_path / "old.duckdb"
    old.write_bytes(lzma.decompress(packed.read_bytes()))
    as_a_version(old, target / "published")
    with duckdb.connect(old, read_only=True) as connection:
        expected = sorted(connection.execute(before).fetchall())
    done = restore.restore(target)
    assert "there is no log of fetches, so what was stored after 2026-01-01 00:00 UTC is lost" in str(done)
    with writing() as store:
        assert store.query("SELECT version FROM schema_version") == [(migrations.NEWEST,)]
        assert sorted(store.query(figures)) == expected
        assert len(expected) > 1000


def test_there_are_older_stores() -> None:
    assert OLD_STORES


def test_a_backup_of_a_newer_program_is_refused(eventful: Path, target: Path, ratesvc: Run) -> None:
    with writing() as store, store.transaction() as connection:
        connection.execute("UPDATE schema_version SET version = version + 1")
    as_a_version(eventful / "rates.duckdb", target / "published")
    shutil.rmtree(eventful)
    refused = ratesvc("restore", "--from", str(target))
    assert refused.returncode == 1
    assert "install the version of ratesvc that wrote it, or a newer one" in refused.stderr
    assert list(eventful.glob("rates.duckdb*")) == []


WRITER = """
import time
from ratesvc.collect import open_writer
from ratesvc.jobs import snapshot
with open_writer.writer():
    print("writing", flush=True)
    while True:
        snapshot.run()
"""


@pytest.mark.process
def test_backups_are_consistent_while_the_service_writes_and_continue_after_kills(
    data: Path, target: Path, tmp_path: Path, serve: Callable[[Respond], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATESVC_SOURCES", "currency_api")
    monkeypatch.setenv("RATESVC_ORIGIN_CURRENCY_API", serve(moving_market()))
    chance = random.Random(7)
    sizes, killed = [], 0
    with subprocess.Popen([sys.executable, "-c", WRITER], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as writer:
        assert writer.stdout
        writer.stdout.readline()
        time.sleep(2)
        began = time.monotonic()
        subprocess.run([sys.executable, "-m", "ratesvc", "backup", str(tmp_path / "other")], check=True)
        takes = time.monotonic() - began
        for _ in range(4):
            copying = subprocess.Popen([sys.executable, "-m", "ratesvc", "backup", str(target)])
            try:
                copying.wait(chance.uniform(0.4, 0.9) * takes)
            except subprocess.TimeoutExpired:
                copying.send_signal(signal.SIGKILL)
                copying.wait()
                killed += 1
            subprocess.run([sys.executable, "-m", "ratesvc", "backup", str(target)], check=True, capture_output=True)
            assert_nothing_half(target)
            found = restorable(target, tmp_path / "scratch", monkeypatch)
            sizes.append(len(found["observations"]))
        assert writer.poll() is None
        writer.terminate()
    print(f"{killed} of 4 backups were killed; observations {sizes}")
    assert killed
    assert sizes == sorted(set(sizes)), "each backup has more than the one before"
    # Each was complete as of its log: the store itself has the same rows up to there.
    settings.load.cache_clear()
    with writing() as store:
        last = fetch_log.read(target / "raw").last
        mine = store.query("FROM observations WHERE coalesce(confirmed_by, fetch_id) <= ? ORDER BY ALL", [last])
    assert mine == found["observations"]


FULL = """
set -u
mount -t tmpfs -o size=16m tmpfs "$DISK"
$RATESVC backup "$DISK/backup" > "$OUT/first" || exit 3
RATESVC_DATA="$LATER"; export RATESVC_DATA
dd if=/dev/zero of="$DISK/filler" bs=1k count=99999 2> "$OUT/dd"
truncate -s -"$LEFT"k "$DISK/filler"
$RATESVC backup "$DISK/backup" > "$OUT/stdout" 2> "$OUT/stderr"; echo $? > "$OUT/code"
cp -r "$DISK/backup" "$OUT/full"
rm "$DISK/filler"
$RATESVC backup "$DISK/backup" > "$OUT/last" || exit 4
cp -r "$DISK/backup" "$OUT/whole"
"""


@pytest.mark.process
@pytest.mark.skipif(not namespaces_allowed(), reason="a small disk cannot be mounted here")
@pytest.mark.parametrize("left", [0, 100, 1000])
def test_a_full_disk_is_one_line_and_leaves_the_backup_before(
    eventful: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    disk, out, later = tmp_path / "disk", tmp_path / "out", tmp_path / "later"
    disk.mkdir()
    out.mkdir()
    with writing() as store:
        before = tables_of(store, LOGGED)
    shutil.copytree(eventful, later)
    with data_folder(later, monkeypatch), writing() as store:
        printed(store, "2026-11-21", "1201", seen="2026-11-20 11:00")
        publish.publish(store)
        after = tables_of(store, LOGGED)
    environment = {
        **os.environ,
        "DISK": str(disk),
        "OUT": str(out),
        "LEFT": str(left),
        "LATER": str(later),
        "RATESVC_DATA": str(eventful),
        "RATESVC": f"{sys.executable} -m ratesvc",
    }
    finished = subprocess.run(
        ["unshare", "-rm", "sh", "-c", FULL], env=environment, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 0, finished.stderr
    assert (out / "code").read_text() == "1\n", (out / "stdout").read_text()
    [line] = (out / "stderr").read_text().splitlines()
    assert "No space left on device; what was there before is still whole" in line
    assert_nothing_half(out / "full")
    assert restorable(out / "full", tmp_path / "scratch", monkeypatch) in (before, after)
    assert restorable(out / "whole", tmp_path / "scratch", monkeypatch) == after
