"""A version is made when something has changed; what stays the same is neither written nor kept twice."""

import json
import tempfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb
import pytest

from ratesvc.core import settings
from ratesvc.core.observation import Observation, midnight
from ratesvc.publish import as_of, build, publish, reader
from ratesvc.publish.reader import Reader
from ratesvc.store import reference_data
from ratesvc.store.database import Store
from ratesvc.store.roll_up import roll_up
from ratesvc.web.http.current_version import Current

from .clock import set_clock
from .conftest import Ask, See
from .serving import publish_every_state, record_unjudged


def files(data: Path) -> dict[str, tuple[int, int]]:
    """Every published file but the pointer: its inode and its time of modification."""
    return {
        str(path): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in (data / "published").rglob("*")
        if path.name != reader.POINTER
    }


def minutes_ago(minutes: int) -> str:
    return f"{datetime.now(UTC) - timedelta(minutes=minutes):%Y-%m-%d %H:%M}"


def test_a_quiet_snapshot_changes_the_pointer_alone(see: See, ask: Ask, store: Store, data: Path) -> None:
    see("KGS", "2026-05-24", "87.45")
    ask(minutes_ago(15), "currency_api")
    version = publish.publish_changes(store)
    current = Current(data / "published")
    opened, before = current.reader, files(data)
    assert opened
    ask(minutes_ago(0), "currency_api")
    due = datetime(2099, 1, 1, tzinfo=UTC)
    assert publish.publish_changes(store, due) is None
    current.look()
    assert current.reader is opened
    assert (opened.published.version, opened.published.next_snapshot_at) == (version, due)
    assert opened.published.checked_at > opened.published.published_at
    assert files(data) == before
    assert store.query("SELECT version FROM publications") == [(version,)]


def test_what_a_version_says_is_what_the_store_says(store: Store) -> None:
    publish_every_state(store)
    assert publish.publish_changes(store) is None


def a_figure(see: See, _ask: Ask, _store: Store) -> None:
    see("KGS", "2026-05-25", "87.45")


def a_correction(see: See, _ask: Ask, _store: Store) -> None:
    see("KGS", "2026-05-24", "87.46")


def a_source_that_fails(_see: See, ask: Ask, _store: Store) -> None:
    ask(minutes_ago(0), "currency_api", error="HTTP 503")


def another_choice_of_source(_see: See, _ask: Ask, store: Store) -> None:
    with pytest.MonkeyPatch.context() as patch, store.transaction() as connection:
        patch.setenv("RATESVC_HEADLINE", "market")
        settings.load.cache_clear()
        reference_data.write(connection)
    settings.load.cache_clear()


def another_day(_see: See, _ask: Ask, store: Store) -> None:
    set_clock(store, f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d %H:%M}")


@pytest.mark.parametrize("change", [a_figure, a_correction, a_source_that_fails, another_choice_of_source, another_day])
def test_whatever_readers_would_see_is_published(
    see: See, ask: Ask, store: Store, change: Callable[[See, Ask, Store], None]
) -> None:
    see("KGS", "2026-05-24", "87.45")
    ask(minutes_ago(15), "currency_api")
    first = publish.publish_changes(store)
    assert publish.publish_changes(store) is None
    change(see, ask, store)
    second = publish.publish_changes(store)
    assert second
    assert first
    assert second > first
    assert publish.publish_changes(store) is None


def with_clock(version: bytes, moment: str) -> bytes:
    """A DuckDB file with another clock."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "file.duckdb")
        path.write_bytes(version)
        with closing(duckdb.connect(path)) as connection:
            connection.execute(f"CREATE OR REPLACE VIEW clock AS SELECT TIMESTAMP '{moment}' AS now_utc")
        return path.read_bytes()


def test_a_row_that_becomes_stale_is_published(
    see: See, ask: Ask, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    see("KGS", f"{today:%Y-%m-%d}", "87.45")
    said = []
    for hours in (0, 30, 60, 100, 150, 239):
        now = f"{today + timedelta(hours=hours):%Y-%m-%d %H:%M}"
        set_clock(store, now)
        monkeypatch.setattr(build, "_empty", partial(with_clock, build._empty(), now))
        ask(now, "currency_api")
        publish.publish_changes(store)
        [(stale,)] = store.query("SELECT stale FROM ticker WHERE pair = 'KGS/USD'")
        newest = reader.newest(settings.load().published)
        document = json.loads((newest.folder / "ticker.json").read_bytes())
        assert document["rows"][0]["stale"] == stale
        said.append(stale)
    assert (said[0], said[-1]) == (False, True)


def test_a_row_is_kept_once_and_an_unchanged_file_too(see: See, store: Store, data: Path) -> None:
    see("KGS", "2026-05-24", "87.45")
    told = {}
    for _ in range(4):
        version = publish.publish(store)
        told[version] = (data / "published" / version / "ticker.json").read_text()
    assert store.query("SELECT count(*), count(DISTINCT ticker) FROM publications") == [(4, 4)]
    assert dict(store.query("SELECT version, ticker FROM publications")) == told
    assert store.query("SELECT count(*) FROM ticker_rows") == [(5,)]
    see("KGS", "2026-05-25", "87.46")
    publish.publish(store)
    assert store.query("SELECT count(*) FROM ticker_rows") == [(6,)]
    for name in ("ticker.txt", "ticker.html", "rates.parquet", "observations.parquet"):
        assert len({(data / "published" / version / name).stat().st_ino for version in told}) == 1, name


@pytest.mark.soak
def test_the_log_of_old_days_shrinks_and_every_past_version_answers_as_before(
    store: Store, data: Path, ask: Ask
) -> None:
    first = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=100)
    versions = []
    for turn in range(40):
        moment = first + timedelta(hours=6 * turn)
        ask(f"{moment:%Y-%m-%d %H:%M}", "nbk", "cbu", error="HTTP 503" if turn % 7 == 0 else None)
        if turn % 11 == 0:
            observation = Observation(
                source="nbk",
                base="USD",
                quote="KZT",
                observed_at=midnight(f"{moment:%Y-%m-%d}"),
                rate=Decimal(500 + turn),
            )
            record_unjudged(store, "nbk", [observation], moment)
            versions.append(publish.publish(store))
    publish.publish(store)

    def answers() -> dict[str, list[tuple[object, ...]]]:
        newest = Reader(reader.newest(data / "published"))
        views = [name for (name,) in newest.query("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
        found: dict[str, list[tuple[object, ...]]] = {}
        for version in versions:
            past = as_of.as_known(newest, as_of.of(newest, version))
            for view in set(views) - {"outcomes", "rounds"}:
                found[f"{version} {view}"] = past.query(f"FROM {view} ORDER BY ALL").fetchall()
        newest.close()
        return found

    counted = """
    SELECT source, outcome, sum(fetches)
    FROM (SELECT source, outcome, 1 AS fetches FROM fetches UNION ALL SELECT source, outcome, fetches FROM quiet_days)
    GROUP BY ALL ORDER BY ALL
    """
    before, fetches = answers(), store.query(counted)
    removed = roll_up(store, datetime.now(UTC))
    assert removed > 20
    assert roll_up(store, datetime.now(UTC)) == 0
    publish.publish(store)
    assert store.query(counted) == fetches
    assert answers() == before
