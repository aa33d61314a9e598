"""A store that is lost is never begun anew by itself, and comes back row for row."""

import os
import re
import shutil
import subprocess
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ratesvc.collect import open_writer, restore
from ratesvc.core import settings
from ratesvc.core.disk import alone_in
from ratesvc.core.errors import RatesvcError
from ratesvc.core.observation import Observation, midnight
from ratesvc.publish import publish
from ratesvc.store import fetch_log, migrations
from ratesvc.store.database import Store, writing

from .conftest import Published
from .history import everything_happens, printed, quiet, tables_of, views_of
from .serving import record_unjudged

Run = Callable[..., subprocess.CompletedProcess[str]]
WRITING = (
    ["snapshot"],
    ["publish"],
    ["rebuild"],
    ["reparse"],
    ["jobs", "--run", "tidy"],
    ["backfill", "nbk", "--from", "2026-09-01", "--to", "2026-09-02"],
    ["held", "accept", "1", "--because", "seen"],
)


def everything_published(store: Store) -> None:
    everything_happens(store)
    publish.publish(store)


@pytest.fixture
def eventful(published: Published, data: Path) -> Path:
    """A data folder in which everything has happened, with one version."""
    shutil.copytree(published("everything", everything_published), data)
    return data


def test_from_raw_every_rate_correction_decision_and_held_figure_comes_back(eventful: Path, ratesvc: Run) -> None:
    with writing() as store:
        tables, views = tables_of(store), views_of(store)
    (eventful / "rates.duckdb").unlink()
    shutil.rmtree(eventful / "published")
    done = ratesvc("restore", "--from-raw")
    assert done.returncode == 0, done.stderr
    assert f"restored {eventful / 'rates.duckdb'} from " in done.stdout
    with writing() as store:
        again = tables_of(store)
        for name in ("observations", "rejections", "decisions", "daily"):
            assert again[name] == tables[name], name
            assert len(again[name]) > 3
        # What is not there again are the fetches that brought nothing.
        lost = set(tables["fetches"]) - set(again["fetches"])
        assert set(again["fetches"]) < set(tables["fetches"])
        assert {(row[6], row[10]) for row in lost} == {("unchanged", 0), ("failed", 0)}
        assert set(again["snapshots"]) < set(tables["snapshots"])
        rebuilt = views_of(store)
    assert rebuilt.keys() == views.keys()
    assert {"rates", "corrections", "held", "history", "headline_daily", "changes", "waiting"} <= views.keys()
    for name, rows in views.items():
        assert rebuilt[name] == rows, name


def test_the_way_back_from_an_upgrade(eventful: Path, tmp_path: Path, ratesvc: Run) -> None:
    """As docs/operations.md has it: a newer program migrates the store, and fetches something."""
    with writing() as store:
        tables = tables_of(store)
    assert ratesvc("backup", str(tmp_path / "before")).returncode == 0
    (tmp_path / "later.sql").write_text("CREATE TABLE later (figure INTEGER);")
    with pytest.MonkeyPatch.context() as newer:
        newer.setitem(migrations._FILES, migrations.NEWEST + 1, tmp_path / "later.sql")
        newer.setattr(migrations, "NEWEST", migrations.NEWEST + 1)
        rate = Observation(source="nbk", base="USD", quote="KZT", observed_at=midnight("2026-11-26"), rate=Decimal(437))
        with writing() as store:
            record_unjudged(store, "nbk", [rate], datetime.now(UTC))
            publish.publish(store)
        assert ratesvc("backup", str(tmp_path / "after")).returncode == 0
    for refused in (["publish"], ["restore", "--from", str(tmp_path / "before"), "--replace"]):
        assert "has schema version" in ratesvc(*refused).stderr
    eventful.rename(tmp_path / "aside")
    done = ratesvc("restore", "--from", str(tmp_path / "before"))
    assert done.returncode == 0, done.stderr
    with writing() as store:
        assert tables_of(store)["observations"] == tables["observations"]
    assert ratesvc("backup", str(tmp_path / "after")).returncode == 1  # It has fetches that this store has not.
    assert ratesvc("backup", str(tmp_path / "before")).returncode == 0


