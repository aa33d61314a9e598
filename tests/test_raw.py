"""Damage of one kept document is that document's alone, and the log beside the documents follows the store."""

import errno
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from ratesvc import sources
from ratesvc.collect import backfill, http, snapshot
from ratesvc.collect.reparse import reparse
from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError
from ratesvc.store import fetch_log, raw_documents
from ratesvc.store.database import Store, writing
from ratesvc.store.write import record
from ratesvc.validation.fetch_result import Answer

from .conftest import Respond
from .history import everything_happens, printed, quiet, tables_of
from .replay import Replay, document, sending

NAMES = ("cbu", "nbk", "nbkr", "nbt")
TODAY = datetime(2026, 5, 22, 12, tzinfo=UTC)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def flipped(path: Path) -> None:
    packed = bytearray(path.read_bytes())
    packed[len(packed) // 2] ^= 255
    path.write_bytes(packed)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def of_another(path: Path) -> None:
    shutil.copyfile(next(each for each in path.parent.iterdir() if each.name not in (path.name, fetch_log.NAME)), path)


def no_gzip(path: Path) -> None:
    path.write_bytes(b"<rates/>")


def unreadable(path: Path) -> None:
    # Not by its mode: the superuser may read everything.
    path.unlink()
    path.symlink_to(path.name)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").touch()


DAMAGES = (cut, flipped, emptied, of_another, no_gzip, unreadable, a_folder)


@pytest.fixture
def banks(store: Store, serve: Callable[[Respond], str], monkeypatch: pytest.MonkeyPatch) -> Replay:
    """Four banks on one server, each with one document of spring 2026; it is the day of the last of them."""
    replay = Replay()
    origin = serve(replay)
    for name in NAMES:
        monkeypatch.setenv(f"RATESVC_ORIGIN_{name.upper()}", origin)
        replay.plays[name] = sending(document(name), ETag='"one"')
    monkeypatch.setattr(snapshot, "now", lambda: TODAY)
    monkeypatch.setattr(http, "_free_at", {})
    monkeypatch.setattr(http, "BACK_OFF_SECONDS", 0.01)
    for source in sources.load().values():
        monkeypatch.setattr(source, "PAUSE_SECONDS", 0)
    settings.load.cache_clear()
    return replay


def take(store: Store) -> dict[str, str]:
    """A snapshot of the four; the outcome of each."""
    fetches = snapshot.take_snapshot(store, {name: sources.named(name) for name in NAMES}, "manual")
    return {fetch.source: fetch.outcome for fetch in fetches}


def kept(store: Store, source: str) -> Path:
    """The file of a source's document."""
    [(name,)] = store.query("SELECT DISTINCT payload_sha256 FROM fetches WHERE source = ?", [source])
    return settings.load().raw / str(name)


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_that_documents_alone(
    store: Store, banks: Replay, damage: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> None:
    take(store)
    path = kept(store, "nbk")
    damage(path)
    with pytest.raises(RatesvcError, match="is damaged") as said:
        raw_documents.read(path.name)
    assert len(str(said.value).splitlines()) == 1

    # Parsing again names it, and reads the others.
    outcomes = reparse(store, {name: sources.named(name) for name in NAMES})
    assert [outcomes[name].documents for name in NAMES] == [1, 0, 1, 1]
    assert "is damaged" in str(outcomes["nbk"])
    # The next snapshot says so in one line, goes on with every source, and fetches the document again.
    assert "failed" not in take(store).values()
    [said_once] = [record.message for record in caplog.records if "is damaged" in record.message]
    assert str(path) in said_once
    assert raw_documents.read(path.name) == document("nbk")
    assert "failed" not in take(store).values()
    # History goes on too: the validation of its neighbour has one document less to compare with.
    damage(path)
    span = backfill.Span("nbk", date(2026, 4, 2), date(2026, 4, 2))
    assert backfill.fill(store, span, lambda _: None).failed == 0


def test_a_document_that_cannot_be_kept_fails_alone(
    store: Store, banks: Replay, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = raw_documents.keep

    def refuse_one(content: bytes) -> str:
        if content == document("nbk"):
            raise OSError(errno.EIO, "Input/output error")
        return keep(content)

    monkeypatch.setattr(raw_documents, "keep", refuse_one)
    outcomes = take(store)
    assert [name for name in NAMES if outcomes[name] == "failed"] == ["nbk"]
    [(error, sha256)] = store.query("SELECT error, payload_sha256 FROM fetches WHERE source = 'nbk'")
    assert (error, sha256) == ("its document cannot be kept: [Errno 5] Input/output error", None)
    assert store.query("SELECT count(*) FROM rejections WHERE source = 'nbk'") == [(0,)]
    assert store.query("SELECT count(*) FROM rejections WHERE source = 'nbkr' AND base = 'USD'") == [(1,)]


def test_a_full_disk_is_no_matter_of_one_document(store: Store, banks: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(content: bytes) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(raw_documents, "keep", full)
    with pytest.raises(OSError, match="No space left"):
        take(store)
    assert store.query("SELECT count(*) FROM fetches") == [(0,)]


def test_unfinished_files_go_and_a_folder_of_that_name_stops_nobody(data: Path) -> None:
    (data / "raw" / "folder.unfinished").mkdir(parents=True)
    (data / "raw" / "file.unfinished").touch()
    raw_documents.recover()
    assert [path.name for path in (data / "raw").iterdir()] == ["folder.unfinished"]


def lines_of(data: Path) -> list[dict[str, list[dict[str, object]]]]:
    """The log as any program reads it."""
    text = (data / "raw" / fetch_log.NAME).read_bytes()
    return [orjson.loads(line) for line in text.splitlines()]


def test_a_line_says_what_a_document_is_and_what_became_of_it(store: Store, data: Path) -> None:
    printed(store, "2026-10-02", "442.10", seen="2026-10-01 11:00")
    [line] = lines_of(data)
    [fetch] = line["fetches"]
    assert raw_documents.read(str(fetch["payload_sha256"])) == b"nbk KZT 2026-10-02 442.10"
    assert fetch["source"] == "nbk"
    assert fetch["url"] == "https://nbk.example/"
    assert fetch["started_at"] == "2026-10-01T11:00:00"
    assert (fetch["etag"], fetch["last_modified"]) == ('"e"', "Mon, 02 Nov 2026 09:00:00 GMT")
    assert fetch["http_status"] == 200
    assert [(row["rate"], row["held"]) for row in line["rejections"]] == [("442.10", True)]


def test_a_fetch_without_news_writes_no_line(store: Store, data: Path) -> None:
    printed(store, "2026-10-02", "442.10", seen="2026-10-01 11:00")
    before = (data / "raw" / fetch_log.NAME).stat()
    for _ in range(96):
        printed(store, "2026-10-02", "442.10")
        quiet(store)
    quiet(store, failed=True)
    after = (data / "raw" / fetch_log.NAME).stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    # Other bytes that say the same are a document of their own.
    again = Answer(
        source="nbk", url="https://nbk.example/", started_at=TODAY, finished_at=TODAY, document=b"with a banner"
    )
    record(store, "schedule", [again])
    record(store, "schedule", [again])
    assert len(lines_of(data)) == 2


def test_every_row_that_changed_anything_is_in_one_line(store: Store, data: Path) -> None:
    everything_happens(store)
    lines = lines_of(data)
    numbers = [line["fetches"][0]["fetch_id"] for line in lines]
    assert numbers == sorted(set(numbers))  # type: ignore[type-var]
    for table in ("observations", "rejections", "decisions"):
        logged = sum(len(line.get(table, ())) for line in lines)
        assert store.query(f"SELECT count(*) FROM {table}") == [(logged,)], table


@pytest.mark.parametrize("left", [0, 1, 100, -30, -1])
def test_a_writer_killed_before_or_while_it_logs_loses_and_doubles_nothing(
    store: Store, data: Path, left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """left: how many bytes of the line were written, or how many were not."""
    path = data / "raw" / fetch_log.NAME
    printed(store, "2026-10-02", "442.10", seen="2026-10-01 11:00")
    before = path.stat().st_size
    printed(store, "2026-10-02", "442.25")
    printed(store, "2026-10-03", "442.3", source="cbr")
    whole = path.read_bytes()
    second = whole.index(b"\n", before) + 1
    with path.open("r+b") as file:
        file.truncate(before + left if left >= 0 else second + left)
    fetch_log.follow(store)
    assert path.read_bytes() == whole
    fetch_log.follow(store)
    assert path.read_bytes() == whole


def test_a_rolled_back_snapshot_leaves_no_line(store: Store, data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    printed(store, "2026-10-02", "442.10", seen="2026-10-01 11:00")
    whole = (data / "raw" / fetch_log.NAME).read_bytes()
    monkeypatch.setattr("ratesvc.store.write._note", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        printed(store, "2026-10-03", "900")
    monkeypatch.undo()
    assert (data / "raw" / fetch_log.NAME).read_bytes() == whole


def test_a_log_that_cannot_be_written_is_completed_later(
    store: Store, data: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(fetch_log, "_append", full)
    printed(store, "2026-10-02", "442.10", seen="2026-10-01 11:00")
    assert "the log of fetches is behind and will be completed: [Errno 28] No space left on device" in caplog.text
    monkeypatch.undo()
    settings.load.cache_clear()
    monkeypatch.setenv("RATESVC_DATA", str(data))
    printed(store, "2026-10-03", "442.2")
    assert [line["fetches"][0]["fetch_id"] for line in lines_of(data)] == [1, 2]


def test_a_store_of_a_program_without_a_log_gets_one_when_it_is_opened(store: Store, data: Path) -> None:
    everything_happens(store)
    path = data / "raw" / fetch_log.NAME
    whole = path.read_bytes()
    path.unlink()
    fetch_log.follow(store)
    written = path.read_bytes()
    assert written == whole
    inode = path.stat().st_ino
    fetch_log.follow(store)
    assert (path.read_bytes(), path.stat().st_ino) == (whole, inode)


def test_a_damaged_last_line_is_written_again_and_read_once(store: Store, data: Path) -> None:
    printed(store, "2026-10-02", "442.10", seen="2026-10-01 11:00")
    printed(store, "2026-10-03", "442.25", seen="2026-10-02 11:00")
    path = data / "raw" / fetch_log.NAME
    path.write_bytes(path.read_bytes().replace(b"442.25", b"442.35"))
    fetch_log.follow(store)
    log = fetch_log.read(data / "raw")
    assert (list(log.lines), log.damaged) == ([1, 2], 1)
    assert b"442.35" not in b"".join(line.text for line in log.lines.values())


def test_a_log_of_another_store_is_not_continued(store: Store, data: Path, tmp_path: Path) -> None:
    printed(store, "2026-10-02", "442.10", seen="2026-10-01 11:00")
    other = fetch_log.read(data / "raw")
    text = (data / "raw" / fetch_log.NAME).read_bytes()
    with store.transaction() as connection:
        connection.execute("UPDATE fetches SET started_at = started_at + INTERVAL 1 SECOND")
    with pytest.raises(RatesvcError, match="it is an older or another store"):
        fetch_log.follow(store)
    assert (data / "raw" / fetch_log.NAME).read_bytes() == text
    with pytest.raises(RatesvcError, match="of two different stores"):
        fetch_log.insert(store, other.lines.values())


def test_the_log_keeps_every_digit_and_moment(store: Store, data: Path) -> None:
    """Inserted into an empty store, its rows are the same to the digit and the microsecond."""
    everything_happens(store)
    tables = ("observations", "rejections", "decisions")
    before = tables_of(store, tables)
    log = fetch_log.read(data / "raw")
    with store.transaction() as connection:
        for table in fetch_log.TABLES:
            connection.execute(f"DELETE FROM {table}")
    assert fetch_log.insert(store, log.lines.values()) == len(log.lines)
    assert tables_of(store, tables) == before
    assert fetch_log.insert(store, log.lines.values()) == 0
    assert tables_of(store, tables) == before
    assert any(row[5].microsecond for row in before["observations"])  # type: ignore[attr-defined]
    assert any(Decimal(str(row[4])) % 1 for row in before["observations"])


def test_the_log_is_read_from_its_end_whatever_the_length_of_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "log"
    for lines in ([], [b"a\n"], [b"a" * 200_000 + b"\n", b"b\n", b"c" * 70_000 + b"\n"], [b"a\n", b"torn"]):
        path.write_bytes(b"".join(lines))
        assert list(fetch_log._backwards(path)) == lines[::-1]
    assert list(fetch_log._backwards(tmp_path / "none")) == []


def test_two_writers_in_one_process_write_each_line_once(data: Path, empty: Path) -> None:
    """A snapshot and a backfill commit in turn, and either may log what the other has committed."""
    data.mkdir()
    shutil.copyfile(empty, data / "rates.duckdb")
    with writing() as one, writing() as other:
        for day in range(1, 8):
            printed(one if day % 2 else other, f"2026-10-0{day}", f"442.{day}")
        assert [line["fetches"][0]["fetch_id"] for line in lines_of(data)] == list(range(1, 8))
