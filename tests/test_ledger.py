"""What a ledger is converted with: the rate in force on each day, and the averages of a month."""

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from ratesvc.publish import reader
from ratesvc.publish.reader import Reader
from ratesvc.store.database import Store

from .conftest import See

At = Callable[[str], None]
DECIMALS = Decimal("1e-13")


def test_an_average_of_publications_leaves_weekends_out_and_one_of_days_counts_them(
    see: See, store: Store, at: At
) -> None:
    at("2026-06-15 12:00")
    see("KZT", "2026-05-29", "1000", source="currency_api")
    see("KZT", "2026-05-29", "500", source="nbk")  # Friday: in force on the 31st too.
    see("KZT", "2026-06-02", "510", source="nbk")  # Tuesday.
    see("KZT", "2026-06-05", "530", source="nbk")  # Friday: in force for ten days more, to the 15th.
    see("KZT", "2026-06-05", "1000", source="currency_api")

    def average(method: str, base: str = "USD", quote: str = "KZT", more: str = "") -> Decimal | None:
        [(found,)] = store.query(f"SELECT average_rate('{base}', '{quote}', DATE '2026-06-20', '{method}'{more})")
        assert found is None or isinstance(found, Decimal)
        return found

    assert average("publication") == 520
    assert average("calendar") == (Decimal(500 + 3 * 510 + 11 * 530) / 15).quantize(DECIMALS)
    inverse = (Decimal(1) / 510 + Decimal(1) / 530) / 2
    assert average("publication", "KZT", "USD") == inverse.quantize(DECIMALS) != 1 / Decimal(520)
    assert average("publication", more=", of_kind := 'market'") == 1000
    assert average("publication", more=", of_source := 'cbr'") is None
    assert average("calendar", quote="UZS") is None
    assert average("calendar", "KZT", "KZT") == 1
    row = "SELECT publications, days, kind FROM month_averages WHERE source = 'nbk' AND month = '2026-06-01'"
    assert store.query(row) == [(2, 15, "official")]
    at("2026-06-16 00:00")  # There is no rate for that day.
    assert (average("publication"), average("calendar")) == (None, None)
    assert store.query(row) == [(2, 15, "official")]


def test_a_month_that_is_not_over_has_the_days_so_far(see: See, store: Store, at: At) -> None:
    at("2026-06-03 12:00")
    see("KZT", "2026-06-01", "500", source="nbk")
    see("KZT", "2026-06-04", "900", source="nbk")  # Tomorrow's.
    averages = "SELECT publications, days, calendar_average FROM month_averages WHERE source = 'nbk'"
    assert store.query(averages) == [(1, 3, 500)]
    at("2026-06-04 00:00")
    assert store.query(averages) == [(2, 4, 600)]


def test_a_copy_is_no_publication(see: See, store: Store, at: At) -> None:
    at("2026-05-31 12:00")
    for day, units in (("22", "80"), ("23", "90"), ("24", "90"), ("25", "90"), ("26", "100")):  # From Friday on.
        see("KGS", f"2026-05-{day}", units, source="nbkr")
    assert store.query("SELECT observed_on FROM rates WHERE source = 'nbkr' AND carried") != []
    averages = "SELECT publication_average, calendar_average, days FROM month_averages WHERE source = 'nbkr'"
    assert store.query(averages) == [(90, 95, 10)]


def test_another_method_is_an_error(store: Store) -> None:
    for method in ("'mean'", "NULL"):
        with pytest.raises(duckdb.InvalidInputException, match="'publication' or 'calendar', not"):
            store.query(f"SELECT average_rate('USD', 'KZT', DATE '2026-06-20', {method})")


def test_an_average_takes_columns(see: See, store: Store, at: At) -> None:
    at("2026-06-10 12:00")
    see("KZT", "2026-06-01", "510", source="nbk")
    rows = "SELECT average_rate(base, quote, observed_on, 'publication') FROM rates WHERE source = 'nbk'"
    assert store.query(rows) == [(510,)]


