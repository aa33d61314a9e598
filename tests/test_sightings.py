"""The Parquet files of sightings: one, or of many a file for each month, which is written only when it changes.

The months that have a file are not in the DuckDB file, but its readers see them too.
"""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import obstore
import pytest

from ratesvc import sql
from ratesvc.collect import backup, restore
from ratesvc.core import extensions, settings
from ratesvc.core.errors import RatesvcError
from ratesvc.core.sql_text import literal
from ratesvc.publish import as_of, follow, publish, sightings, upload
from ratesvc.publish.manifest import digest_now
from ratesvc.publish.object_store import ObjectStore
from ratesvc.publish.reader import POINTER, Published, Reader, newest
from ratesvc.query import sandbox
from ratesvc.store.database import Store
from ratesvc.web.http.current_version import Current

from .conftest import See, showing
from .object_stores import S3, s3_server
from .serving import free_port
from .test_sql_server import Colleague, server

MONTHS = ("observations-2026-03.parquet", "observations-2026-04.parquet")
COLUMNS = "source, base, quote, observed_at, rate, seen_at, fetch_id, confirmed_by"


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sightings, "MONTHS_FROM", 4)


def published(store: Store) -> Published:
    publish.publish(store)
    return newest(settings.load().published)


def files(version: Published) -> dict[str, int]:
    """The inode of each Parquet file of sightings, by its name."""
    return {path.name: path.stat().st_ino for path in version.folder.glob("observations*.parquet")}


def rows(version: Published) -> list[tuple[object, ...]]:
    return duckdb.sql(f"SELECT {COLUMNS} FROM '{version.folder}/observations*.parquet' ORDER BY ALL").fetchall()


def two_months(see: See) -> None:
    for day in ("2026-03-30", "2026-03-31", "2026-04-01", "2026-04-02"):
        see("KGS", day, "87.45")


def test_of_few_sightings_there_is_one_file(see: See, store: Store) -> None:
    see("KGS", "2026-03-31", "87.45")
    assert [*files(published(store))] == [sightings.NEWEST]


def test_of_many_each_month_that_is_over_has_a_file_and_all_together_are_the_table(see: See, store: Store) -> None:
    two_months(see)
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    see("KGS", today, "87.45")
    version = published(store)
    assert {*files(version)} == {*MONTHS, sightings.NEWEST}
    assert rows(version) == store.query(f"SELECT {COLUMNS} FROM observations ORDER BY ALL")
    found = {
        name: duckdb.sql(
            f"SELECT DISTINCT observed_at::DATE::VARCHAR FROM '{version.folder / name}' ORDER BY 1"
        ).fetchall()
        for name in files(version)
    }
    assert found == {
        MONTHS[0]: [("2026-03-30",), ("2026-03-31",)],
        MONTHS[1]: [("2026-04-01",), ("2026-04-02",)],
        sightings.NEWEST: [(today,)],
    }


def test_only_a_month_that_has_changed_is_written_again(see: See, store: Store) -> None:
    two_months(see)
    first = published(store)
    see("KGS", "2026-04-02", "87.46")
    second = published(store)
    assert files(second)[MONTHS[0]] == files(first)[MONTHS[0]]
    assert files(second)[MONTHS[1]] != files(first)[MONTHS[1]]
    assert rows(second) == store.query(f"SELECT {COLUMNS} FROM observations ORDER BY ALL")
    assert len(rows(second)) == 5


def test_a_damaged_month_of_the_last_version_is_written_anew(see: See, store: Store) -> None:
    two_months(see)
    path = published(store).folder / MONTHS[0]
    whole = digest_now(path)
    path.write_bytes(b"damaged")
    assert digest_now(published(store).folder / MONTHS[0]) == whole


