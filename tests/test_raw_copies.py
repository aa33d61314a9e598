"""The documents and their log reach the next leader, whatever a former one still sends."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError
from ratesvc.publish import raw_copies
from ratesvc.publish.object_store import ObjectStore
from ratesvc.publish.raw_copies import Segment
from ratesvc.store import fetch_log, leadership
from ratesvc.store.database import Store

from .conftest import See


@pytest.fixture
def place(tmp_path: Path) -> ObjectStore:
    """A folder as an object store."""
    (tmp_path / "shared").mkdir()
    return ObjectStore(f"file://{tmp_path}/shared")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy"


@pytest.fixture
def epoch(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The number of the leadership, which a test may change."""
    now = [1]
    monkeypatch.setattr(leadership, "epoch", lambda: now[0])
    yield now


@pytest.fixture(autouse=True)
def nothing_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(raw_copies, "_inherited", 0)


def see_and_log(see: See, store: Store, day: str, rate: str) -> None:
    see("KZT", day, rate)
    fetch_log.follow(store)


def numbers(folder: Path) -> list[int]:
    return list(fetch_log.read(folder).lines)


def test_the_log_arrives_in_parts_and_is_the_same(
    see: See, store: Store, place: ObjectStore, copy: Path, epoch: list[int]
) -> None:
    for day in ("2026-05-24", "2026-05-25", "2026-05-26"):
        see_and_log(see, store, day, "517.30")
        raw_copies.upload(place)
        raw_copies.upload(place)  # Nothing is new.
    raw_copies.download(place, copy)
    raw_copies.join(copy)
    assert (copy / fetch_log.NAME).read_bytes() == (settings.load().raw / fetch_log.NAME).read_bytes()
    assert len(list((copy / "log").iterdir())) == 3


def test_what_a_former_leader_sends_late_does_not_count(
    see: See, store: Store, place: ObjectStore, copy: Path, epoch: list[int]
) -> None:
    see_and_log(see, store, "2026-05-24", "517.30")
    raw_copies.upload(place)
    late = Segment(1, 2, 4)
    see_and_log(see, store, "2026-05-25", "517.90")
    epoch[0] = 2
    raw_copies.upload(place)
    mine = (settings.load().raw / fetch_log.NAME).read_bytes()
    foreign = mine.splitlines(keepends=True)[-1]  # Another sighting under the same number would do as well.
    place.replace(f"{raw_copies.LOG}/{late.name}", foreign, "application/x-ndjson", "no-store", None)
    raw_copies.download(place, copy)
    raw_copies.join(copy)
    assert (copy / fetch_log.NAME).read_bytes() == mine
    assert numbers(copy) == [1, 2]


def test_what_a_former_leader_sends_before_the_next_one_has_sent_anything_does_not_count(
    see: See, store: Store, place: ObjectStore, copy: Path, epoch: list[int]
) -> None:
    """It was suspended, or its request took long: the next leader has a fetch of its own under that number."""
    see_and_log(see, store, "2026-05-24", "517.30")
    raw_copies.upload(place)
    raw_copies.download(place, copy)
    epoch[0] = 2
    see_and_log(see, store, "2026-05-25", "517.90")
    mine = (settings.load().raw / fetch_log.NAME).read_bytes()
    foreign = mine.replace(b"517.9", b"518.9").splitlines(keepends=True)[-1]
    place.replace(f"{raw_copies.LOG}/{Segment(1, 2, 2).name}", foreign, "application/x-ndjson", "no-store", None)
    raw_copies.upload(place)
    raw_copies.download(place, copy)
    raw_copies.join(copy)
    assert (copy / fetch_log.NAME).read_bytes() == mine


def test_what_a_former_leader_sent_for_a_version_that_has_not_arrived_counts(
    see: See, store: Store, place: ObjectStore, copy: Path, epoch: list[int]
) -> None:
    see_and_log(see, store, "2026-05-24", "517.30")
    see_and_log(see, store, "2026-05-25", "517.90")
    raw_copies.upload(place)
    raw_copies.download(place, copy)
    epoch[0] = 2
    see_and_log(see, store, "2026-05-26", "518.30")
    raw_copies.upload(place)
    assert {path.name for path in (copy.parent / "shared/raw/log").iterdir()} == {
        Segment(1, 1, 2).name,
        Segment(2, 3, 3).name,
    }


def test_a_document_comes_before_the_line_that_names_it_and_is_what_was_kept(
    store: Store, place: ObjectStore, copy: Path, epoch: list[int], tmp_path: Path
) -> None:
    from ratesvc.collect import snapshot

    snapshot.load_archive(store)
    fetch_log.follow(store)
    raw_copies.upload(place)
    names = {path.name for path in settings.load().raw.iterdir() if len(path.name) == 64}
    assert names
    raw_copies.download(place, copy)
    assert {path.name for path in copy.iterdir() if path.is_file()} == names
    for name in names:
        assert (copy / name).read_bytes() == (settings.load().raw / name).read_bytes()
    rotten = tmp_path / "shared" / "raw" / min(names)
    os.truncate(rotten, 10)
    other = tmp_path / "other"
    with pytest.raises(RatesvcError, match="is damaged"):
        raw_copies.download(place, other)
    assert list((other / "log").iterdir()) == []
    rotten.unlink()  # It is lost: the next leader leads all the same.
    raw_copies.download(place, other)
    assert {path.name for path in other.iterdir() if path.is_file()} == names - {rotten.name}