def test_a_day_without_a_rate_says_why(see: See, store: Store, at: At) -> None:
    at("2026-06-30 12:00")
    see("KZT", "2026-05-01", "500", source="nbk")
    see("KGS", "2026-05-09", "80", source="nbkr")
    with store.transaction() as connection:
        connection.execute("UPDATE pairs SET peg_until = '2026-05-20' WHERE peg_rate IS NOT NULL")
    too_far = "no rate of USD/KZT for 2026-05-12 or the 10 days before; the last one is for 2026-05-01"
    for call, reason in (
        ("'USD', 'KZT', '2026-05-11'", None),
        ("'USD', 'KZT', '2026-05-12'", too_far),
        ("'KZT', 'USD', '2026-04-30'", "the first rate of USD/KZT is for 2026-05-01"),
        ("'KZT', 'KGS', '2026-05-12'", too_far),
        ("'KZT', 'KGS', '2026-05-08'", "the first rate of USD/KGS is for 2026-05-09"),
        ("'KZT', 'KGS', '2026-05-10'", None),
        ("'USD', 'TMT', '2026-05-20'", None),
        ("'USD', 'TMT', '2026-05-21'", "the peg of USD/TMT ended on 2026-05-20"),
        ("'USD', 'UZS', '2026-05-10'", "there is no rate of USD/UZS yet"),
        ("'USD', 'GBP', '2026-05-10'", "USD/GBP is not collected"),
        ("'KZT', 'GBP', '2026-05-10'", "KZT/GBP is not collected"),
        ("'USD', 'USD', '2026-05-10'", None),
        ("'USD', 'KZT', '2026-05-10', of_source := 'nbq'", "there is no source nbq"),
        ("'USD', 'KZT', '2026-05-10', of_source := 'cbu'", "cbu has no rate of USD/KZT"),
        ("'USD', 'EUR', '2026-05-10', of_kind := 'official'", "no official rate of USD/EUR is collected"),
        ("'USD', 'KZT', '2026-05-10', of_kind := 'best'", "a kind is official or market, not best"),
    ):  # fmt: skip
        [(rate, observed_on, found)] = store.query(f"SELECT rate, observed_on, reason FROM rate_in_force({call})")
        assert found == reason, call
        assert (rate is None) == (reason is not None), call
        assert reason is None or observed_on is None, call


@pytest.fixture(scope="session")
def version(archive: Path) -> Reader:
    return Reader(reader.newest(archive / "published"))


def test_every_day_has_a_row_and_the_rate_of_rate_on(version: Reader) -> None:
    first, last = date(2024, 8, 20), date(2024, 12, 31)
    for base, quote in (("USD", "KZT"), ("KZT", "USD"), ("KGS", "KZT"), ("TMT", "RUB"), ("EUR", "UZS")):
        rows = version.query(
            f"SELECT day, rate, rate_on('{base}', '{quote}', day), reason"
            f" FROM rates_in_force('{base}', '{quote}', '{first}', '{last}')"
        ).fetchall()
        assert [day for day, *_ in rows] == [first + timedelta(days=days) for days in range((last - first).days + 1)]
        assert {None} != {rate for _, rate, *_ in rows}
        for day, rate, scalar, reason in rows:
            assert rate == scalar, (base, quote, day)
            assert (rate is None) == (reason is not None)


def test_the_averages_of_the_bundled_history_are_those_of_its_days(version: Reader) -> None:
    for month, days in (("2026-08-01", 31), ("2024-09-01", 16), ("2024-10-01", 0)):
        for base, quote in (("USD", "KZT"), ("USD", "UZS"), ("EUR", "TJS")):
            rates = version.query(
                f"SELECT rate FROM rates_in_force('{base}', '{quote}', DATE '{month}', last_day(DATE '{month}'))"
                " WHERE rate IS NOT NULL"
            ).fetchall()
            assert len(rates) == days
            expected = sum(rate for (rate,) in rates) / days if days == 31 else None
            [(average, inverse)] = version.query(
                f"SELECT average_rate('{base}', '{quote}', '{month}', 'calendar'),"
                f" average_rate('{quote}', '{base}', '{month}', 'calendar')"
            ).fetchall()
            assert average == (expected and expected.quantize(DECIMALS))
            mean = sum(1 / rate for (rate,) in rates) / days if days == 31 else None
            assert inverse == (mean and mean.quantize(DECIMALS))


def test_macros_answer_from_another_database_with_a_search_path(version: Reader) -> None:
    with duckdb.connect() as ledger:
        ledger.execute(f"ATTACH '{version.published.folder / 'rates.duckdb'}' AS them (READ_ONLY)")
        assert ledger.execute("SELECT rate FROM them.headline_daily WHERE pair = 'USD/KZT' LIMIT 1").fetchall()
        with pytest.raises(duckdb.CatalogException):
            ledger.execute("SELECT them.rate_on('USD', 'KZT', '2026-09-25')")
        ledger.execute("CREATE TABLE rates (ours INTEGER); SET search_path = 'them,memory'")
        for call in ("rate_on('USD', 'KZT', '2026-09-25')", "average_rate('USD', 'KZT', '2026-09-25', 'calendar')"):
            ledger.execute(f"CREATE OR REPLACE TABLE memory.main.found AS SELECT {call} AS short, them.{call} AS long")
            assert ledger.execute("SELECT short, long FROM memory.main.found").fetchall() == [
                version.query(f"SELECT {call}, {call}").fetchone()
            ]
