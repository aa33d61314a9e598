"""What the ticker, the pages and analysts read."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import pytest

from ratesvc.core.currencies import CURRENCIES
from ratesvc.store.database import Store

from .conftest import Ask, See

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
    found = ticker(store, "rate_precise, printed")
    assert found["KGS/USD"] == ["0.0114351", "87.45"]
    assert found["UZS/USD"] == ["0.0000820061", "12194.21"]
    assert found["TJS/USD"] == ["0.100000", "10"]


def test_a_rate_without_an_earlier_one_has_no_change_and_says_why(see: See, store: Store, at: At) -> None:
    at("2026-05-24 12:00")
    see("KGS", "2026-05-24", "87.45")
    assert ticker(store, "change, change_pct, previous_on, note")["KGS/USD"] == [
        "—",
        None,
        None,
        (
            "no rate in the 10 days before to compare with; "
            "market rate: National Bank of the Kyrgyz Republic has not answered yet"
        ),
    ]


def test_a_currency_without_any_rate_keeps_its_place(store: Store) -> None:
    found = ticker(store, "text, printed, stale, pegged, note")
    assert found["KGS/USD"] == ["KGS/USD = — —", None, True, False, "no rate yet"]
    assert list(found) == [f"{currency.code}/USD" for currency in CURRENCIES]


def test_a_stale_rate_says_since_when(see: See, store: Store, ask: Ask, at: At) -> None:
    prefer(store, "market")
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
        ask(moment, "currency_api")
        assert store.query("SELECT state FROM freshness WHERE source = 'currency_api'") == [(state,)], moment
        assert ticker(store, "stale, note")["KGS/USD"] == [
            stale,
            "we have received nothing newer than 2026-05-24" if stale else None,
        ]
    [(after,)] = store.query("SELECT stale_after FROM ticker WHERE pair = 'KGS/USD'")
    assert after == datetime(2026, 5, 28, 4)  # noqa: DTZ001 - a TIMESTAMP column


def test_a_pegged_currency_shows_its_peg_whatever_the_market_says(see: See, store: Store, at: At) -> None:
    at("2026-05-24 12:00")
    see("TMT", "2026-05-24", "3.58")
    columns = "rate, change, printed, observed_on, previous_on, source, kind, pegged, stale, note"
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


def prefer(store: Store, kind: str) -> None:
    """What RATESVC_HEADLINE does."""
    with store.transaction() as connection:
        connection.execute("UPDATE pairs SET preferred_kind = ? WHERE official_source <> 'peg'", [kind])


@pytest.mark.parametrize("preferred", ["official", "market"])
def test_the_headline_takes_the_preferred_kind_while_it_is_alive(
    see: See, store: Store, at: At, preferred: str
) -> None:
    prefer(store, preferred)
    other = {"nbkr": "currency_api", "currency_api": "nbkr"}
    first = "nbkr" if preferred == "official" else "currency_api"
    headline = "SELECT source, kind, fallback FROM headline WHERE quote = 'KGS'"

    see("KGS", "2026-05-24", "87.45", source=first)
    see("KGS", "2026-05-24", "87.95", source=other[first])
    at("2026-05-24 12:00")
    assert store.query(headline) == [(first, preferred, False)]

    see("KGS", "2026-06-10", "87.99", source=other[first])
    at("2026-06-10 12:00")
    [(source, _, fallback)] = store.query(headline)
    assert (source, fallback) == (other[first], True)
    change, note = ticker(store, "change, note")["KGS/USD"]
    assert change == "—"  # Never against the other source.
    assert "we have received nothing newer than 2026-05-24" in str(note)

    see("KGS", "2026-06-10", "88.00", source=first)
    assert store.query(headline) == [(first, preferred, False)]
    assert ticker(store, "change, note")["KGS/USD"] == ["—", "no rate in the 10 days before to compare with"]
    see("KGS", "2026-06-11", "88.44", source=first)
    assert ticker(store, "change, note")["KGS/USD"] == ["-0.5%", None]

    at("2027-01-01 00:00")  # Both dead: the one that spoke last.
    assert store.query(headline) == [(first, preferred, False)]


def test_a_source_that_is_not_asked_is_no_reason_to_wait(see: See, store: Store, at: At) -> None:
    at("2026-05-24 12:00")
    see("KGS", "2026-05-24", "87.45")
    with store.transaction() as connection:
        connection.execute("UPDATE sources SET collected = false WHERE source = 'nbkr'")
    assert store.query("SELECT fallback, reason FROM headline WHERE quote = 'KGS'") == [
        (True, "market rate: National Bank of the Kyrgyz Republic is not collected here")
    ]
    assert "nbkr" not in [source for (source,) in store.query("SELECT source FROM freshness")]


def test_a_bank_is_late_by_its_own_calendar(see: See, store: Store, ask: Ask, at: At) -> None:
    see("KZT", "2026-03-21", "481.54", source="nbk")  # Saturday; Nowruz is from the 21st to the 25th.
    freshness = "SELECT state, overdue_on, expected_next_on, missed FROM freshness WHERE source = 'nbk'"
    for moment, found in (
        ("2026-03-25 18:00", ("fresh", None, date(2026, 3, 27), 0)),
        # Set on the first working day for the next one, out by 13:00 UTC.
        ("2026-03-26 13:01", ("late", date(2026, 3, 27), date(2026, 3, 28), 1)),
        ("2026-03-29 13:00", ("stale", date(2026, 3, 27), date(2026, 3, 31), 2)),  # The Saturday's is missing too.
        ("2026-04-10 13:01", ("dead", date(2026, 3, 27), date(2026, 4, 14), 12)),
    ):
        at(moment)
        ask(moment, "nbk")
        assert store.query(freshness) == [found], moment


def test_a_bank_that_we_have_not_asked_is_not_late_and_its_rate_is_old_all_the_same(
    see: See, store: Store, ask: Ask, at: At
) -> None:
    see("KZT", "2026-05-20", "517.30", source="nbk")  # Wednesday; Thursday's is due on Wednesday at 13:00.
    states = """
    SELECT freshness.state, missed, overdue_since, latest.state FROM freshness JOIN latest USING (source)
    WHERE source = 'nbk'
    """
    for moment, found in (
        ("2026-05-20 13:59", ("fresh", 0, None, "late")),  # The jobs ask every quarter of an hour.
        ("2026-05-20 14:01", ("unknown", 0, None, "late")),
        ("2026-05-25 12:00", ("unknown", 0, None, "stale")),
    ):
        at(moment)
        assert store.query(states) == [found], moment
    ask("2026-05-25 11:59", "nbk")
    assert store.query(states) == [("stale", 3, datetime(2026, 5, 20, 13), "stale")]  # noqa: DTZ001


def test_what_was_due_before_we_began_is_not_counted_as_missed(store: Store, ask: Ask, at: At, see: See) -> None:
    see("KZT", "2025-12-20", "517.30", source="nbk")  # The fixture begins to ask on 1 January.
    ask("2026-01-14 14:00", "nbk")
    at("2026-01-14 14:00")
    # Rates are set on the 5th, 6th and 8th to 14th, but at weekends; the 7th is Christmas.
    assert store.query("SELECT state, missed FROM freshness WHERE source = 'nbk'") == [("dead", 8 - 1)]


def test_a_bank_that_prints_copies_is_late_when_one_lacks_and_no_rate_is_missed(
    see: See, store: Store, ask: Ask, at: At
) -> None:
    see("KGS", "2026-05-23", "87.45", source="nbkr")  # Saturday; Sunday's copy is due on Saturday at noon.
    freshness = "SELECT state, overdue_on, expected_next_on, missed FROM freshness WHERE source = 'nbkr'"
    at("2026-05-23 12:01")
    ask("2026-05-23 12:01", "nbkr")
    assert store.query(freshness) == [("late", date(2026, 5, 24), date(2026, 5, 26), 0)]
    assert store.query("SELECT state FROM latest WHERE source = 'nbkr'") == [("late",)]


def test_who_has_never_answered_is_unknown_and_owes_nothing_that_can_be_counted(store: Store, ask: Ask) -> None:
    assert store.query("SELECT DISTINCT state, overdue_since, missed FROM freshness") == [("unknown", None, None)]
    ask("2026-05-24 12:00", "nbk", error="HTTP 503")
    assert store.query("SELECT DISTINCT state, overdue_since, missed FROM freshness") == [("unknown", None, None)]
    assert store.query("SELECT count(*) FROM freshness WHERE expected_next_at < now()") == [(0,)]


def test_when_nobody_can_be_reached_no_bank_is_blamed(see: See, store: Store, ask: Ask, at: At) -> None:
    see("KZT", "2026-05-20", "517.30", source="nbk")
    see("UZS", "2026-05-20", "12020", source="cbu")
    for moment in ("2026-05-20 12:30", "2026-05-20 15:00", "2026-05-22 15:00"):
        ask(moment, "nbk", "cbu", error="cannot be reached")
    at("2026-05-22 15:00")
    freshness = "SELECT state, missed, unreachable_since FROM freshness WHERE source IN ('nbk', 'cbu')"
    assert store.query(freshness) == [("unknown", 0, datetime(2026, 5, 20, 12, 30))] * 2  # noqa: DTZ001
    expected = store.query("SELECT outcome FROM punctuality WHERE source = 'nbk' AND expected_on >= '2026-05-21'")
    assert expected == [("not watched",)] * 3
    ask("2026-05-22 15:00", "nbk", error="cannot be reached")  # A single one says nothing of the others.
    [since] = store.query("SELECT DISTINCT unreachable_since FROM freshness")
    assert since == (datetime(2026, 5, 20, 12, 30),)  # noqa: DTZ001
    ask("2026-05-22 15:15", "nbk", "cbu")
    at("2026-05-22 15:15")
    assert sorted(store.query(freshness)) == [("late", 2, None), ("stale", 3, None)]


def test_a_central_bank_that_contradicts_the_peg_is_an_event_and_a_market_is_not(
    see: See, store: Store, at: At
) -> None:
    at("2026-05-29 12:00")
    for day, units in (("25", "3.5"), ("26", "3.57"), ("27", "3.58"), ("28", "3.5"), ("29", "3.4")):
        see("TMT", f"2026-05-{day}", units, source="cbr")
        see("TMT", f"2026-05-{day}", "3.58")
    assert store.query("SELECT observed_on, source, confirmed, sentence FROM events") == [
        (date(2026, 5, 26), "cbr", True, "Bank of Russia: 3.57 TMT per dollar, 1.96 % weaker than the peg of 3.5"),
        (date(2026, 5, 29), "cbr", True, "Bank of Russia: 3.4 TMT per dollar, 2.94 % stronger than the peg of 3.5"),
    ]


def test_a_hole_of_more_than_ten_days_breaks_a_line(see: See, store: Store, at: At) -> None:
    at("2026-05-24 12:00")
    for day in ("2026-05-01", "2026-05-11", "2026-05-22"):
        see("KGS", day, "87.45")
    rows = store.query("SELECT observed_on, rate FROM history WHERE quote = 'KGS' ORDER BY observed_on")
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
    assert store.query("SELECT rate_on('USD', 'KGS', '2026-05-19')") == [(80,)]
    assert store.query("SELECT rate_on('USD', 'KGS', '2026-05-31')") == [(None,)]
    for table in ("rates", "headline", "pairs", "latest"):
        rows = store.query(f"SELECT DISTINCT quote, rate_on(base, quote, '2026-05-20') FROM {table} ORDER BY quote")
        assert [row for row in rows if row[1] is not None] == [("KGS", 100), ("KZT", 500), ("TMT", Decimal("3.5"))]
    assert store.query("SELECT rate_on('USD', 'TMT', '2020-01-01')") == [(Decimal("3.5"),)]
    assert store.query("SELECT change_between('KGS', 'USD', '2026-05-14', '2026-05-24')") == [(-20.0,)]
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


def test_no_name_needs_quotes_and_no_macro_hides_a_function_of_duckdb(store: Store) -> None:
    macros = "duckdb_functions() WHERE database_name = 'ratesvc' AND NOT internal"
    for names, kinds in (
        (f"SELECT DISTINCT function_name AS name FROM {macros}", "('reserved', 'type_function', 'column_name')"),
        (f"SELECT DISTINCT unnest(parameters) AS name FROM {macros}", "('reserved', 'type_function', 'column_name')"),
        ("SELECT view_name AS name FROM duckdb_views() WHERE NOT internal", "('reserved', 'type_function')"),
        ("SELECT table_name AS name FROM duckdb_tables()", "('reserved', 'type_function')"),
        ("SELECT column_name AS name FROM duckdb_columns() WHERE NOT internal", "('reserved', 'type_function')"),
    ):
        assert store.query(names) != []
        keywords = f"SELECT keyword_name AS name FROM duckdb_keywords() WHERE keyword_category IN {kinds}"
        assert store.query(f"({names}) INTERSECT ({keywords})") == [], names
    hidden = f"SELECT function_name FROM {macros} INTERSECT SELECT function_name FROM duckdb_functions() WHERE internal"
    assert store.query(hidden) == []