def test_who_follows_fetches_only_the_month_that_has_changed(
    see: See, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = tmp_path / "bucket"
    bucket.mkdir()
    monkeypatch.setenv("RATESVC_PUBLISH_TO", f"file://{bucket}")
    settings.load.cache_clear()
    put: list[str] = []
    copied: list[str] = []
    monkeypatch.setattr(ObjectStore, "put", noting(ObjectStore.put, put))
    monkeypatch.setattr(ObjectStore, "copy", noting(ObjectStore.copy, copied))
    two_months(see)
    first = published(store)
    assert {*MONTHS} < {path.rpartition("/")[2] for path in put}
    assert not copied
    put.clear()
    see("KGS", "2026-04-02", "87.46")
    second = published(store)
    sent = {path.rpartition("/")[2] for path in put}
    assert MONTHS[1] in sent
    assert MONTHS[0] not in sent
    assert f"data/{first.version}/{MONTHS[0]}" in copied
    there = bucket / "data" / second.version
    assert {path.name: digest_now(path) for path in there.iterdir() if path.suffix == ".parquet"} == {
        path.name: digest_now(path) for path in second.folder.glob("*.parquet")
    }
    here = tmp_path / "follower" / "published"
    here.mkdir(parents=True)
    assert follow.Follower(f"file://{bucket}", here).look() == second.version
    assert rows(newest(here)) == rows(second)
    assert upload.pointer(ObjectStore(f"file://{bucket}"))["version"] == second.version


def noting(method: object, paths: list[str]) -> object:
    def noted(self: ObjectStore, path: str, *more: object) -> object:
        paths.append(path)
        return method(self, path, *more)  # type: ignore[operator]

    return noted


def test_the_file_has_the_last_months_and_its_view_all_of_them(
    see: See, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_months(see)
    everything = store.query(EVERYTHING)
    version = published(store)
    with attached(version.folder / "rates.duckdb") as analyst:
        assert analyst.execute("SELECT DISTINCT observed_at::DATE FROM recent_observations").fetchall() == [
            (datetime.now(UTC).date(),)
        ]
        assert analyst.execute(EVERYTHING).fetchall() == everything
        [(said,)] = analyst.execute("SELECT comment FROM duckdb_views() WHERE view_name = 'observations'").fetchall()
        assert said.startswith("Every rate that differed")
    monkeypatch.setenv("RATESVC_RECENT_MONTHS", "1200")
    settings.load.cache_clear()
    version = published(store)
    assert [*files(version)] == [sightings.NEWEST]
    with attached(version.folder / "rates.duckdb") as analyst:
        assert analyst.execute(EVERYTHING).fetchall() == everything


def test_a_version_that_was_moved_is_read_by_its_variable(see: See, store: Store, tmp_path: Path) -> None:
    three_months(see)
    everything = store.query(EVERYTHING)
    moved = published(store).folder.rename(tmp_path / "it's elsewhere")
    with attached(moved / "rates.duckdb") as analyst:
        with pytest.raises(duckdb.IOException, match="observations-2026-03"):
            analyst.execute(EVERYTHING)
        analyst.execute("SET VARIABLE history = ?", [str(moved)])
        assert analyst.execute(EVERYTHING).fetchall() == everything


def test_at_a_public_address_later_sightings_of_a_month_are_passed_over(
    see: See, store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, port: int
) -> None:
    """A file that was downloaded stays what it was, though the months beside it are replaced."""
    monkeypatch.setenv("RATESVC_PUBLIC_URL", f"http://127.0.0.1:{port}")
    settings.load.cache_clear()
    three_months(see)
    everything = store.query(EVERYTHING)
    copy = shutil.copyfile(published(store).folder / "rates.duckdb", tmp_path / "copy.duckdb")
    see("KGS", "2026-04-02", "87.46")
    site = tmp_path / "site"
    site.mkdir()
    (site / "data").symlink_to(published(store).folder)
    with attached(copy) as analyst, file_server(site, port):
        extensions.load(analyst, "httpfs")
        analyst.execute("SET force_download = true")  # This server knows no ranges.
        assert analyst.execute(EVERYTHING).fetchall() == everything


def test_the_newest_file_of_a_month_has_an_address(see: See, store: Store, data: Path) -> None:
    three_months(see)
    version = published(store).version
    client = showing(data)
    answer = client.get(f"/data/{MONTHS[0]}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/data/{version}/{MONTHS[0]}")
    with client.get(f"/data/{MONTHS[0]}", follow_redirects=True) as file:
        assert file.data == (settings.load().published / version / MONTHS[0]).read_bytes()
    missing = client.get("/data/observations-2026-02.parquet")
    assert missing.status_code == 404
    assert MONTHS[0] in missing.get_json()["error"]["message"]


def test_every_reader_sees_all_months(see: See, store: Store, data: Path, port: int) -> None:
    three_months(see)
    everything = store.query(EVERYTHING)
    first = published(store)
    see("KGS", "2026-04-02", "87.46")
    second = Reader(published(store))
    assert second.query("SELECT count(*) FROM observations").fetchone() == (len(everything) + 1,)
    past = as_of.as_known(second, as_of.of(second, first.version))
    assert past.query(EVERYTHING).fetchall() == everything
    assert past.query("SELECT close FROM daily WHERE observed_on = '2026-04-02'").fetchall() == [(Decimal("87.45"),)]
    with closing(sandbox.Sandbox(second.published)) as public:
        public.wait_until_ready(20)
        answer = json.loads(public.answer("SELECT count(*) AS sightings FROM observations", 10))
        assert answer.get("rows") == [[len(everything) + 1]], answer
    with server(data, port), Colleague(port) as colleague:
        assert colleague.ask("SELECT count(*) FROM r.observations") == [[str(len(everything) + 1)]]


def test_a_store_is_restored_with_all_months(see: See, store: Store, data: Path) -> None:
    three_months(see)
    tables = {table: store.query(f"FROM {table} ORDER BY ALL") for table in ("observations", "daily", "fetches")}
    published(store)
    shutil.rmtree(data / "raw")
    store.close()
    restore.restore(forced=True)
    with closing(Store(data / "rates.duckdb")) as restored:
        assert {table: restored.query(f"FROM {table} ORDER BY ALL") for table in tables} == tables
        assert restored.query("SELECT fetch_id FROM observations") == sorted(
            restored.query("SELECT fetch_id FROM observations")
        )
        assert restored.query("FROM duckdb_views() WHERE view_name = 'observations'") == []
        with pytest.raises(duckdb.ConstraintException), restored.transaction() as connection:
            connection.execute("INSERT INTO observations BY NAME SELECT 'nbk' AS source")


def test_a_machine_that_follows_may_leave_the_months_where_they_are(
    see: See, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: int
) -> None:
    three_months(see)
    everything = store.query("FROM observations ORDER BY ALL")
    with s3_server() as s3:
        for name, text in {**s3.environment, "RATESVC_PUBLISH_TO": s3.url}.items():
            monkeypatch.setenv(name, text)
        settings.load.cache_clear()
        first = published(store)
        address = f"{s3.environment['AWS_ENDPOINT_URL']}/{s3.url.removeprefix('s3://')}"
        data = tmp_path / "follower"
        for name, text in {"DATA": str(data), "PUBLISH_TO": "", "HISTORY": address}.items():
            monkeypatch.setenv(f"RATESVC_{name}", text)
        for name in s3.environment:  # What is published can be read by everybody.
            monkeypatch.delenv(name)
        settings.load.cache_clear()
        assert follow.once(address) == first.version
        here = newest(data / "published")
        assert [*files(here)] == [sightings.NEWEST]
        with closing(Reader(here)) as reader:
            assert reader.query("FROM observations ORDER BY ALL").fetchall() == everything
        with closing(sandbox.Sandbox(here)) as public:
            public.wait_until_ready(20)
            answer = json.loads(public.answer("SELECT count(*) AS sightings FROM observations", 10))
            assert answer.get("rows") == [[len(everything)]], answer
        with server(data, port), Colleague(port) as colleague:
            assert colleague.ask("SELECT count(*) FROM r.observations") == [[str(len(everything))]]
        there = f"{address}/data/{first.version}/{MONTHS[0]}"
        client = showing(data)
        assert client.get(f"/data/{first.version}/{MONTHS[0]}").headers["Location"] == there
        assert MONTHS[0] in client.get("/data/").get_data(as_text=True)
        restore.restore(forced=False)
        with closing(Store(data / "rates.duckdb")) as restored:
            assert restored.query("FROM observations ORDER BY ALL") == everything
    for path in ("/", "/currency/KGS", "/ticker.json", "/api/held", "/api/corrections", "/feeds/moves.atom"):
        assert client.get(path).status_code == 200, path
    why = client.get("/api/why/KGS/2026-04-01")
    assert why.status_code == 503
    assert why.get_json()["error"]["message"].startswith("the sightings of past months cannot be read now")
    monkeypatch.setenv("RATESVC_HISTORY", "")
    settings.load.cache_clear()
    with pytest.raises(RatesvcError, match=f"{MONTHS[0]} cannot be read"):
        newest(data / "published")


@pytest.fixture
def bucket(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3]:
    """The store publishes there, and leaves there the months that it has uploaded."""
    monkeypatch.setattr(publish, "_uploaded", None)
    with s3_server() as s3:
        address = f"{s3.environment['AWS_ENDPOINT_URL']}/{s3.url.removeprefix('s3://')}"
        for name, text in {**s3.environment, "RATESVC_PUBLISH_TO": s3.url, "RATESVC_HISTORY": address}.items():
            monkeypatch.setenv(name, text)
        settings.load.cache_clear()
        yield s3


def reads_everything(version: Published, store: Store) -> bool:
    with closing(Reader(version)) as reader:
        return reader.query(EVERYTHING).fetchall() == store.query(EVERYTHING)


def test_a_machine_that_writes_leaves_the_months_in_the_object_store(
    see: See, store: Store, data: Path, tmp_path: Path, bucket: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_months(see)
    first = published(store)
    assert sorted(files(first)) == [*MONTHS, sightings.NEWEST]  # It was written before it was uploaded.
    see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", "87.51")
    with monkeypatch.context() as patch:
        shown = []
        patch.setattr(publish, "_upload", lambda: shown.append(reads_everything(newest(data / "published"), store)))
        publish.publish(store)
        assert shown == [True]  # Its files are there before the pointer is.
    assert upload.bring_up_to_date()
    second = newest(data / "published")
    assert [*files(second)] == [sightings.NEWEST]
    assert all(second.manifest["files"][name] == first.manifest["files"][name] for name in MONTHS)
    assert reads_everything(second, store)

    see("KGS", "2026-04-02", "87.46")
    third = published(store)
    assert sorted(files(third)) == [MONTHS[1], sightings.NEWEST]
    assert reads_everything(third, store)
    with closing(Reader(third)) as reader:
        for view in sql.KEPT:
            assert sorted(reader.query(f"FROM {view}").fetchall()) == sorted(store.query(f"FROM {view}")), view
        corrected = reader.query("SELECT observed_on, rate FROM corrections").fetchall()
        assert (date(2026, 4, 2), Decimal("87.46")) in corrected

    bucket.refuses = lambda _method, _path: True
    for rate in ("87.52", "87.53"):
        see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", rate)
        last = published(store)
    bucket.refuses = lambda _method, _path: False
    assert upload.bring_up_to_date() == last.version
    assert reads_everything(last, store)

    backup.back_up(tmp_path / "backup")
    expected = store.query("FROM observations ORDER BY ALL")
    store.close()
    for place in (data, tmp_path / "backup"):  # From the object store; and without it, from the backup.
        if place != data:
            monkeypatch.setenv("RATESVC_HISTORY", "")
            monkeypatch.setenv("RATESVC_DATA", str(place))
            bucket.refuses = lambda _method, _path: True
            settings.load.cache_clear()
        restore.restore(forced=True)
        with closing(Store(place / "rates.duckdb")) as restored:
            assert restored.query("FROM observations ORDER BY ALL") == expected


@pytest.mark.parametrize("is_pointer_left", [True, False])
def test_months_that_are_nowhere_are_named_and_the_way_back_is_too(
    see: See, store: Store, bucket: S3, monkeypatch: pytest.MonkeyPatch, is_pointer_left: bool
) -> None:
    three_months(see)
    published(store)
    see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", "87.51")
    there = ObjectStore(bucket.url)
    for name in there.folders("data"):
        there.remove_folder(f"data/{name}")
    if not is_pointer_left:
        obstore.delete(there._store, f"data/{POINTER}")
    version = published(store)
    assert [*files(version)] == [sightings.NEWEST]
    with pytest.raises(RatesvcError, match=f"{MONTHS[0]} is neither here nor there: stop the service, and"):
        upload.upload(version)
    monkeypatch.setenv("RATESVC_HISTORY", "")
    settings.load.cache_clear()
    publish.publish_changes(store)
    whole = newest(settings.load().published)
    assert sorted(files(whole)) == [*MONTHS, sightings.NEWEST]
    assert reads_everything(whole, store)
    assert there.sizes(f"data/{whole.version}") == {path.name: path.stat().st_size for path in whole.folder.iterdir()}


@pytest.mark.parametrize("address", ["http://127.0.0.1:1", "http://127.0.0.1:8000"])
def test_months_stay_here_that_nobody_reads_at_the_address(
    see: See, store: Store, bucket: S3, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("RATESVC_HISTORY", address)  # Nothing listens there, or it is this service itself.
    settings.load.cache_clear()
    three_months(see)
    for rate in ("87.51", "87.52"):
        see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", rate)
        assert sorted(files(published(store))) == [*MONTHS, sightings.NEWEST]


def test_months_are_written_again_when_nothing_is_uploaded_any_longer(
    see: See, store: Store, bucket: S3, monkeypatch: pytest.MonkeyPatch
) -> None:
    three_months(see)
    published(store)
    see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", "87.51")
    assert [*files(published(store))] == [sightings.NEWEST]
    monkeypatch.setenv("RATESVC_PUBLISH_TO", "")
    settings.load.cache_clear()
    monkeypatch.setattr(publish, "_uploaded", None)
    see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", "87.52")
    whole = published(store)
    assert sorted(files(whole)) == [*MONTHS, sightings.NEWEST]
    assert reads_everything(whole, store)


def test_a_version_without_its_months_is_warmed_once_and_read_by_an_analyst(see: See, store: Store, bucket: S3) -> None:
    three_months(see)
    published(store)
    see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", "87.51")
    last = published(store)
    current = Current(last.folder.parent)
    assert current._status() == current._status() is not None
    with closing(duckdb.connect()) as analyst:
        extensions.load(analyst, "httpfs")
        analyst.execute(f"ATTACH {literal(last.folder / 'rates.duckdb')} AS r (READ_ONLY)")
        assert analyst.execute("SELECT count(*) FROM r.observations").fetchall() == [
            (last.manifest["rows"]["observations"],)
        ]


def test_the_months_of_another_store_are_not_taken_for_those_of_this_one(see: See, store: Store) -> None:
    three_months(see)
    published(store)
    with store.transaction() as connection:
        connection.execute("UPDATE observations SET rate = 88, fetch_id = 0 WHERE observed_at < '2026-04-01'")
        connection.execute("DELETE FROM observations WHERE observed_at = '2026-03-30'")
    assert rows(published(store)) == store.query(f"SELECT {COLUMNS} FROM observations ORDER BY ALL")


def test_a_full_year_of_months_turns_into_the_next_one() -> None:
    assert sightings._next("2025-12") == "2026-01"
    assert sightings._first_recent_month(datetime(2026, 1, 31, tzinfo=UTC)) == "2026-01"


EVERYTHING = f"SELECT {COLUMNS} FROM observations ORDER BY ALL"


def three_months(see: See) -> None:
    two_months(see)
    see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", "87.50")


@contextmanager
def attached(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The file as an analyst opens it, in another folder."""
    with closing(duckdb.connect()) as connection:
        connection.execute(f"ATTACH {literal(path)} AS r (READ_ONLY); USE r")
        yield connection


@contextmanager
def file_server(folder: Path, port: int) -> Iterator[None]:
    with ThreadingHTTPServer(("127.0.0.1", port), partial(SimpleHTTPRequestHandler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield
        server.shutdown()


@pytest.fixture
def port() -> int:
    return free_port()
