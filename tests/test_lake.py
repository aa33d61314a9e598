"""A store on DuckLake: one writer at a time, and everything as in a file."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path

import duckdb
import psycopg
import pytest

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.core.observation import Observation, midnight
from ratesvc.publish import as_of, publish
from ratesvc.publish.reader import Reader, newest
from ratesvc.run import scheduler
from ratesvc.store import fetch_log, leadership, migrations, rows
from ratesvc.store.database import Store, writing
from ratesvc.store.lake import Lake

from .conftest import Respond, moving_market
from .lakes import Lakes
from .object_stores import s3_server
from .postgres import PROGRAMS
from .serving import record_unjudged, until
from .test_restore import Run
from .test_standby import Machine, pointed, sightings

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(PROGRAMS is None, reason="no PostgreSQL is installed (on Debian: apt install postgresql)"),
]


@pytest.fixture
def lake(lakes: Lakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """An empty lake, which the settings name."""
    place, folder = lakes.copy(tmp_path / "lake"), tmp_path / "lake"
    monkeypatch.setenv("RATESVC_STORE", place)
    monkeypatch.setenv("RATESVC_STORE_DATA", str(folder))
    settings.load.cache_clear()
    return Lake(place, str(folder))


def see(store: Store, day: str, rate: str) -> None:
    observation = Observation(source="nbk", base="USD", quote="KZT", observed_at=midnight(day), rate=Decimal(rate))
    record_unjudged(store, "nbk", [observation], datetime(2026, 6, 1, tzinfo=UTC))


def test_what_was_stored_is_there_when_it_is_opened_again(lake: Lake) -> None:
    with writing() as store:
        see(store, "2026-05-24", "517.30")
        see(store, "2026-05-25", "518.1234567890123")
        see(store, "2026-05-24", "517.31")
    with writing() as store:
        rows = store.query("SELECT observed_on::VARCHAR, close::VARCHAR, sightings FROM daily ORDER BY 1")
        assert rows == [("2026-05-24", "517.3100000000000", 2), ("2026-05-25", "518.1234567890123", 1)]
        assert store.query("SELECT count(*) FROM rates WHERE source = 'nbk'") == [(2,)]
        store.read_everything()


def test_rows_of_a_snapshot_stay_in_postgresql(lake: Lake, tmp_path: Path) -> None:
    before = set((tmp_path / "lake").rglob("*.parquet"))
    with writing() as store:
        see(store, "2026-05-24", "517.30")
    new = {path.parent.name for path in set((tmp_path / "lake").rglob("*.parquet")) - before}
    assert new <= {"calendar"}


def test_a_lake_of_an_older_program_is_brought_up_to_date(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a migration with everything that those of files have needed; one that fails changes nothing."""
    with writing() as store:
        see(store, "2026-05-24", "517.30")
        see(store, "2026-05-25", "518.1234567890123")
        before = store.query("FROM observations ORDER BY ALL")
    script = tmp_path / "999_tested.sql"
    monkeypatch.setattr(migrations, "_FILES", {**migrations._FILES, migrations.NEWEST + 1: script})
    monkeypatch.setattr(migrations, "NEWEST", migrations.NEWEST + 1)
    script.write_text(f"{MIGRATION}; SELECT error('no')")
    with pytest.raises(RatesvcError, match=r"migration 999_tested\.sql failed and changed nothing: .*no"):
        Store(lake)
    script.write_text(MIGRATION)
    with writing() as store:
        assert store.query("FROM observations ORDER BY ALL") == before
        assert store.query("SELECT DISTINCT note, asked FROM fetches") == [("as before", None)]
        see(store, "2026-05-26", "519.30")
        assert store.query("SELECT count(*) FROM rates WHERE source = 'nbk'") == [(3,)]
        partitions = "__ducklake_metadata_ratesvc.ducklake_partition_info WHERE end_snapshot IS NULL"
        assert store.query(f"SELECT count(*) FROM {partitions}") == [(1,)]
        options = "FROM ratesvc.options() WHERE option_name = 'data_inlining_row_limit'"
        assert ("main.observations",) in store.query(f"SELECT scope_entry {options}")


def test_a_second_writer_is_refused_in_one_line(lake: Lake) -> None:
    with writing():
        finished = subprocess.run(
            [sys.executable, "-m", "ratesvc", "rebuild"], capture_output=True, text=True, check=False
        )
    assert finished.returncode == 1
    assert finished.stderr.startswith(f"ratesvc: {lake} is being written by another process, and there can be one")
    assert finished.stderr.count("\n") == 1


