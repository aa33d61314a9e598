"""What the ticker, the pages and analysts read."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest

from ratesvc.currencies import CURRENCIES
from ratesvc.store import Store

from .conftest import See

At = Callable[[str], None]


def ticker(store: Store, columns: str) -> dict[str, list[object]]:
    return {str(pair): rest for pair, *rest in store.query(f"SELECT pair, {columns} FROM ticker")}


def test_the_lines_as_the_news_site_prints_them(see: See, store: Store, at: At) -> None:
    at("2026-05-24 12:00")
    for currency, then, now in (
        ("KGS", "87.45", "87.45"),
        ("KZT", "472.30", "470.42"),
        ("TJS", "9.3347", "9.345"),
        ("UZS", "12194.21", "12194.22"),
        ("TMT", "3.43", "3.58"),
    ):
        see(currency, "2026-05-23", then)
        see(currency, "2026-05-24", now)
    assert [line for (line,) in store.query("SELECT text FROM ticker")] == [
        "KGS/USD = 0.01144 0%",
        "KZT/USD = 0.00213 0.4%",
        "TJS/USD = 0.10701 -0.11%",
        "UZS/USD = 0.00008 0%",
        "TMT/USD = 0.28571 0%",
    ]


def test_the_precise_rate_has_six_significant_digits_and_no_exponent(see: See, store: Store) -> None:
    see("KGS", "2026-05-24", "87.45")
    see("UZS", "2026-05-24", "12194.21")
    see("TJS", "2026-05-24", "10")
    found = ticker(store, "rate_precise, units_per_usd")
    assert found["KGS/USD"] == ["0.0114351", "87.45"]
    assert found["UZS/USD"] == ["0.0000820061", "12194.21"]
    assert found["TJS/USD"] == ["0.1000000", "10"]


def test_a_rate_without_an_earlier_one_has_no_change_and_says_why(see: See, store: Store, at: At) -> None:
    at("2026-05-24 12:00")
    see("KGS", "2026-05-24", "87.45")
    assert ticker(store, "change, change_pct, previous_on, note")["KGS/USD"] == [
        "—",
        None,
        None,
        "no rate in the 10 days before to compare with",
    ]


def test_a_currency_without_any_rate_keeps_its_place(store: Store) -> None:
    found = ticker(store, "text, units_per_usd, stale, pegged, note")
    assert found["KGS/USD"] == ["KGS/USD = — —", None, True, False, "no rate yet"]
    assert list(found) == [f"{currency.code}/USD" for currency in CURRENCIES]


def test_a_stale_rate_says_since_when(see: See, store: Store, at: At) -> None:
    see("KGS", "2026-05-23", "87.45")
    see("KGS", "2026-05-24", "87.45")
    for moment, state, stale in (
        ("2026-05-26 04:00", "fresh", False),
        ("2026-05-26 04:01", "late", False),
        ("2026-05-28 04:00", "late", False),
        ("2026-05-28 04:01", "stale", True),
        ("2026-06-05 04:01", "dead", True),
    ):
        at(moment)
        assert store.query("SELECT state FROM freshness WHERE source = 'currency_api'") == [(state,)], moment
        assert ticker(store, "stale, note")["KGS/USD"] == [stale, "nothing newer since 2026-05-24" if stale else None]
    [(after,)] = store.query("SELECT stale_after FROM ticker WHERE pair = 'KGS/USD'")
    assert after == datetime(2026, 5, 28, 4)  # noqa: DTZ001 - a TIMESTAMP column


def test_a_pegged_currency_shows_its_peg_whatever_the_market_says(see: See, store: Store, at: At) -> None:
    at("2026-05-24 12:00")
    see("TMT", "2026-05-24", "3.58")
    columns = "rate, change, units_per_usd, observed_on, previous_on, source, kind, pegged, stale, note"
    assert ticker(store, columns)["TMT/USD"] == [
        "0.28571",
        "0%",
        "3.5",
        date(2026, 5, 24),
        date(2026, 5, 23),
        "peg",
        "official",
        True,
        False,
        "pegged at 3.5 per dollar since 2015-01-01, Central Bank of Turkmenistan",
    ]


@pytest.mark.parametrize("preferred", ["official", "market"])
def test_the_headline_takes_the_preferred_kind_while_it_is_alive(
    see: See, store: Store, at: At, preferred: str
) -> None:
    with store.transaction() as connection:
        connection.execute(
            "UPDATE currencies SET official_source = 'bank', preferred_kind = ? WHERE currency = 'KGS'", [preferred]
        )
        connection.execute("INSERT INTO sources VALUES ('bank', 'official', 'Bank', NULL, NULL, 52, true)")
    other = {"bank": "currency_api", "currency_api": "bank"}
    first = "bank" if preferred == "official" else "currency_api"
    headline = "SELECT source, kind, fallback FROM headline WHERE currency = 'KGS'"

    see("KGS", "2026-05-24", "87.45", source=first)
    see("KGS", "2026-05-24", "87.95", source=other[first])
    at("2026-05-24 12:00")
    assert store.query(headline) == [(first, preferred, False)]

    see("KGS", "2026-06-10", "87.99", source=other[first])
    at("2026-06-10 12:00")
    [(source, _, fallback)] = store.query(headline)
    assert (source, fallback) == (other[first], True)
    assert ticker(store, "change, note")["KGS/USD"][0] == "—"  # Never against the other source.

    see("KGS", "2026-06-10", "88.00", source=first)
    assert store.query(headline) == [(first, preferred, False)]

    at("2027-01-01 00:00")  # Both dead: the one that spoke last, and the preferred one where they are even.
    assert store.query(headline) == [(first, preferred, False)]


def test_a_hole_of_more_than_ten_days_breaks_a_line(see: See, store: Store, at: At) -> None:
    at("2026-05-24 12:00")
    for day in ("2026-05-01", "2026-05-11", "2026-05-22"):
        see("KGS", day, "87.45")
    rows = store.query("SELECT observed_on, units_per_usd FROM history WHERE currency = 'KGS' ORDER BY observed_on")
    assert rows == [
        (date(2026, 5, 1), Decimal("87.45")),
        (date(2026, 5, 11), Decimal("87.45")),
        (date(2026, 5, 12), None),
        (date(2026, 5, 22), Decimal("87.45")),
    ]


def test_the_macros_for_analysts(see: See, store: Store, at: At) -> None:
    at("2026-05-24 12:00")
    see("KGS", "2026-05-13", "80")
    see("KGS", "2026-05-20", "100")
    see("KZT", "2026-05-20", "500")
    assert store.query("SELECT rate_on('KGS', '2026-05-19')") == [(80,)]
    assert store.query("SELECT rate_on('KGS', '2026-05-31')") == [(None,)]
    for table in ("rates", "headline", "currencies", "latest"):
        rows = store.query(f"SELECT DISTINCT currency, rate_on(currency, '2026-05-20') FROM {table} ORDER BY currency")
        assert [row for row in rows if row[1] is not None] == [("KGS", 100), ("KZT", 500), ("TMT", Decimal("3.5"))]
    assert store.query("SELECT rate_on('TMT', '2020-01-01')") == [(Decimal("3.5"),)]
    assert store.query("SELECT change_between('KGS', '2026-05-14', '2026-05-24')") == [(-20.0,)]
    assert store.query("SELECT convert(100, 'KGS', 'KZT', '2026-05-24')") == [(500.0,)]
    assert store.query("SELECT convert(100, 'USD', 'KGS', '2026-05-24')") == [(10000.0,)]
    assert store.query("SELECT convert(100, 'KGS', 'USD', '2026-05-24')") == [(1.0,)]


def test_every_table_view_and_column_is_explained(store: Store) -> None:
    for what, catalogue in (
        ("table", "duckdb_tables() WHERE database_name = 'ratesvc'"),
        ("view", "duckdb_views() WHERE database_name = 'ratesvc' AND NOT internal"),
    ):
        names = store.query(f"SELECT {what}_name, comment FROM {catalogue}")
        assert names
        assert [name for name, comment in names if not comment] == []
    columns = store.query(
        "SELECT table_name, column_name, comment FROM duckdb_columns() WHERE database_name = 'ratesvc'"
    )
    assert [(table, column) for table, column, comment in columns if not comment] == []