def test_what_is_stored_after_a_restore_goes_on_as_before(eventful: Path, ratesvc: Run) -> None:
    """The next documents are judged as they would have been: an original and a rebuilt store say the same."""
    original = eventful.parent / "original"
    shutil.copytree(eventful, original)
    (eventful / "rates.duckdb").unlink()
    assert ratesvc("restore", "--from-raw").returncode == 0
    outcomes = []
    for folder in (eventful, original):
        os.environ["RATESVC_DATA"] = str(folder)
        settings.load.cache_clear()
        with writing() as store:
            printed(store, "2026-11-21", "1201", seen="2026-11-20 11:00")  # Confirms the one that waits.
            printed(store, "2026-10-07", "622")
            printed(store, "2026-11-24", "480", seen="2026-11-23 11:00")
            rows = "SELECT * EXCLUDE (fetch_id, confirmed_by) FROM observations ORDER BY ALL"
            held = "SELECT * EXCLUDE (rejection_id, fetch_id) FROM held ORDER BY ALL"
            outcomes.append((store.query(rows), store.query(held)))
    assert outcomes[0] == outcomes[1]
    assert len(outcomes[0][1]) > 0


def test_from_a_version_what_was_stored_since_comes_from_the_log(eventful: Path, ratesvc: Run) -> None:
    with writing() as store:
        printed(store, "2026-11-21", "1201", seen="2026-11-20 11:00")
        quiet(store)
        tables, views = tables_of(store), views_of(store)
        tickers = store.query("FROM publications ORDER BY ALL")
    assert len(tickers) == 1
    (eventful / "rates.duckdb").unlink()
    done = ratesvc("restore")
    assert done.returncode == 0, done.stderr
    assert "and the log of fetches (1 later): " in done.stdout
    with writing() as store:
        again = tables_of(store)
        for name in ("observations", "rejections", "decisions", "daily"):
            assert again[name] == tables[name], name
        assert len(tables["fetches"]) - len(again["fetches"]) == 2  # The quiet ones since the version.
        assert views_of(store) == views
        assert store.query("FROM publications ORDER BY ALL")[: len(tickers)] == tickers


def test_a_damaged_version_is_passed_over_for_the_newest_whole_one(eventful: Path, ratesvc: Run) -> None:
    with writing() as store:
        printed(store, "2026-11-21", "1201", seen="2026-11-20 11:00")
        second = publish.publish(store)
        tables = tables_of(store, ("observations", "rejections", "decisions", "fetches"))
    with (eventful / "published" / second / "rates.duckdb").open("r+b") as file:
        file.seek(20_000)
        file.write(b"?")
    (eventful / "rates.duckdb").unlink()
    done = ratesvc("restore")
    assert f"{second} is damaged: rates.duckdb is not what was published" in done.stdout
    with writing() as store:
        assert tables_of(store, ("observations", "rejections", "decisions", "fetches")) == tables


@pytest.mark.parametrize(
    ("state", "command"),
    [*(("missing", command) for command in WRITING)]
    + [(state, WRITING[0]) for state in ("empty", "no database", "damaged")],
    ids=str,
)
def test_a_lost_store_is_not_begun_anew(eventful: Path, ratesvc: Run, state: str, command: list[str]) -> None:
    path = eventful / "rates.duckdb"
    whole = path.read_bytes()
    damaged = {
        "missing": None,
        "empty": b"",
        "no database": b"no database" * 1000,
        "damaged": whole[:4096] + bytes(100) + whole[4196:],
    }[state]
    path.unlink()
    if damaged is not None:
        path.write_bytes(damaged)
    failed = ratesvc(*command, RATESVC_DEADLINE="0.01")
    assert failed.returncode == 1
    [line] = failed.stderr.splitlines()
    assert f"{path} is {'damaged' if state == 'no database' else state}" in line
    assert "`ratesvc restore` brings " in line
    assert (path.read_bytes() if path.exists() else None) == damaged
    done = ratesvc("restore")
    assert done.returncode == 0, done.stderr
    kept = [each.read_bytes() for each in eventful.glob("rates.duckdb.before-*")]
    assert kept == ([] if damaged is None else [damaged])
    with open_writer.writer() as store:
        assert store.query("SELECT count(*) FROM observations")[0][0] > 1015


