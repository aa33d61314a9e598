"""A follower has what is published elsewhere, whole and soon, and keeps it when that machine is gone."""

import hashlib
import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from ratesvc.core import failures, settings
from ratesvc.core.disk import alone_in
from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.core.seals import sealed
from ratesvc.publish import follow, object_store, publish, reader
from ratesvc.publish.follow import Follower
from ratesvc.store.database import Store, writing

from .conftest import answer
from .serving import free_port, get, serving, until

Change = Callable[[str, bytes], bytes | None]
"""What a server on the way makes of the file of a path; None: it ends the connection."""


def as_it_is(_path: str, content: bytes) -> bytes:
    return content


class Origin:
    """The published versions of another machine over HTTP, as a ratesvc or an object store has them."""

    def __init__(self, published: Path) -> None:
        self.published = published
        self.url = ""
        self.asked: list[tuple[str, str | None]] = []
        self.change: Change = as_it_is

    def respond(self, handler: BaseHTTPRequestHandler) -> None:
        """Answers a request for a file or a part of one, also conditionally."""
        self.asked.append((handler.path, handler.headers["Range"]))
        try:
            whole = (self.published / handler.path.removeprefix("/data/")).read_bytes()
        except OSError:
            return answer(handler, b"", 404)
        content = self.change(handler.path, whole)
        if content is None:
            handler.close_connection = True
            return None
        etag = f'"{hashlib.sha256(content).hexdigest()}"'
        if handler.headers["If-None-Match"] == etag:
            return answer(handler, b"", 304)
        if span := re.fullmatch(r"bytes=(\d+)-(\d+)", handler.headers["Range"] or ""):
            first, last = int(span[1]), min(int(span[2]), len(content) - 1)
            part = {"Content_Range": f"bytes {first}-{last}/{len(content)}"}
            return answer(handler, content[first : last + 1], 206, ETag=etag, **part)
        return answer(handler, content, ETag=etag)

    def files(self) -> list[str]:
        """The paths that were asked for since the last call, without the pointer."""
        asked, self.asked = [path for path, _ in self.asked if not path.endswith(reader.POINTER)], []
        return [path.rpartition("/")[2] for path in asked]


@pytest.fixture
def origin(data: Path, store: Store, serve: Callable[..., str]) -> Origin:
    """The machine that publishes; its store stays open."""
    publish.publish(store)
    origin = Origin(data / "published")
    origin.url = serve(origin.respond)
    return origin


