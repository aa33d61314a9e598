"""A store that an older program wrote is brought up to date, and loses nothing by it."""

import lzma
from pathlib import Path

import duckdb
import pytest

from ratesvc.core.errors import RatesvcError
from ratesvc.store import migrations
from ratesvc.store.database import Store, writing
from ratesvc.store.write import rebuild

STORES = Path(__file__).parent / "stores"
"""Each is compressed, and named by its schema version: rates, held figures and a decision, all sources replayed."""
LOGS = ("snapshots", "fetches", "observations", "rejections", "decisions", "daily", "publications")


@pytest.fixture(params=sorted(STORES.glob("*.duckdb.xz")), ids=lambda path: f"schema {path.name.split('.')[0]}")
def older(request: pytest.FixtureRequest, data: Path) -> Path:
    """The file of an older store, in the data folder."""
    data.mkdir()
    path = data / "rates.duckdb"
    path.write_bytes(lzma.decompress(request.param.read_bytes()))
    return path


DERIVED = ("moments",)
"""Columns that a migration has computed from others."""


def rows(connection: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """All rows, those of old tables as they are in new ones, where a rate has a base; without columns added later."""
    found = {}
    for name in LOGS:
        columns = [column for column, *_ in connection.execute(f"DESCRIBE {name}").fetchall() if column not in DERIVED]
        asked = ", ".join(f"'USD', {column}" if column == "currency" else column for column in columns)
        found[name] = connection.execute(f"SELECT {asked} FROM {name} ORDER BY ALL").fetchall()
    return found


def schema(store: Store) -> list[tuple[object, ...]]:
    return store.query(
        "SELECT table_name, column_index, column_name, data_type, is_nullable FROM duckdb_columns()"
        " WHERE database_name = 'ratesvc' AND NOT internal ORDER BY ALL"
    )


def test_an_older_store_gets_the_schema_of_a_new_one(older: Path, tmp_path: Path) -> None:
    with writing() as migrated:
        found = schema(migrated)
        assert migrated.query("SELECT version FROM schema_version") == [(migrations.NEWEST,)]
    new = Store(tmp_path / "new.duckdb")
    assert found == schema(new)
    new.close()


def test_an_older_store_keeps_every_row(older: Path) -> None:
    before = duckdb.connect(older)
    before.begin()
    # A decision of a person had no count of what it stored.
    before.execute("UPDATE fetches SET observations = 1, rejections = 0 WHERE url = 'a person''s decision'")
    expected = rows(before)
    before.rollback()
    before.close()
    assert sum(map(len, expected.values())) > 6000
    for _ in range(2):  # A second opening changes nothing.
        with writing() as store, store.transaction() as connection:
            assert rows(connection) == expected
    with writing() as store:
        derived = store.query("FROM daily ORDER BY ALL")
        rebuild(store)
        assert store.query("FROM daily ORDER BY ALL") == derived
        assert store.query("SELECT count(*) FROM daily WHERE sightings > moments") != [(0,)]


def test_a_migration_that_was_interrupted_goes_on_where_it_stood(older: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = migrations._FILES
    broken = older.with_name("broken.sql")
    broken.write_text(files[2].read_text(encoding="utf-8") + "SELECT error('the power went');")
    monkeypatch.setattr(migrations, "_FILES", {**files, 2: broken})
    with pytest.raises(RatesvcError, match=r"broken.sql failed and changed nothing: .*the power went"), writing():
        pass
    monkeypatch.setattr(migrations, "_FILES", files)
    with writing() as store:
        assert store.query("SELECT version FROM schema_version") == [(migrations.NEWEST,)]
        with pytest.raises(duckdb.ConstraintException), store.transaction() as connection:
            connection.execute("UPDATE observations SET rate = NULL")


def test_a_store_of_a_newer_program_is_refused_and_stays_as_it_is(store: Store, data: Path) -> None:
    with store.transaction() as connection:
        connection.execute("UPDATE schema_version SET version = version + 1")
    store.close()
    with pytest.raises(RatesvcError, match=r"schema version \d+, and this ratesvc knows versions up to"):
        Store(data / "rates.duckdb")
    again = duckdb.connect(data / "rates.duckdb", read_only=True)
    assert again.execute("SELECT version FROM schema_version").fetchall() == [(migrations.NEWEST + 1,)]
    again.close()
