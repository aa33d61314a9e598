"""The database as it stood: an earlier version, made again from the newest one."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ratesvc.core import settings
from ratesvc.core.observation import Observation
from ratesvc.core.reading import Reading
from ratesvc.publish import as_of, publish, reader
from ratesvc.publish.reader import Reader
from ratesvc.store import reference_data
from ratesvc.store.database import Store
from ratesvc.store.write import record
from ratesvc.validation.fetch_result import Answer

from .conftest import See

pytestmark = pytest.mark.proof

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


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.soak)])
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
                    base="USD",
                    quote="KZT",
                    observed_at=today - timedelta(days=chance.randrange(40), hours=chance.choice((0, 0, 7))),
                    rate=level + chance.randrange(-300, 300) / Decimal(100),
                )
            ]
            if chance.random() < 0.2:  # A jump, which is held and may be confirmed.
                observations[0] = Observation(
                    source=source, base="USD", quote="KZT", observed_at=today, rate=level * chance.choice((2, 3))
                )
            answer = Answer(
                source=source,
                url="npm:test",
                started_at=now,
                finished_at=now,
                reading=Reading(observations=observations),
            )
            record(store, "schedule", [answer])
        publish.publish(store)
        version = Reader(reader.newest(data / "published"))
        answers[version.published.version] = {name: version.query(sql).fetchall() for name, sql in ASKED.items()}
        version.close()

    newest = Reader(reader.newest(data / "published"))
    for name, then in answers.items():
        again = as_of.as_known(newest, as_of.of(newest, name))
        assert {question: again.query(sql).fetchall() for question, sql in ASKED.items()} == then


def test_its_clock_and_its_preference_are_of_then(store: Store, data: Path, see: See) -> None:
    see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", "87.40")
    see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", "87.45", source="nbkr")
    first = publish.publish(store)
    with store.transaction() as connection:
        connection.execute("UPDATE pairs SET preferred_kind = 'market'")
    publish.publish(store)
    newest = Reader(reader.newest(data / "published"))
    publication = as_of.of(newest, first)
    then = as_of.as_known(newest, publication)
    [row] = then.rows("FROM clock")
    assert row["now_utc"].replace(tzinfo=UTC) == publication.published_at
    sources = "SELECT source FROM headline WHERE quote = 'KGS'"
    assert (then.rows(sources), newest.rows(sources)) == ([{"source": "nbkr"}], [{"source": "currency_api"}])


def test_what_never_was_is_refused(store: Store, data: Path) -> None:
    publish.publish(store)
    newest = Reader(reader.newest(data / "published"))
    with pytest.raises(as_of.NeverPublishedError, match="never was"):
        as_of.of(newest, "20200101T000000000Z")
    with pytest.raises(as_of.NeverPublishedError, match="first version"):
        as_of.at(newest, datetime(2020, 1, 1, tzinfo=UTC))


def test_a_peg_comes_first_whatever_a_version_preferred(
    store: Store, data: Path, see: See, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATESVC_HEADLINE", "market")
    settings.load.cache_clear()
    with store.transaction() as connection:
        reference_data.write(connection)
    see("TMT", f"{datetime.now(UTC):%Y-%m-%d}", "3.52")
    see("KGS", f"{datetime.now(UTC):%Y-%m-%d}", "87.40")
    first = publish.publish(store)
    publish.publish(store)
    newest = Reader(reader.newest(data / "published"))
    publication = as_of.of(newest, first)
    assert publication.preferred == "market"
    then = as_of.as_known(newest, publication)
    told = {row["pair"]: row["source"] for row in publication.ticker["rows"]}
    assert told["TMT/USD"] == "peg"
    assert {row["pair"]: row["source"] for row in then.rows("FROM ticker")} == told
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    assert {row["pair"]: row["source"] for row in then.rows(f"FROM ticker_on('{today}')")} == told


def test_what_was_confirmed_later_was_not_known_whatever_the_clock_said(store: Store, data: Path, see: See) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)

    def saw(minutes: int, *printed: tuple[int, str]) -> None:
        """With a clock that is so many minutes off."""
        now = datetime.now(UTC) + timedelta(minutes=minutes)
        observations = [
            Observation(
                source="currency_api",
                base="USD",
                quote="KZT",
                observed_at=today - timedelta(days=back),
                rate=Decimal(units),
            )
            for back, units in printed
        ]
        answer = Answer(
            source="currency_api",
            url="npm:test",
            started_at=now,
            finished_at=now,
            reading=Reading(observations=observations),
        )
        record(store, "schedule", [answer])

    see("KZT", f"{today - timedelta(days=6):%Y-%m-%d}", "517.10", source="nbk")  # A first figure is held.
    saw(0, (5, "517.30"))
    saw(120, (1, "717.30"))  # A jump is held; and the clock runs ahead.
    first = publish.publish(store)
    asked = "SELECT observed_at, rate FROM observations WHERE source = 'currency_api' ORDER BY ALL"
    version = Reader(reader.newest(data / "published"))
    [held] = version.rows("SELECT count(*) AS held FROM held")
    then = version.query(asked).fetchall()
    saw(0, (0, "717.40"))  # It is confirmed; and the clock is right again.
    publish.publish(store)
    newest = Reader(reader.newest(data / "published"))
    assert (held["held"], len(then), len(newest.query(asked).fetchall())) == (1, 1, 3)
    again = as_of.as_known(newest, as_of.of(newest, first))
    assert again.query(asked).fetchall() == then
    assert len(again.rows("FROM series('USD', 'KZT', 'currency_api') WHERE rate IS NOT NULL")) == 1


def test_publications_come_in_their_order_whatever_the_clock_said(store: Store, data: Path) -> None:
    names = [publish.publish(store) for _ in range(3)]
    with store.transaction() as connection:
        ahead = "UPDATE published_versions SET published_at = published_at + INTERVAL 2 HOURS WHERE version = ?"
        connection.execute(ahead, [names[0]])
    publish.publish(store)
    newest = Reader(reader.newest(data / "published"))
    for number, name in enumerate(names):
        again = as_of.as_known(newest, as_of.of(newest, name))
        listed = [row["version"] for row in again.rows("SELECT version FROM publications ORDER BY version")]
        assert listed == names[:number]