@contextmanager
def in_folder(folder: Path) -> Iterator[Path]:
    """Another machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATESVC_DATA", str(folder))
        settings.load.cache_clear()
        yield folder / "published"
    settings.load.cache_clear()


@pytest.fixture
def here(tmp_path: Path, origin: Origin) -> Iterator[Path]:
    """The published versions of the follower."""
    with in_folder(tmp_path / "here") as published:
        yield published


def publish_another(origin: Origin) -> str:
    """Publishes on the other machine."""
    with in_folder(origin.published.parent), writing() as store:
        return publish.publish(store)


def same(one: Path, other: Path) -> bool:
    return {path.name: path.read_bytes() for path in one.iterdir()} == {
        path.name: path.read_bytes() for path in other.iterdir()
    }


def test_a_version_is_fetched_whole_and_served_as_it_is(origin: Origin, here: Path) -> None:
    version = Follower(origin.url, here).look()
    assert version == reader.newest(origin.published).version
    assert same(here / version, origin.published / version)
    assert reader.newest(here) == reader.newest(here).__class__(**{
        **{name: getattr(reader.newest(origin.published), name) for name in reader.Published.__slots__},
        "folder": here / version,
    })  # fmt: skip


def test_nothing_is_fetched_twice(origin: Origin, here: Path) -> None:
    follower = Follower(origin.url, here)
    follower.look()
    origin.files()
    assert follower.look() is None
    assert Follower(origin.url, here).look() is None, "another process of this machine"
    assert origin.files() == []
    publish_another(origin)
    second = follower.look()
    assert second
    fetched = origin.files()
    assert "ticker.txt" not in fetched, "it says the same as before"
    assert {"rates.duckdb", "manifest.json"} <= set(fetched)
    assert same(here / second, origin.published / second)


def test_a_check_that_found_nothing_new_changes_the_pointer_alone(origin: Origin, here: Path) -> None:
    follower = Follower(origin.url, here)
    follower.look()
    origin.files()
    with in_folder(origin.published.parent), writing() as store:
        assert publish.publish_changes(store) is None
    assert follower.look() is None
    assert reader.newest(here).checked_at == reader.newest(origin.published).checked_at
    assert origin.files() == []


def test_a_download_that_was_cut_off_is_continued(origin: Origin, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_store, "PIECE_BYTES", 100_000)
    pieces = 0

    def cut(path: str, content: bytes) -> bytes | None:
        nonlocal pieces
        if path.endswith("rates.duckdb"):
            pieces += 1
        return None if pieces == 4 else content

    origin.change = cut
    follower = Follower(origin.url, here)
    with pytest.raises(RatesvcError, match=r"rates\.duckdb: "):
        follower.look()
    assert not (here / reader.POINTER).exists()
    assert reader.versions(here) == []
    origin.asked.clear()
    origin.change = as_it_is
    version = Follower(origin.url, here).look()  # Also if the process had ended there.
    assert version
    assert same(here / version, origin.published / version)
    spans = [span for path, span in origin.asked if path.endswith("rates.duckdb")]
    assert spans[0] == "bytes=300000-399999"
    assert len(spans) == -(-(here / version / "rates.duckdb").stat().st_size // 100_000) - 3


@pytest.mark.parametrize("name", ["rates.duckdb", "ticker.json", "manifest.json"])
def test_what_is_not_what_was_published_is_never_shown(origin: Origin, here: Path, name: str) -> None:
    first = Follower(origin.url, here).look()
    second = publish_another(origin)
    origin.change = lambda path, content: content[:-3] + b"xyz" if path.endswith(f"{second}/{name}") else content
    if name == "ticker.json":  # It says another version, so it is another file, which is fetched.
        assert (origin.published / second / name).read_bytes() != (here / str(first) / name).read_bytes()
    follower = Follower(origin.url, here)
    for _ in range(2):
        with pytest.raises(RatesvcError, match=r"is not what was published|its seal does not match"):
            follower.look()
    assert reader.newest(here).version == first
    origin.change = as_it_is
    assert follower.look() == second


def test_an_older_version_never_replaces_a_newer_one(origin: Origin, here: Path) -> None:
    old = (origin.published / reader.POINTER).read_bytes()
    publish_another(origin)
    follower = Follower(origin.url, here)
    newest = follower.look()
    origin.change = lambda path, content: old if path.endswith(reader.POINTER) else content
    follower = Follower(origin.url, here)
    with pytest.raises(RatesvcError, match=r"a cache on the way may be old, or the writer has lost versions"):
        follower.look()
    assert reader.newest(here).version == newest


def test_a_version_that_is_damaged_here_is_fetched_again(origin: Origin, here: Path) -> None:
    follower = Follower(origin.url, here)
    version = follower.look()
    assert version
    (here / version / "rates.parquet").write_bytes(b"rotten")
    assert follower.look() == version
    assert same(here / version, origin.published / version)


@pytest.mark.parametrize(
    "pointer",
    [
        b"<html>Welcome to our CDN</html>",
        b"{}",
        sealed({"version": "../../etc", "files": {}}),
        sealed({"version": "20260101T000000000Z", "files": {"../../passwd": {"bytes": 1, "sha256": "0"}}}),
        sealed({"version": "20260101T000000000Z", "files": {"/x.duckdb": {"bytes": 1, "sha256": "0"}}}),
        sealed({"version": "20260101T000000000Z", "files": {"rates.duckdb": 3}}),
    ],
)
def test_what_is_no_pointer_changes_nothing(origin: Origin, here: Path, pointer: bytes) -> None:
    origin.change = lambda path, content: pointer if path.endswith(reader.POINTER) else content
    with pytest.raises(RatesvcError, match=r"/data/latest\.json is no pointer to a version of ratesvc"):
        Follower(origin.url, here).look()
    assert not here.exists() or list(here.iterdir()) == []


def test_each_trouble_is_one_line_when_it_begins_and_one_when_it_ends(
    origin: Origin, here: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first = (origin.published / reader.POINTER).read_bytes()
    second = publish_another(origin)
    origin.change = lambda path, content: first if path.endswith(reader.POINTER) else content
    monkeypatch.setattr(follow, "EVERY_SECONDS", 0.01)
    ended = threading.Event()
    caplog.set_level("INFO")
    following = threading.Thread(target=follow.follow, args=(origin.url, ended))
    following.start()
    try:
        until(lambda: (here / reader.POINTER).exists())
        origin.change = lambda _path, _content: None
        until(lambda: "cannot follow" in caplog.text)
        time.sleep(0.2)
        assert [failure.work for failure in failures.reported()] == ["download"]
        origin.change = as_it_is
        until(lambda: f"fetched {second}" in caplog.text)
        until(lambda: "again" in caplog.text)
    finally:
        ended.set()
        following.join()
    assert failures.reported() == []
    lines = [record.message for record in caplog.records if record.name == "ratesvc"]
    assert len(lines) == 4, lines
    assert re.fullmatch(
        rf"cannot follow: {origin.url}/data/latest\.json: .+; what was the newest at .* UTC stays online", lines[1]
    )


def test_no_answer_at_all_is_told_after_seconds(origin: Origin, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(object_store, "REQUEST_SECONDS", 0.3)
    free = threading.Event()

    def hang(path: str, content: bytes) -> bytes:
        free.wait(5)
        return content

    origin.change = hang
    with pytest.raises(RatesvcError, match=r"latest\.json: no answer within 0\.3 seconds$"):
        Follower(origin.url, here).look()
    free.set()


def test_a_store_is_no_place_to_follow_in_and_nobody_follows_twice(origin: Origin, here: Path) -> None:
    with in_folder(origin.published.parent), pytest.raises(RatesvcError, match="is a store, which publishes by itself"):
        follow.once(origin.url)
    here.mkdir(parents=True)
    with alone_in(here, "follower"), pytest.raises(RatesvcError, match=r"another follower in .* is running"):
        follow.once(origin.url)


def test_a_url_that_is_none_is_one_line() -> None:
    with pytest.raises(UsageError, match="is no address of a store"):
        Follower("ftp://127.0.0.1/x", Path())


def test_the_command_fetches_once_or_says_why_not(
    origin: Origin, here: Path, ratesvc: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    version = reader.newest(origin.published).version
    assert ratesvc("follow", origin.url, "--once").stdout == f"fetched {version}\n"
    assert ratesvc("follow", "--once", RATESVC_FOLLOW=origin.url).stdout == "nothing is new\n"
    nowhere = ratesvc("follow")
    assert (nowhere.returncode, nowhere.stderr) == (2, "ratesvc: give the address to follow, or set RATESVC_FOLLOW\n")
    origin.change = lambda _path, _content: None
    cut = ratesvc("follow", origin.url, "--once")
    assert cut.returncode == 1
    assert re.fullmatch(r"ratesvc: http://127\.0\.0\.1:\d+/data/latest\.json: .+\n", cut.stderr)


@pytest.mark.process
def test_a_web_host_shows_what_is_published_elsewhere_and_stays_online_without_it(origin: Origin, here: Path) -> None:
    with serving(free_port(), RATESVC_FOLLOW=origin.url) as address:
        until(lambda: f'"version":"{reader.newest(origin.published).version}"' in get(f"{address}/ticker.json"))
        second = publish_another(origin)
        published_at = time.monotonic()
        until(lambda: f'"version":"{second}"' in get(f"{address}/ticker.json"))
        assert time.monotonic() - published_at < 3
        origin.change = lambda _path, _content: None
        third = publish_another(origin)
        time.sleep(1)
        assert f'"version":"{second}"' in get(f"{address}/ticker.json")
        assert 'ratesvc_maintenance_failed{work="download"} 1' in get(f"{address}/metrics")
        origin.change = as_it_is
        until(lambda: f'"version":"{third}"' in get(f"{address}/ticker.json"))
