"""Every percentage of the bundled history, computed a second time without DuckDB and without our code."""

import csv
from calendar import monthrange
from collections.abc import Callable
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as effort
from hypothesis import strategies as some

from ratesvc.collect import snapshot
from ratesvc.core.currencies import CURRENCIES
from ratesvc.store.database import Store

from .conftest import See

Series = dict[date, Decimal]


def months_back(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


WANTED: dict[str, Callable[[date], date]] = {
    "previous": lambda day: day - timedelta(days=1),
    "week": lambda day: day - timedelta(days=7),
    "month": lambda day: months_back(day, 1),
    "quarter": lambda day: months_back(day, 3),
    "year": lambda day: months_back(day, 12),
    "ytd": lambda day: date(day.year - 1, 12, 31),
}


def reference(series: Series, day: date, period: str) -> date | None:
    """The last day with a rate on or before the wanted one; `previous` reaches 10 days back, the others 10 further."""
    wanted = WANTED[period](day)
    limit = day - timedelta(days=10) if period == "previous" else wanted - timedelta(days=10)
    return max((other for other in series if limit <= other <= wanted), default=None)


def percent(then: Decimal, now: Decimal) -> Fraction:
    return (Fraction(then) / Fraction(now) - 1) * 100


def two_decimals(exact: Fraction) -> Decimal:
    hundredths = exact * 100
    whole = hundredths.numerator // hundredths.denominator
    rest = hundredths - whole
    up = rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1)
    return Decimal(whole + up) / 100


@pytest.fixture
def archive(store: Store) -> dict[str, Series]:
    snapshot.load_archive(store)
    series: dict[str, Series] = {}
    with (snapshot.ARCHIVE / "currency_api.csv").open(newline="") as lines:
        for row in csv.DictReader(lines):
            series.setdefault(row["quote"], {})[date.fromisoformat(row["date"])] = Decimal(row["rate"])
    return series


def test_all_currencies_days_and_periods_agree_with_exact_fractions(store: Store, archive: dict[str, Series]) -> None:
    expected = {}
    for currency, series in archive.items():
        for day, units in series.items():
            for period in WANTED:
                previous_on = reference(series, day, period)
                if previous_on:
                    expected[currency, day, period] = (previous_on, percent(series[previous_on], units))
    found = {
        (currency, day, period): (previous_on, change_pct, shown)
        for currency, day, period, previous_on, change_pct, shown in store.query(
            "SELECT quote, observed_on, period, previous_on, inverse_change_pct, inverse_change_shown FROM changes"
            " WHERE source = 'currency_api' AND base = 'USD'"
        )
    }
    assert found.keys() == expected.keys()
    assert len(found) > 3000
    for key, (previous_on, exact) in expected.items():
        assert found[key][0] == previous_on, key
        assert found[key][1] == pytest.approx(float(exact), rel=1e-14, abs=1e-14), key
        assert found[key][2] == two_decimals(exact), key


def test_moves_of_the_uzbek_som_are_seen_although_five_decimals_hide_them(
    store: Store, archive: dict[str, Series]
) -> None:
    rows = store.query(
        "SELECT change_pct, inverse_text(rate, 5), inverse_text(previous_rate, 5) FROM changes"
        " WHERE pair = 'USD/UZS' AND period = 'previous' AND observed_on - previous_on = 1"
    )
    assert len(rows) > 100
    assert sum(change != 0 for change, _, _ in rows) / len(rows) > 0.95
    # The few days above 0.000085 print 0.00009: from displayed digits that would be a move of 12 %.
    assert sum(now == then == "0.00008" for _, now, then in rows) / len(rows) > 0.9
    assert max(abs(change) for change, _, _ in rows) < 2


MOST_UNITS = Decimal(10_000_000)
"""Units per dollar, up to which arithmetic in SQL is exact."""


@pytest.mark.parametrize(
    ("then", "now", "shown"),
    [
        ("80.1", "80", "0.12"),  # 0.125: a tie goes to the even digit
        ("80.3", "80", "0.38"),  # 0.375
        ("79.9", "80", "-0.12"),
        ("79.7", "80", "-0.38"),
        ("10001.5", "10000", "0.02"),  # 0.015, which no binary fraction can hold
        ("10000.5", "10000", "0.00"),  # 0.005
        ("80", "80.00000001", "0.00"),
    ],
)
def test_a_tie_is_rounded_half_even_and_a_small_loss_is_no_minus_zero(
    see: See, store: Store, then: str, now: str, shown: str
) -> None:
    see("UZS", "2026-05-23", then)
    see("UZS", "2026-05-24", now)
    [(found,)] = store.query(
        "SELECT inverse_change_shown::VARCHAR FROM changes WHERE source = 'currency_api' AND period = 'previous'"
    )
    assert found == shown


