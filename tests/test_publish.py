"""A version is whole, never changes, and what it said is kept for ever."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ratesvc import sql
from ratesvc.collect import open_writer
from ratesvc.core.errors import RatesvcError
from ratesvc.core.seals import sealed, unsealed
from ratesvc.publish import publish, reader, versions
from ratesvc.store.database import Store, writing
from ratesvc.web import create_app

from .conftest import ON_A_LAKE, See, about_a_file

FILES = {
    "manifest.json",
    "observations.parquet",
    "rates.duckdb",
    "rates.parquet",
    "ticker.html",
    "ticker.json",
    "ticker.txt",
}


def newest(data: Path) -> Path:
    return reader.newest(data / "published").folder


def assert_whole(version: Path) -> None:
    """Every file of a version is there and is the one in its manifest, and the database opens."""
    manifest = json.loads((version / "manifest.json").read_bytes())
    assert {path.name for path in version.iterdir()} == FILES
    assert set(manifest["files"]) == FILES - {"manifest.json"}
    for name, facts in manifest["files"].items():
        content = (version / name).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (facts["bytes"], facts["sha256"]), name
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{version}/rates.duckdb' AS r (READ_ONLY)")
        assert connection.execute("SELECT count(*) FROM r.ticker").fetchall() == [(5,)]


def test_a_version_holds_the_same_in_every_form(see: See, store: Store, data: Path) -> None:
    see("KGS", "2026-05-23", "87.45")
    see("KGS", "2026-05-24", "87.40")
    name = publish.publish(store)
    version = newest(data)
    assert version.name == name
    assert_whole(version)
    document = json.loads((version / "ticker.json").read_bytes(), parse_float=Decimal)
    assert document["version"] == name
    assert (version / "ticker.txt").read_text() == "".join(f"{row['text']}\n" for row in document["rows"])
    first = document["rows"][0]
    assert (first["rate"], first["change"], first["printed"]) == ("0.01144", "0.06%", "87.4")
    assert str(first["value"]).startswith("0.011441647597254")
    assert (first["observed_on"], first["previous_on"]) == ("2026-05-24", "2026-05-23")
    assert set(first) == {
        "pair", "rate", "change", "text", "rate_precise", "value", "printed", "change_pct",
        "observed_on", "previous_on", "source", "kind", "pegged", "fallback", "stale", "note", "stale_after",
        "unconfirmed", "unconfirmed_source", "unconfirmed_on", "unconfirmed_printed", "unconfirmed_rate",
        "unconfirmed_change", "unconfirmed_change_pct", "unconfirmed_reason", "unconfirmed_rate_precise",
        "unconfirmed_value", "unconfirmed_ahead", "ahead", "base", "quote", "inverted", "computed",
        "previous_printed", "unconfirmed_previous_printed",
    }  # fmt: skip
    with duckdb.connect() as connection:
        parquet = f"SELECT count(*) FROM '{version}/rates.parquet' WHERE source <> 'peg'"
        assert connection.execute(parquet).fetchall() == [(2,)]
        codecs = f"SELECT DISTINCT compression FROM parquet_metadata('{version}/*.parquet')"
        assert connection.execute(codecs).fetchall() == [("SNAPPY",)]  # Plain readers know no other.


def test_the_pointer_says_what_the_manifest_says_and_when_the_next_snapshot_is_due(store: Store, data: Path) -> None:
    due = datetime(2026, 5, 24, 12, 15, tzinfo=UTC)
    publish.publish(store, due)
    found = reader.newest(data / "published")
    assert found.next_snapshot_at == due
    manifest = json.loads((found.folder / "manifest.json").read_bytes())
    pointer = json.loads((data / "published" / "latest.json").read_bytes())
    assert pointer["checked_at"] == manifest["published_at"]
    assert pointer["next_snapshot_at"] == "2026-05-24T12:15:00Z"
    assert pointer == {**pointer, **{name: told for name, told in manifest.items() if name != "seal"}}


def test_what_was_published_stays_in_the_store(see: See, store: Store, data: Path) -> None:
    said = {}
    for units in ("87.45", "87.40"):
        see("KGS", "2026-05-24", units)
        version = publish.publish(store)
        said[version] = (newest(data) / "ticker.json").read_text()
    assert dict(store.query("SELECT version, ticker FROM publications")) == said
    assert [moment for (moment,) in store.query("SELECT published_at FROM publications")] == [
        datetime.strptime(version + "+0000", "%Y%m%dT%H%M%S%fZ%z").replace(tzinfo=None) for version in said
    ]


def test_versions_keep_their_order_even_when_the_clock_goes_back(store: Store, data: Path) -> None:
    future = data / "published" / "20991231T235959999Z"
    future.mkdir(parents=True)
    assert publish.publish(store) == "21000101T000000000Z"


def test_an_old_reader_keeps_its_version_while_new_ones_come(see: See, store: Store, data: Path) -> None:
    see("KGS", "2026-05-24", "87.45")
    publish.publish(store)
    old = reader.Reader(reader.newest(data / "published"))
    see("KGS", "2026-05-24", "90")
    publish.publish(store)
    new = reader.Reader(reader.newest(data / "published"))
    query = "SELECT rate FROM rates WHERE quote = 'KGS'"
    assert old.rows(query) == [{"rate": Decimal("87.45")}]
    assert new.rows(query) == [{"rate": Decimal(90)}]


def test_nobody_can_write_through_a_reader(store: Store, data: Path) -> None:
    publish.publish(store)
    with pytest.raises(duckdb.Error, match="read-only"):
        reader.Reader(reader.newest(data / "published")).query("DELETE FROM observations")


@about_a_file
def test_a_store_whose_file_was_removed_says_so_instead_of_writing_into_nothing(store: Store, data: Path) -> None:
    publish.publish(store)
    (data / "rates.duckdb").unlink()
    with pytest.raises(RatesvcError, match=r"rates\.duckdb was removed or replaced while it was open"):
        publish.publish(store)


def test_the_lock_survives_a_publication(
    store: Store, ratesvc_process: Callable[..., subprocess.CompletedProcess[str]]
) -> None:
    publish.publish(store)
    second = ratesvc_process("rebuild")
    assert second.returncode == 1
    assert f"is being written by {'another process' if ON_A_LAKE else f'process {os.getpid()}'}" in second.stderr


def test_versions_older_than_a_day_go_but_never_the_last_three(store: Store, data: Path) -> None:
    names = [publish.publish(store) for _ in range(5)]
    now = datetime.now(UTC)
    assert versions.remove_old(now) == 0
    assert versions.remove_old(now + timedelta(days=2)) == 2
    assert sorted(path.name for path in (data / "published").glob("*Z")) == names[2:]


def test_what_a_killed_publisher_left_is_cleaned_up_and_what_it_did_not_note_is_noted(data: Path) -> None:
    with writing() as store:
        version = publish.publish(store)
        with store.transaction() as connection:  # As if it had been killed right after it replaced the pointer.
            connection.execute("DELETE FROM published_versions")
    torn = data / "published" / f"20260101T000000000Z{versions.UNFINISHED}"
    torn.mkdir()
    (torn / "rates.duckdb").write_bytes(b"half")
    (data / "published" / f"latest.json{versions.UNFINISHED}").write_bytes(b"{")
    with open_writer.writer() as store:
        assert store.query("SELECT version FROM publications ORDER BY version")[0] == (version,)
    assert list((data / "published").glob(f"*{versions.UNFINISHED}")) == []


@pytest.mark.parametrize(
    "damage", ["", '{"version": "x"}', *(pytest.param(each, marks=pytest.mark.soak) for each in ("{", "[]", "null"))]
)
def test_a_damaged_pointer_is_one_line_and_the_next_publication_mends_it(store: Store, data: Path, damage: str) -> None:
    publish.publish(store)
    (data / "published" / "latest.json").write_text(damage)
    with pytest.raises(RatesvcError, match=r"latest\.json is damaged: `ratesvc publish` writes a new one"):
        reader.newest(data / "published")
    assert publish.publish(store) == newest(data).name


def test_a_missing_version_is_one_line(store: Store, data: Path) -> None:
    version = publish.publish(store)
    (data / "published" / version).rename(data / "elsewhere")
    with pytest.raises(RatesvcError, match=f"{version} is missing: `ratesvc publish` makes a new one"):
        reader.newest(data / "published")


def test_a_damaged_version_is_one_line(store: Store, data: Path) -> None:
    publish.publish(store)
    published = reader.newest(data / "published")
    (published.folder / "rates.duckdb").write_bytes(b"no database")
    with pytest.raises(RatesvcError, match=r"rates\.duckdb cannot be opened") as damaged:
        reader.Reader(published)
    assert "\n" not in str(damaged.value)


def test_a_version_of_another_release_is_one_line_and_the_next_publication_mends_it(store: Store, data: Path) -> None:
    version = publish.publish(store)
    for path in (data / "published" / version / "manifest.json", data / "published" / reader.POINTER):
        told = unsealed(path.read_bytes())
        path.write_bytes(sealed({**told, "layout": 0, "state": "another"}))
    with pytest.raises(RatesvcError, match="is of another release of ratesvc: `ratesvc publish` makes a new one"):
        reader.Reader(reader.newest(data / "published"))
    web = create_app().test_client()
    assert web.get("/").status_code == 503
    for address in ("/readyz", "/ticker.json", "/api/rates"):
        answer = web.get(address)
        assert answer.status_code == 503
        assert "is of another release of ratesvc" in answer.text
    publish.publish_changes(store)
    web.application.extensions["current"].poll()
    assert web.get("/ticker.json").status_code == 200


@about_a_file  # A lake has its fence too, which is not published.
def test_the_layout_has_another_number_after_every_change_that_a_reader_would_notice(store: Store) -> None:
    columns = store.query(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = 'ratesvc' ORDER BY ALL"
    )
    macros = store.query(
        "SELECT function_name, parameters FROM duckdb_functions() WHERE database_name = 'ratesvc' ORDER BY ALL"
    )
    digest = hashlib.sha256(repr((columns, macros)).encode()).hexdigest()[:12]
    assert (sql.LAYOUT, digest) == (6, "cf900462a45b"), "raise LAYOUT in ratesvc/sql/__init__.py, and note both here"


def test_a_folder_that_cannot_be_written_is_one_line_and_the_last_version_stays(
    store: Store, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = publish.publish(store)

    def full(*_: object) -> bytes:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ratesvc.render.ticker.as_page", full)
    with pytest.raises(RatesvcError, match=r"could not publish in .*No space left on device"):
        publish.publish(store)
    assert newest(data).name == version
    assert list((data / "published").glob(f"*{versions.UNFINISHED}")) == []


def test_a_store_that_is_made_of_a_version_computes_again_what_the_version_keeps(
    see: See, store: Store, data: Path
) -> None:
    see("KGS", "2026-05-24", "87.45")
    version = publish.publish(store)
    store.close()
    shutil.copy(data / "published" / version / "rates.duckdb", data / "made.duckdb")
    made = Store(data / "made.duckdb")
    views = {name for (name,) in made.query("SELECT view_name FROM duckdb_views() WHERE database_name = 'ratesvc'")}
    assert views >= {*sql.KEPT}
    with made.transaction() as connection:
        connection.execute("DELETE FROM daily")
    assert made.query("SELECT source FROM newest_rates") == [("peg",)]
    made.close()