def test_without_versions_the_log_is_named_and_without_a_log_a_backup(eventful: Path, ratesvc: Run) -> None:
    (eventful / "rates.duckdb").unlink()
    shutil.rmtree(eventful / "published")
    assert "`ratesvc restore --from-raw` brings it back" in ratesvc("snapshot").stderr
    (eventful / "raw" / fetch_log.NAME).unlink()
    assert "no log of them: `ratesvc restore --from FOLDER`" in ratesvc("snapshot").stderr
    nothing = ratesvc("restore")
    assert (nothing.returncode, len(nothing.stderr.splitlines())) == (1, 1)
    assert "there is nothing to restore from in" in nothing.stderr
    assert not (eventful / "rates.duckdb").exists()
    shutil.rmtree(eventful / "raw")
    with open_writer.writer() as store:  # Now nothing shows that there was one.
        assert store.query("SELECT count(*) FROM observations") == [(5075,)]


def test_a_whole_store_is_replaced_only_if_that_is_wanted_and_is_kept(eventful: Path, ratesvc: Run) -> None:
    whole = (eventful / "rates.duckdb").read_bytes()
    refused = ratesvc("restore")
    assert refused.returncode == 1
    assert "is there and can be read: `--replace` replaces it nevertheless" in refused.stderr
    assert (eventful / "rates.duckdb").read_bytes() == whole
    done = ratesvc("restore", "--from-raw", "--replace")
    assert done.returncode == 0, done.stderr
    [aside] = eventful.glob("rates.duckdb.before-*")
    assert aside.read_bytes() == whole
    assert str(aside) in done.stdout


def test_a_write_ahead_log_is_set_aside_with_its_file(eventful: Path, ratesvc: Run) -> None:
    wal = eventful / "rates.duckdb.wal"
    (eventful / "rates.duckdb").unlink()
    wal.write_bytes(b"of another file")
    assert ratesvc("restore").returncode == 0
    assert [path.read_bytes() for path in eventful.glob("rates.duckdb.before-*.wal")] == [b"of another file"]
    with writing():
        pass


def test_a_store_that_is_being_written_is_not_restored(eventful: Path, ratesvc_process: Run) -> None:
    with writing():
        refused = ratesvc_process("restore", "--replace")
    assert refused.returncode == 1
    assert f"is being written by process {os.getpid()}" in refused.stderr


def test_an_older_copy_of_the_store_is_noticed_and_rebuilt(eventful: Path, ratesvc: Run) -> None:
    older = (eventful / "rates.duckdb").read_bytes()
    with writing() as store:
        printed(store, "2026-11-21", "1201", seen="2026-11-20 11:00")
        tables = tables_of(store)
    (eventful / "rates.duckdb").write_bytes(older)
    failed = ratesvc("publish")
    assert failed.returncode == 1
    assert "it is an older or another store; `ratesvc restore --replace` rebuilds it" in failed.stderr
    assert ratesvc("restore", "--replace").returncode == 0
    with writing() as store:
        assert tables_of(store) == tables


def test_a_block_that_is_damaged_inside_an_open_store_names_the_way_out(eventful: Path, ratesvc: Run) -> None:
    """The file opens: only who reads the block notices."""
    path = eventful / "rates.duckdb"
    whole = path.read_bytes()
    with writing() as store:
        rows = tables_of(store, ("observations",))
    for place in range(len(whole) - 1000, 20_000, -50_000):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 255]) + whole[place + 1 :])
        try:
            with writing() as store:
                store.query("SELECT hash(each) FROM observations AS each")
        except RatesvcError as damage:
            assert "is damaged (" in str(damage)
            opened = "SELECT hash" in traceback.format_exc()
            if opened:
                break
    assert opened
    failed = ratesvc("rebuild")
    assert failed.returncode == 1
    [line] = failed.stderr.splitlines()
    assert f"{path} is damaged (" in line
    assert "`ratesvc restore` brings the store back" in line
    assert ratesvc("restore").returncode == 0
    with writing() as store:
        assert tables_of(store, ("observations",)) == rows


