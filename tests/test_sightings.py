"""The Parquet files of sightings: one, or of many a file for each month, which is written only when it changes."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from ratesvc.core import settings
from ratesvc.publish import follow, publish, sightings, upload
from ratesvc.publish.manifest import digest_now
from ratesvc.publish.object_store import ObjectStore
from ratesvc.publish.reader import Published, newest
from ratesvc.store.database import Store

from .conftest import See

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