@effort(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.lists(some.decimals("0.00000001", MOST_UNITS, places=8, allow_nan=False), min_size=50, max_size=200))
@example([MOST_UNITS, MOST_UNITS - Decimal("0.00000001"), Decimal("0.00000001"), Decimal("8388607.99999999")])
def test_arithmetic_begins_with_every_digit_of_a_rate(store: Store, rates: list[Decimal]) -> None:
    for form in ("DECIMAL(22, 13)", "DECIMAL(38, 13)"):
        found = store.query(f"SELECT exact(unnest($1::VARCHAR[])::{form})", [[f"{rate:f}" for rate in rates]])
        assert [digits for (digits,) in found] == [int(rate.scaleb(13)) for rate in rates]
    assert all(currency.highest < MOST_UNITS for currency in CURRENCIES)


@effort(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(*[some.decimals("0.0001", "999999999", places=8, allow_nan=False)] * 2)
def test_any_two_rates_give_the_exact_percentage(store: Store, then: Decimal, now: Decimal) -> None:
    exact = percent(then, now)
    if abs(exact) > 10**12:
        return
    [(found, shown)] = store.query(
        f"SELECT inverse_change_of(a, b), inverse_change_shown(a, b)"
        f" FROM (SELECT '{then:f}'::DECIMAL(18, 8) AS a, '{now:f}'::DECIMAL(18, 8) AS b)"
    )
    assert found == pytest.approx(float(exact), rel=1e-14)
    assert shown == two_decimals(exact)


@effort(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(some.decimals("0.5", "999999", places=8, allow_nan=False), some.integers(2, 10))
def test_a_rate_is_printed_as_the_exact_inverse(store: Store, units: Decimal, decimals: int) -> None:
    [(printed,)] = store.query(f"SELECT inverse_text('{units:f}'::DECIMAL(18, 8), {decimals})")
    step = Decimal(1).scaleb(-decimals)
    assert printed == f"{(1 / units).quantize(step, ROUND_HALF_EVEN):f}"


@effort(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    some.decimals("0.0001", "9999999999", places=8, allow_nan=False)
    # Beside a power of ten the quotient may round up to the next one.
    | some.builds(
        lambda power, step: Decimal(1).scaleb(power) + step.scaleb(power),
        some.integers(-3, 9),
        some.decimals("-0.000002", "0.000002", places=8, allow_nan=False),
    ).map(lambda units: units.quantize(Decimal("1e-8")))
)
@example(Decimal(1))
@example(Decimal(10))
@example(Decimal(100))
@example(Decimal(1000))
@example(Decimal("87.45"))
@example(Decimal("3.5"))
@example(Decimal("12030.55"))
@example(Decimal("0.5"))
@example(Decimal("1.0000004"))
@example(Decimal("999.99996"))
@example(Decimal("10.000005"))
@example(Decimal("100.00005"))
@pytest.mark.proof
def test_a_precise_rate_has_exactly_six_significant_digits(store: Store, units: Decimal) -> None:
    [(printed,)] = store.query(f"SELECT inverse_precise('{units:f}'::DECIMAL(18, 8))")
    assert len(printed.replace(".", "").lstrip("0")) == 6
    assert Decimal(printed) == Context(prec=6, rounding=ROUND_HALF_EVEN).divide(Decimal(1), units)


def test_the_reference_is_ten_days_back_at_most(see: See, store: Store) -> None:
    see("KGS", "2026-05-01", "87")
    see("KGS", "2026-05-11", "88")
    see("KGS", "2026-05-22", "89")
    rows = store.query(
        "SELECT observed_on, previous_on FROM changes WHERE source = 'currency_api' AND period = 'previous'"
    )
    assert rows == [(date(2026, 5, 11), date(2026, 5, 1))]


def test_a_change_never_crosses_sources(see: See, store: Store) -> None:
    see("KGS", "2026-05-23", "80", source="a")
    see("KGS", "2026-05-24", "88", source="b")
    assert store.query("FROM changes WHERE quote = 'KGS'") == []


def test_the_change_follows_a_correction_of_either_day(see: See, store: Store) -> None:
    see("KGS", "2026-05-23", "80")
    see("KGS", "2026-05-24", "88")
    see("KGS", "2026-05-23", "88")
    [(shown,)] = store.query("SELECT inverse_change_shown FROM changes WHERE quote = 'KGS' AND period = 'previous'")
    assert shown == 0
