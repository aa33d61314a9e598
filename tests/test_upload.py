"""What is published is in the object store too, whole, and no writer of the past replaces it."""

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import obstore
import pytest
from obstore.store import from_url

from ratesvc.core import failures, settings
from ratesvc.core.errors import RatesvcError
from ratesvc.jobs import upload as job
from ratesvc.publish import object_store, publish, reader, upload
from ratesvc.publish.follow import Follower
from ratesvc.store.database import Store

from .conftest import See
from .object_stores import S3, s3_server
from .test_follow import in_folder, same


@pytest.fixture(scope="module")
def server() -> Iterator[S3]:
    with s3_server() as s3:
        yield s3


@pytest.fixture
def s3(server: S3, tmp_path: Path, data: Path, monkeypatch: pytest.MonkeyPatch) -> S3:
    """An object store with a place for this test, to which is published."""
    server.url = f"s3://rates/{tmp_path.name}"
    server.refuses = lambda _method, _path: False
    for name, text in server.environment.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setenv("RATESVC_PUBLISH_TO", server.url)
    settings.load.cache_clear()
    server.requests.clear()
    return server


def there(s3: S3) -> dict[str, bytes]:
    """All objects."""
    store = from_url(s3.url, client_options={"allow_http": True})
    paths = [each["path"] for page in obstore.list(store) for each in page]
    return {path: bytes(obstore.get(store, path).bytes()) for path in paths}


def test_a_version_is_there_as_it_is_here(s3: S3, store: Store, data: Path) -> None:
    version = publish.publish(store)
    objects = there(s3)
    files = {f"data/{version}/{path.name}": path.read_bytes() for path in (data / "published" / version).iterdir()}
    pointer = {"data/latest.json": (data / "published" / "latest.json").read_bytes()}
    tickers = {name: files[f"data/{version}/{name}"] for name in reader.TICKERS}
    assert objects == files | pointer | tickers


def test_who_takes_over_has_those_refused_that_looked_before(s3: S3, store: Store, see: See) -> None:
    publish.publish(store)
    place = object_store.ObjectStore(s3.url)
    before = place.etag(upload.POINTER)
    pointer = upload.pointer(place)
    upload.claim(place, 2)
    with pytest.raises(RatesvcError, match="another writer has replaced data"):
        place.replace(upload.POINTER, b"late", "application/json", "no-store", before)
    assert upload.pointer(place) == {**pointer, "epoch": 2}
    see("KZT", "2026-05-24", "517.30")
    version = publish.publish(store)  # Of the one that has taken over.
    assert upload.pointer(place)["version"] == version


def test_the_pointer_comes_last_and_caches_keep_what_never_changes(s3: S3, store: Store) -> None:
    version = publish.publish(store)
    puts = [request for request in s3.requests if request.startswith("PUT")]
    assert puts[-1].endswith("data/latest.json")
    bucket = from_url(s3.url, client_options={"allow_http": True})
    for path, media_type, cache in (
        (f"data/{version}/rates.duckdb", "application/vnd.duckdb", "public, max-age=31536000, immutable"),
        ("data/latest.json", "application/json", "public, max-age=10"),
        ("ticker.json", "application/json", "public, max-age=10"),
        ("ticker.txt", "text/plain; charset=utf-8", "public, max-age=10"),
        ("ticker.html", "text/html; charset=utf-8", "public, max-age=10"),
    ):
        headers = obstore.get(bucket, path).attributes
        assert (headers["Content-Type"], headers["Cache-Control"]) == (media_type, cache)


def test_a_check_that_found_nothing_new_replaces_the_pointer_alone(s3: S3, store: Store, data: Path) -> None:
    publish.publish(store)
    s3.requests.clear()
    assert publish.publish_changes(store) is None
    puts = [request for request in s3.requests if request.startswith("PUT")]
    assert len(puts) == 1
    assert puts[0].endswith("data/latest.json")
    s3.requests.clear()
    upload.bring_up_to_date()
    assert not [request for request in s3.requests if request.startswith("PUT")]


def test_a_web_host_can_follow_an_object_store(s3: S3, store: Store, data: Path, tmp_path: Path) -> None:
    version = publish.publish(store)
    with in_folder(tmp_path / "here") as here:
        follower = Follower(s3.url, here)
        assert follower.look() == version
        assert follower.look() is None
        assert same(here / version, data / "published" / version)