@pytest.mark.parametrize(
    ("damage", "said", "options"),
    [
        # DuckDB opens the file without the transactions that are cut off, and says nothing; the log does.
        (lambda text: text[: len(text) // 2], "the store lacks it", ["--replace"]),
        (lambda text: text[:20] + bytes([text[20] ^ 255]) + text[21:], "is damaged (", []),
    ],
    ids=["cut", "flipped"],
)
def test_a_damaged_write_ahead_log_is_noticed(
    eventful: Path, ratesvc: Run, damage: Callable[[bytes], bytes], said: str, options: list[str]
) -> None:
    path, wal = eventful / "rates.duckdb", eventful / "rates.duckdb.wal"
    with writing() as store:
        printed(store, "2026-11-21", "1201", seen="2026-11-20 11:00")
        tables = tables_of(store)
        file, log = path.read_bytes(), wal.read_bytes()
    path.write_bytes(file)
    wal.write_bytes(damage(log))
    failed = ratesvc("publish")
    assert failed.returncode == 1
    assert said in failed.stderr
    assert f"`{' '.join(['ratesvc', 'restore', *options])}`" in failed.stderr
    assert ratesvc("restore", *options).returncode == 0
    with writing() as store:
        assert tables_of(store) == tables


def test_an_older_store_under_a_newer_write_ahead_log_is_noticed(eventful: Path, ratesvc: Run) -> None:
    """DuckDB joins them or ignores the log; what was stored between them is missing, and its end may be."""
    path, wal = eventful / "rates.duckdb", eventful / "rates.duckdb.wal"
    older = path.read_bytes()
    with writing() as store:
        printed(store, "2026-10-09", "624.5", seen="2026-11-19 11:00")
        publish.publish(store)  # The write-ahead log begins anew.
        printed(store, "2026-10-09", "624.75", seen="2026-11-20 11:00")
        tables = tables_of(store)
        log = wal.read_bytes()
    path.write_bytes(older)
    wal.write_bytes(log)
    failed = ratesvc("publish")
    assert failed.returncode == 1
    assert re.search("are published: `ratesvc restore --replace` brings|and the store lacks it", failed.stderr)
    assert ratesvc("restore", "--replace").returncode == 0
    with writing() as store:
        assert tables_of(store) == tables


def test_a_store_of_a_program_without_a_log_has_one_after_the_next_command(eventful: Path, ratesvc: Run) -> None:
    path = eventful / "raw" / fetch_log.NAME
    whole = path.read_bytes()
    path.unlink()
    assert ratesvc("rebuild").returncode == 0
    assert path.read_bytes() == whole


def test_a_version_or_a_log_of_a_newer_program_is_refused(
    eventful: Path, ratesvc: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (eventful / "rates.duckdb").unlink()
    monkeypatch.setattr(migrations, "NEWEST", migrations.NEWEST - 1)
    for options in ([], ["--from-raw"]):
        failed = ratesvc("restore", *options)
        assert failed.returncode == 1
        assert "install the version of ratesvc that wrote it, or a newer one" in failed.stderr
        assert list(eventful.glob("rates.duckdb*")) == []


def test_damaged_lines_of_the_log_are_counted_and_cost_nothing_else(eventful: Path, ratesvc: Run) -> None:
    path = eventful / "raw" / fetch_log.NAME
    lines = path.read_bytes().splitlines(keepends=True)
    with writing() as store:
        tables = tables_of(store)
    [place] = [place for place, line in enumerate(lines) if b'"rate":"442.2500000000000"' in line]
    damaged = lines[place].replace(b"442.25", b"442.26")
    path.write_bytes(b"".join([*lines[:place], damaged, b"\0\xff\n", *lines[place + 1 :]]))
    (eventful / "rates.duckdb").unlink()
    done = ratesvc("restore")  # The version has what the log has not.
    assert "2 damaged lines of the log were ignored" in done.stdout
    with writing() as store:
        assert tables_of(store, ("observations",))["observations"] == tables["observations"]
    (eventful / "rates.duckdb").unlink()
    assert ratesvc("restore", "--from-raw").returncode == 0
    with writing() as store:
        missing = set(tables["observations"]) - set(store.query("FROM observations"))
        assert [str(row[4]) for row in missing] == ["442.2500000000000"]
        assert set(store.query("FROM observations")) < set(tables["observations"])


def test_a_full_disk_leaves_the_old_file_and_one_line(
    eventful: Path, ratesvc: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = eventful / "rates.duckdb"
    path.write_bytes(b"no database" * 1000)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", full)
    failed = ratesvc("restore")
    assert failed.returncode == 1
    assert failed.stderr == f"ratesvc: could not restore {path}: No space left on device\n"
    assert [each.name for each in eventful.glob("rates.duckdb*")] == ["rates.duckdb"]
    assert path.read_bytes() == b"no database" * 1000


def test_two_restores_do_not_meet(eventful: Path) -> None:
    (eventful / "rates.duckdb").unlink()
    with (
        alone_in(eventful, "restore"),
        pytest.raises(RatesvcError, match=r"another restore in .* is running"),
    ):
        restore.restore()