def test_a_leader_that_was_suspended_commits_nothing(lake: Lake) -> None:
    with writing() as store:
        see(store, "2026-05-24", "517.30")
        with store.transaction() as connection:
            connection.execute("UPDATE fence SET epoch = epoch + 1")  # As the next leader does.
        with pytest.raises(RatesvcError, match=r"^another machine leads now, so nothing is written here$"):
            see(store, "2026-05-25", "518.30")
        assert store.query("SELECT count(*) FROM observations") == [(1,)]


def test_of_two_transactions_at_once_the_second_is_refused(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    with writing() as store:
        other = duckdb.connect()
        monkeypatch.setattr(lake, "_lead", lambda: None)  # It has lost its lock and does not know.
        lake.attach(other)
        with pytest.raises(RatesvcError, match=r"has written to the lake .* meanwhile, so nothing"):  # noqa: SIM117
            with store.transaction() as connection:
                connection.execute("INSERT INTO quiet_days VALUES ('nbk', '2026-05-24', 'failed', 1)")
                other.begin()
                lake.begin(other)
                other.execute("INSERT INTO ratesvc.quiet_days VALUES ('nbk', '2026-05-24', 'failed', 2)")
                other.commit()
        assert store.query("SELECT fetches FROM quiet_days") == [(2,)]
        see(store, "2026-05-24", "517.30")  # It goes on.
        other.close()


def test_a_lake_without_its_data_or_its_database_is_named_without_the_password(
    lake: Lake, tmp_path: Path, lakes: Lakes
) -> None:
    elsewhere = Lake(settings.load().store, str(tmp_path / "elsewhere"))
    with pytest.raises(RatesvcError, match=r"cannot open the lake .*: its data are in .*, and RATESVC_STORE_DATA is"):
        Store(elsewhere)
    assert leadership.epoch() == 0
    for address in (
        "postgresql://postgres:geheim@127.0.0.1:9/none",
        "host=127.0.0.1 port=9 password=geheim",
        lakes.server.url.replace("postgres@", "postgres:geheim@").replace("/postgres", "/none"),
    ):
        with pytest.raises(RatesvcError) as refused:
            Store(Lake(settings.LAKE + address, str(tmp_path / "none")))
        assert "geheim" not in str(refused.value)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize("place", ["rates.duckdb", "ducklake:geheim", "ducklake:postgres:", "ducklake:sqlite:a=b"])
def test_a_wrong_place_is_named_without_what_it_says(place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATESVC_STORE", place)
    with pytest.raises(UsageError, match=r"^RATESVC_STORE is wrong: give ducklake:postgres: and the address of a data"):
        settings.load()


def test_the_data_may_be_in_an_object_store(lakes: Lakes, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server() as s3:
        for name, text in s3.environment.items():
            monkeypatch.setenv(name, text)
        monkeypatch.setenv("RATESVC_STORE", settings.LAKE + lakes.server.new_database())
        monkeypatch.setenv("RATESVC_STORE_DATA", s3.url)
        for rate in ("517.30", "518.30"):
            settings.load.cache_clear()
            with writing() as store:
                see(store, "2026-05-24", rate)
                assert store.query("SELECT close::DOUBLE FROM daily WHERE source = 'nbk'") == [(float(rate),)]
        assert any(request.startswith("PUT main/calendar/") for request in s3.requests)


def test_a_killed_writer_leaves_whole_transactions(lake: Lake) -> None:
    script = (
        "import sys; from tests.test_lake import see; from ratesvc.store.database import writing\n"
        "with writing() as store:\n"
        "    for n in range(1000):\n"
        "        see(store, '2026-05-24', sys.argv[1] + str(500 + n))\n"
        "        print(n, flush=True)\n"
    )
    for figures in ("1", "2"):  # Different ones: the same again would be a fetch without a sighting.
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
        command = [sys.executable, "-c", script, figures]
        with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) as writer:
            assert writer.stdout
            assert writer.stdout.readline() == b"0\n"
            time.sleep(1)  # In the midst of a later transaction.
            writer.send_signal(signal.SIGKILL)
        with writing() as store:
            [(observations, fetches, snapshots, sightings)] = store.query(
                "SELECT (SELECT count(*) FROM observations), (SELECT count(DISTINCT fetch_id) FROM fetches),"
                " (SELECT count(DISTINCT snapshot_id) FROM snapshots), (SELECT sum(sightings) FROM daily)"
            )
            assert observations == fetches == snapshots == sightings > 0
            assert store.query("SELECT count(*) FROM fetches") == [(fetches,)]


def dump(store: Store) -> dict[str, list[tuple[object, ...]]]:
    return {table: store.query(f"FROM {table} ORDER BY ALL") for table in rows.TABLES}


def test_a_store_moves_into_a_lake_and_back_and_loses_nothing(
    lakes: Lakes, busy_year: Path, tmp_path: Path, ratesvc: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, data = settings.LAKE + lakes.server.new_database(), str(tmp_path / "lake")
    file, back = busy_year / "rates.duckdb", tmp_path / "back.duckdb"
    before = file.read_bytes()
    there = ratesvc("store", "move", str(file), lake, "--data", data)
    assert re.fullmatch(rf"moved [\d,]+ rows from {file} to 127.0.0.1/\w+, and compared them\n", there.stdout), there
    again = ratesvc("store", "move", str(file), lake, "--data", data)
    assert again.stderr.startswith(f"ratesvc: {Lake(lake, data)} has rows: give a new database")
    assert ratesvc("store", "move", lake, str(back), "--data", data).returncode == 0
    assert "is there: give the path of a new file" in ratesvc("store", "move", lake, str(back), "--data", data).stderr
    assert "one of the two must be" in ratesvc("store", "move", str(file), str(back)).stderr
    assert file.read_bytes() == before
    monkeypatch.setenv("RATESVC_STORE", lake)
    monkeypatch.setenv("RATESVC_STORE_DATA", data)
    settings.load.cache_clear()
    (tmp_path / "first").mkdir()
    first = tmp_path / "first" / "rates.duckdb"
    first.write_bytes(before)
    with closing(Store(first)) as original, closing(Store(back)) as returned, writing() as moved:
        assert dump(original) == dump(returned) == dump(moved)
        assert original.query("FROM ticker") == moved.query("FROM ticker")
        assert original.query("FROM punctuality") == moved.query("FROM punctuality")


def test_a_move_that_fails_leaves_nothing(
    lakes: Lakes, busy_year: Path, tmp_path: Path, ratesvc: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake, data = settings.LAKE + lakes.server.new_database(), str(tmp_path / "lake")
    file, back = str(busy_year / "rates.duckdb"), tmp_path / "back.duckdb"
    numbers = count()
    with monkeypatch.context() as patch:
        patch.setattr(rows, "_sum", lambda *_: (next(numbers), None))
        assert "the rows of snapshots have not arrived as they are" in (
            ratesvc("store", "move", file, lake, "--data", data).stderr
        )
    assert ratesvc("store", "move", file, lake, "--data", data).returncode == 0
    with monkeypatch.context() as patch:
        patch.setattr(rows, "_sum", lambda *_: (next(numbers), None))
        assert ratesvc("store", "move", lake, str(back), "--data", data).returncode == 1
    assert list(tmp_path.glob("back*")) == []


def test_a_lost_lake_is_made_again_of_the_last_version_and_the_log(
    lakes: Lakes, lake: Lake, tmp_path: Path, ratesvc: Run, data: Path
) -> None:
    """As docs/scaling.md tells."""
    with writing() as store:
        see(store, "2026-05-24", "517.30")
        publish.publish(store)
        see(store, "2026-05-25", "518.30")
        fetch_log.follow(store)
        before = dump(store)
    restored = ratesvc("restore", RATESVC_STORE="")
    assert restored.returncode == 0, restored
    again = settings.LAKE + lakes.server.new_database()
    moved = ratesvc(
        "store", "move", str(data / "rates.duckdb"), again, "--data", str(tmp_path / "again"), RATESVC_STORE=""
    )
    assert moved.returncode == 0, moved
    with closing(Store(Lake(again, str(tmp_path / "again")))) as store:
        after = dump(store)
    for table in ("published_versions", "ticker_rows"):  # `restore` publishes.
        assert set(map(str, before.pop(table))) < set(map(str, after.pop(table)))
    assert after == before


def test_maintenance_leaves_few_files_and_every_row(
    lake: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rows, "TABLES", (*rows.TABLES, "newest_rates", "newest_changes"))
    for day in range(1, 4):
        with writing() as store:
            see(store, f"2026-05-0{day}", f"51{day}.30")
            see(store, f"2026-05-0{day}", f"51{day}.31")
    with writing() as store:
        before = dump(store)
        for later in (timedelta(days=2), timedelta(days=4)):
            scheduler.named("compact").run()
            store.maintain(datetime.now(UTC) + later)
        assert dump(store) == before
        store.read_everything()
        see(store, "2026-05-04", "514.30")
        assert store.query("SELECT count(*) FROM observations") == [(7,)]
    files = [path.parent.name for path in (tmp_path / "lake").rglob("*.parquet")]
    assert files.count("calendar") == 1
    assert list((tmp_path / "lake").glob("main/observations/year=2026/month=5/*.parquet"))
    with psycopg.connect(settings.load().store.removeprefix(settings.LAKE)) as catalog:
        [[snapshots]] = catalog.execute("SELECT count(*) FROM ducklake_snapshot").fetchall()
    assert snapshots < 20


def test_a_past_version_is_right_after_the_lakes_snapshots_have_expired(lake: Lake) -> None:
    with writing() as store:
        see(store, "2026-05-24", "517.30")
        first = publish.publish(store)
        told = Reader(newest(settings.load().published)).rows("FROM ticker")
        see(store, "2026-05-24", "517.90")
        see(store, "2026-05-25", "518.30")
        store.maintain(datetime.now(UTC) + timedelta(days=2))
        publish.publish(store)
    latest = Reader(newest(settings.load().published))
    past = as_of.as_known(latest, as_of.of(latest, first))
    assert past.rows("FROM ticker") == told != latest.rows("FROM ticker")
    tables = latest.rows("SELECT table_name FROM duckdb_tables() WHERE table_name = 'fence'")
    assert tables == []


def test_what_concerns_a_file_says_so(lake: Lake, ratesvc: Run, data: Path) -> None:
    refused = ratesvc("restore")
    assert refused.stderr.startswith("ratesvc: a lake is not restored in its place: unset RATESVC_STORE, run `ratesvc")
    assert refused.stderr.count("\n") == 1
    with writing() as store:
        see(store, "2026-05-24", "517.30")
        publish.publish(store)
        with store.transaction() as connection:
            connection.execute("DELETE FROM snapshots")
        with pytest.raises(RatesvcError, match=r"store ends with snapshot 0, but .*: `ratesvc store move` brings"):
            publish.recover(store)


def test_a_stand_by_goes_on_with_the_lake(lake: Lake, tmp_path: Path, serve: Callable[[Respond], str]) -> None:
    with s3_server() as s3:
        environment = {
            **s3.environment,
            "RATESVC_PUBLISH_TO": s3.url,
            "RATESVC_SOURCES": "currency_api",
            "RATESVC_ORIGIN_CURRENCY_API": serve(moving_market()),
        }
        first = Machine(tmp_path / "first", environment)
        try:
            until(lambda: pointed(s3), 180)
            second = Machine(tmp_path / "second", environment)
            try:
                until(lambda: "fetched" in second.log.read_text(), 60)
                before, version = sightings(s3, tmp_path), pointed(s3)
                first.end(signal.SIGKILL)
                until(lambda: pointed(s3) > version, 60)
                assert second.leads()
                assert "restored" not in second.log.read_text()
                assert not (second.data / "rates.duckdb").exists()
                after = sightings(s3, tmp_path)
                assert set(before) <= set(after)
                assert len(after) == len(set(after)) > len(before)
            finally:
                second.end(signal.SIGKILL)
        finally:
            first.process.kill()
            first.process.wait()
        assert "Traceback" not in (tmp_path / "first" / "log").read_text() + (tmp_path / "second" / "log").read_text()


def test_to_open_it_again_writes_to_the_fence_alone(lake: Lake) -> None:
    with writing() as store:
        [(last,)] = store.query("SELECT max(snapshot_id) FROM ratesvc.snapshots()")
    with writing() as store:
        fence = store.query("SELECT [table_id::VARCHAR] FROM ducklake_table_info('ratesvc') WHERE table_name = 'fence'")
        changed = "SELECT list_distinct(flatten(map_values(changes))) FROM ratesvc.snapshots() WHERE snapshot_id > ?"
        assert store.query(changed, [last]) == fence


MIGRATION = """
ALTER TABLE fetches ADD COLUMN IF NOT EXISTS asked DATE;
ALTER TABLE fetches ADD COLUMN IF NOT EXISTS note VARCHAR;
UPDATE fetches SET note = 'as before' WHERE note IS NULL;
CREATE TABLE new_observations (
    source VARCHAR NOT NULL, base VARCHAR NOT NULL, quote VARCHAR NOT NULL, observed_at TIMESTAMP NOT NULL,
    rate DECIMAL(22, 13) NOT NULL, seen_at TIMESTAMP NOT NULL, fetch_id BIGINT NOT NULL, confirmed_by BIGINT
);
INSERT INTO new_observations FROM observations;
DROP TABLE observations;
ALTER TABLE new_observations RENAME TO observations;
CREATE TEMP TABLE said AS SELECT min(fetch_id) AS first FROM fetches;
DELETE FROM quiet_days WHERE false;
DROP TABLE said;
DROP MACRO IF EXISTS exact
"""