def test_a_store_that_refuses_is_one_line_and_gets_everything_later(
    s3: S3, store: Store, data: Path, caplog: pytest.LogCaptureFixture
) -> None:
    first = publish.publish(store)
    s3.refuses = lambda method, path: method == "PUT" and "rates.parquet" in path
    second = publish.publish(store)
    job.run()
    assert reader.newest(data / "published").version == second, "here it is published"
    assert json.loads(there(s3)["data/latest.json"])["version"] == first, "there nothing points to a part of it"
    [line] = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert line.startswith(f"could not publish to {s3.url}: {s3.url}/data/{second}/rates.parquet: the answer is 503")
    assert [failure.work for failure in failures.reported()] == ["upload"]
    s3.refuses = lambda _method, _path: False
    s3.requests.clear()
    job.run()
    assert json.loads(there(s3)["data/latest.json"])["version"] == second
    assert failures.reported() == []
    assert not any("rates.duckdb" in request for request in s3.requests if request.startswith("PUT")), "it was there"


def test_a_store_that_gives_no_answer_keeps_nobody_waiting_for_long(
    s3: S3, store: Store, data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(object_store, "REQUEST_SECONDS", 0.3)
    s3.answers.clear()
    try:
        began = datetime.now(UTC)
        version = publish.publish(store)
        assert datetime.now(UTC) - began < timedelta(seconds=10)
    finally:
        s3.answers.set()
    assert reader.newest(data / "published").version == version
    [line] = [record.message for record in caplog.records if record.levelname == "ERROR"]
    assert "no answer within 0.3 seconds" in line


def test_a_writer_that_was_overtaken_changes_nothing(
    s3: S3, store: Store, data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """It has looked, is suspended, and goes on when another one has published."""
    publish.publish(store)
    old = reader.newest(data / "published")
    monkeypatch.setenv("RATESVC_PUBLISH_TO", "")
    settings.load.cache_clear()
    newer = publish.publish(store)
    monkeypatch.setenv("RATESVC_PUBLISH_TO", s3.url)
    settings.load.cache_clear()
    current = reader.newest(data / "published")
    etag = object_store.ObjectStore.etag
    overtaken: list[str] = []

    def looked(self: object_store.ObjectStore, path: str) -> str | None:
        found = etag(self, path)
        if path == reader.TICKERS[-1] and not overtaken:
            overtaken.append(path)
            upload.upload(current)
        return found

    monkeypatch.setattr(object_store.ObjectStore, "etag", looked)
    with pytest.raises(RatesvcError, match="another writer"):
        upload.upload(old)
    objects = there(s3)
    assert json.loads(objects["data/latest.json"])["version"] == newer
    assert json.loads(objects["ticker.json"])["version"] == newer


def test_a_writer_that_is_behind_is_refused(
    s3: S3, store: Store, data: Path, tmp_path: Path, see: See, caplog: pytest.LogCaptureFixture
) -> None:
    publish.publish(store)
    old = reader.newest(data / "published")
    newest = publish.publish(store)
    with pytest.raises(RatesvcError, match=rf"it has the version {newest}, which is newer than {old.version}"):
        upload.upload(old)
    assert json.loads(there(s3)["data/latest.json"])["version"] == newest


def test_old_versions_go_from_there_too(s3: S3, store: Store) -> None:
    names = [publish.publish(store) for _ in range(5)]
    assert upload.remove_old(datetime.now(UTC)) == 0
    assert upload.remove_old(datetime.now(UTC) + timedelta(days=2)) == 2
    left = {path.split("/")[1] for path in there(s3) if path.startswith("data/2")}
    assert left == set(names[2:])


@pytest.mark.parametrize("url", ["https://example.org", "rates", "ftp://example.org/x"])
def test_a_place_that_cannot_be_written_is_a_wrong_setting(
    ratesvc: Callable[..., subprocess.CompletedProcess[str]], url: str
) -> None:
    refused = ratesvc("status", RATESVC_PUBLISH_TO=url)
    assert refused.returncode == 2
    assert refused.stderr == (
        f"ratesvc: RATESVC_PUBLISH_TO='{url}' is wrong: give an address that begins with s3://, gs://, az:// or"
        " file://\n"
    )


def test_a_folder_is_an_object_store_too(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATESVC_PUBLISH_TO", f"file://{tmp_path}/shared")
    settings.load.cache_clear()
    (tmp_path / "shared").mkdir()
    version = publish.publish(store)
    again = publish.publish(store)
    assert (tmp_path / "shared" / "data" / version / "rates.duckdb").exists()
    assert Follower(f"file://{tmp_path}/shared", tmp_path / "here").look() == again
