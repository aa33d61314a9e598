"""A snapshot enters the store whole; asking again stores nothing; a correction is a second sighting."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as some

from ratesvc.core.observation import Observation, midnight
from ratesvc.store import daily
from ratesvc.store.database import Store
from ratesvc.store.write import rebuild, record_judged
from ratesvc.validation.fetch_result import Answer
from ratesvc.validation.rules import Rejection, Verdict

from .conftest import ON_A_LAKE, See
from .serving import record_unjudged

DAILY = "FROM daily ORDER BY ALL"


def test_a_second_identical_sighting_stores_nothing(see: See, store: Store) -> None:
    assert see("KGS", "2026-05-24", "87.45").outcome == "new"
    assert see("KGS", "2026-05-24", "87.4500").outcome == "unchanged"
    assert store.query("SELECT count(*) FROM observations") == [(1,)]
    assert store.query("SELECT outcome, observations FROM fetches ORDER BY fetch_id") == [("new", 1), ("unchanged", 0)]


def test_a_correction_is_a_second_sighting_and_going_back_a_third(see: See, store: Store) -> None:
    for units in ("87.45", "87.54", "87.45"):
        assert see("KGS", "2026-05-24", units).outcome == "new"
    assert store.query("SELECT close, sightings FROM daily") == [(Decimal("87.45"), 3)]
    assert store.query("SELECT rate FROM rates WHERE source = 'currency_api'") == [(Decimal("87.45"),)]


def test_a_correction_counts_although_the_clock_was_set_back(store: Store) -> None:
    day = midnight("2026-05-24")
    for seen, units in ((day, "90"), (day - timedelta(hours=2), "87.45"), (day - timedelta(hours=1), "87.45")):
        moment = Observation(source="m", base="USD", quote="KGS", observed_at=day, rate=Decimal(units))
        record_unjudged(store, "m", [moment], seen)
    assert store.query("SELECT close, sightings FROM daily") == [(Decimal("87.45"), 2)]


def test_sources_do_not_see_each_other(see: See, store: Store) -> None:
    assert see("KGS", "2026-05-24", "87.45", source="a").stored == 1
    assert see("KGS", "2026-05-24", "87.45", source="b").stored == 1
    assert len(store.query(DAILY)) == 2


def test_a_day_is_summed_up_over_its_moments_with_corrections_in_place(store: Store) -> None:
    day = midnight("2026-05-24")
    seen = day + timedelta(days=1)
    for hour, units in ((9, "90"), (10, "95"), (11, "80"), (12, "91"), (10, "92")):
        seen += timedelta(minutes=1)
        moment = Observation(
            source="m", base="USD", quote="KGS", observed_at=day + timedelta(hours=hour), rate=Decimal(units)
        )
        record_unjudged(store, "m", [moment], seen)
    [row] = store.query("SELECT open, high, low, close, observed_at, sightings FROM daily")
    assert row == (90, 92, 80, 91, datetime(2026, 5, 24, 12), 5)  # noqa: DTZ001 - a TIMESTAMP column


def test_the_same_rejection_is_noted_once(store: Store) -> None:
    now = datetime(2026, 5, 24, tzinfo=UTC)
    doubt = Rejection(
        source="a", base="USD", quote="KGS", observed_at=None, rate=Decimal("1E-20"), reason="far too small"
    )
    for _ in range(2):
        answer = Answer(source="a", url="x", started_at=now, finished_at=now)
        record_judged(store, "manual", [(answer, Verdict(set_aside=(doubt,)))])
    assert store.query("SELECT rate, reason FROM rejections") == [("0.00000000000000000001", "far too small")]
    assert store.query("SELECT rejections FROM fetches") == [(1,), (1,)]


def test_a_snapshot_that_fails_half_way_leaves_nothing(see: See, store: Store) -> None:
    see("KGS", "2026-05-24", "87.45")
    now = datetime(2026, 5, 25, tzinfo=UTC)
    good = Observation(source="a", base="USD", quote="KGS", observed_at=now, rate=Decimal("88"))
    too_large = Observation(source="b", base="USD", quote="KGS", observed_at=now, rate=Decimal("1E12"))
    with pytest.raises(duckdb.Error):
        record_judged(
            store,
            "manual",
            [
                (Answer(source=each.source, url="x", started_at=now, finished_at=now), Verdict(kept=(each,)))
                for each in (good, too_large)
            ],
        )
    for table in ("snapshots", "fetches", "observations", "daily"):
        assert store.query(f"SELECT count(*) FROM {table}") == [(1,)], table
    assert see("KGS", "2026-05-26", "87.46").outcome == "new"


sightings = some.lists(
    some.tuples(
        some.sampled_from(["a", "b"]),
        some.sampled_from(["KGS", "UZS"]),
        some.integers(0, 24 * 5),
        some.decimals("0.00000001", "999999999", places=8),
    ),
    min_size=1,
    max_size=30,
)


@pytest.mark.proof
@effort(max_examples=2 if ON_A_LAKE else 30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sightings)
def test_the_maintained_days_equal_the_rebuilt_ones(
    store: Store, monkeypatch: pytest.MonkeyPatch, seen: list[tuple[str, str, int, Decimal]]
) -> None:
    clock = datetime(2026, 5, 29, tzinfo=UTC)
    monkeypatch.setattr(daily, "SIGHTINGS_AT_ONCE", 5)  # So a source with more is rebuilt month by month.
    for minute, (source, currency, hour, units) in enumerate(seen):
        moment = clock + timedelta(hours=hour)
        now = clock + timedelta(minutes=minute)
        observation = Observation(source=source, base="USD", quote=currency, observed_at=moment, rate=units)
        record_unjudged(store, source, [observation], now)
    maintained = store.query(DAILY)
    assert rebuild(store) == len(maintained)
    assert store.query(DAILY) == maintained
