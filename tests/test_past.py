"""The database as it stood: an earlier version, made again from the newest one."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ratesvc import past, publish, reader
from ratesvc.fetched import Fetch
from ratesvc.observation import Observation
from ratesvc.reader import Reader
from ratesvc.record import record
from ratesvc.store import Store

from .conftest import See

ASKED = {
    "rates": "FROM rates WHERE source <> 'peg' ORDER BY ALL",
    "observations": "FROM observations ORDER BY ALL",
    "rejections": "FROM rejections ORDER BY ALL",
    "fetches": "FROM fetches ORDER BY ALL",
    "corrections": "FROM corrections ORDER BY ALL",
    "changes": "SELECT * FROM changes WHERE source <> 'peg' ORDER BY ALL",
    "ticker": "SELECT * EXCLUDE (note) FROM ticker",
    "candles": "FROM ohlc('month') WHERE source <> 'peg' ORDER BY ALL",
}


@pytest.mark.parametrize("seed", range(3))
def test_an_earlier_version_is_made_again_row_for_row(store: Store, data: Path, seed: int) -> None:
    chance = random.Random(seed)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    level, answers = Decimal("517.30"), {}
    for _ in range(8):
        for source in ("nbk", "currency_api"):
            now = datetime.now(UTC)
            observations = [
                Observation(
                    source=source,
                    currency="KZT",
                    observed_at=today - timedelta(days=chance.randrange(40), hours=chance.choice((0, 0, 7))),
                    units_per_usd=level + chance.randrange(-300, 300) / Decimal(100),
                )
            ]
            if chance.random() < 0.2:  # A jump, which is held and may be confirmed.
                observations[0] = Observation(
                    source=source, currency="KZT", observed_at=today, units_per_usd=level * chance.choice((2, 3))
                )
            fetch = Fetch(source=source, url="npm:test", started_at=now, finished_at=now, read=observations)
            record(store, "schedule", [fetch])
        publish.publish(store)
        version = Reader(reader.newest(data / "published"))
        answers[version.published.version] = {name: version.query(sql).fetchall() for name, sql in ASKED.items()}
        version.close()

    newest = Reader(reader.newest(data / "published"))
    for name, then in answers.items():
        again = past.as_known(newest, past.of(newest, name))
        assert {question: again.query(sql).fetchall() for question, sql in ASKED.items()} == then


def test_its_clock_and_its_preference_are_of_then(store: Store, data: Path, see: See) -> None:
    see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", "87.40")
    see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", "87.45", source="nbkr")
    first = publish.publish(store)
    with store.transaction() as connection:
        connection.execute("UPDATE currencies SET preferred_kind = 'market'")
    publish.publish(store)
    newest = Reader(reader.newest(data / "published"))
    publication = past.of(newest, first)
    then = past.as_known(newest, publication)
    [row] = then.rows("FROM clock")
    assert row["now_utc"].replace(tzinfo=UTC) == publication.published_at
    sources = "SELECT source FROM headline WHERE currency = 'KGS'"
    assert (then.rows(sources), newest.rows(sources)) == ([{"source": "nbkr"}], [{"source": "currency_api"}])


def test_what_never_was_is_refused(store: Store, data: Path) -> None:
    publish.publish(store)
    newest = Reader(reader.newest(data / "published"))
    with pytest.raises(past.NeverPublished, match="never was"):
        past.of(newest, "20200101T000000000Z")
    with pytest.raises(past.NeverPublished, match="first version"):
        past.at(newest, datetime(2020, 1, 1, tzinfo=UTC))
