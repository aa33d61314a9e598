"""Real and invented crises, evening by evening: the row is the newest figure, or says that this is not confirmed.

`REPLAY=all pytest -n 0 -s tests/test_crises.py` replays the official tenge of 2015 to 2020 whole, and prints the
evenings on which it moved by more than 3 %.
"""

import csv
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import compress, product
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from ratesvc.core.currencies import BY_CODE, Peg
from ratesvc.core.publication_calendar import ONE_DAY
from ratesvc.sources import nbk
from ratesvc.store import reference_data
from ratesvc.store.database import Store
from ratesvc.validation import doubts

from .evenings import Document, enter, evening_before, fresh, row
from .printing import printed

pytestmark = pytest.mark.proof

TENGE = Path(__file__).parents[2] / "shared" / "data" / "nbk_usd_kzt_2015_2020.csv"
WHOLE = os.environ.get("REPLAY") == "all"
CRISES = (date(2015, 8, 10), date(2015, 9, 25)), (date(2020, 3, 3), date(2020, 3, 24))


def tenge() -> Iterator[list[tuple[date, Decimal]]]:
    """The official rate of each calendar day: of the crises, or of all five years."""
    with TENGE.open() as file:
        days = [(date.fromisoformat(line["Date"]), Decimal(line["USD"])) for line in csv.DictReader(file)]
    for first, last in ((days[0][0], days[-1][0]),) if WHOLE else CRISES:
        yield [(day, units) for day, units in days if first <= day <= last]


@pytest.mark.skipif(not TENGE.exists(), reason="the recorded tenge of 2015 to 2020 is not at hand")
@pytest.mark.soak
def test_every_evening_of_the_tenge_tells_the_newest_figure(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    lines, evenings = [], 0
    for span in tenge():
        before = span[0][1]
        for day, units in span:
            # On the days without a session the last rate is printed again.
            step = {"USD": before if nbk.RHYTHM.publishes_for(day) else units}
            at = evening_before(day)
            enter(store, Document(source="nbk", at=at, content=printed("nbk", day, {"USD": units}, step)))
            if day == span[0][0]:
                before = units
                continue  # The first figure waits for the second.
            shown = row(store, "KZT/USD", at)
            newest = Decimal(shown["printed"]) == units
            if not newest:
                assert shown["unconfirmed"], (day, shown)
                assert Decimal(shown["unconfirmed_printed"]) == units, (day, shown)
            if units != before:
                change = (before / units - 1) * 100
                assert not newest or abs(Decimal(shown["change"][:-1]) - change) < Decimal("0.006"), (day, shown)
                if abs(change) > 3:
                    lines.append(f"{day}  {before:>7} to {units:>7}  {shown['text']}")
            before = units
            evenings += 1
    assert len(lines) >= 8
    with capsys.disabled():
        if WHOLE:
            print(f"\n{evenings} evenings\n" + "\n".join(lines))


@how(
    max_examples=40 if WHOLE else 4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    database=None,
)
@given(
    st.lists(st.integers(0, 400), min_size=4, max_size=8),
    st.lists(st.sampled_from(["step", "no step", "late"]), min_size=8, max_size=8),
    st.booleans(),
)
def test_no_week_that_only_fell_shows_a_rise(
    empty: Path, tmp_path: Path, falls: list[int], papers: list[str], market: bool
) -> None:
    units = before = Decimal("188.38")
    days = iter(
        day for day in (date(2015, 8, 18) + back * ONE_DAY for back in range(40)) if nbk.RHYTHM.publishes_for(day)
    )
    with fresh(empty, tmp_path / "store") as store:
        for fall, paper in zip((0, 0, *falls), ("no step", "no step", *papers), strict=False):
            day = next(days)
            before, units = units, round(units * (1 + Decimal(fall) / 1000), 2)
            at = evening_before(day)
            if market:
                prices = {"KZT": units, "KGS": Decimal(60), "TJS": Decimal(6), "UZS": Decimal(2600)}
                enter(store, Document(source="currency_api", at=at, content=printed("currency_api", day, prices)))
            steps = {"USD": before} if paper == "step" else None
            requested = (day, day) if paper == "late" else None
            content = printed("nbk", day, {"USD": units}, steps)
            enter(store, Document(source="nbk", at=at, content=content, requested=requested))
            shown = row(store, "KZT/USD", at)
            assert shown["change"] in ("—", "0%") or shown["change"].startswith("-"), shown
            if shown["printed"] is None or Decimal(shown["printed"]) != units:
                assert shown["unconfirmed"], shown
        changes = store.query(
            "SELECT inverse_change_shown FROM changes WHERE source = 'nbk' AND base = 'USD' AND period = 'previous'"
        )
        assert all(change <= 0 for (change,) in changes)


SOM = [  # The official som of Uzbekistan around 5 September 2017, as weekly documents.
    ("2017-08-15", "4165.33"),
    ("2017-08-22", "4193.87"),
    ("2017-08-29", "4210.35"),
    ("2017-09-05", "8100.00"),
    ("2017-09-12", "8054.60"),
    ("2017-09-19", "8066.96"),
    ("2017-09-26", "8075.00"),
]
CROSSES = {"EUR": "1.19", "RUB": "0.0173", "CNY": "0.153", "GBP": "1.3"}
"""Dollars for one unit, the same all the time."""
REASONS = ("with step", "with neighbours", "with others")
"""What tells that a jump is true."""


@pytest.mark.parametrize(
    ("steps", "neighbours", "others"),
    [
        pytest.param(*reasons, id=" and ".join(compress(REASONS, reasons)) or "alone", marks=marks)
        for reasons in product([False, True], repeat=len(REASONS))
        for marks in [() if sum(reasons) <= 1 else pytest.mark.soak]
    ],
)
def test_every_evening_of_the_soms_float_tells_the_newest_figure(
    store: Store, steps: bool, neighbours: bool, others: bool
) -> None:
    before = None
    for text, digits in SOM:
        day, units = date.fromisoformat(text), Decimal(digits)
        at = datetime.combine(day, time(5, tzinfo=UTC))
        prices = {"USD": units}
        if neighbours:
            prices |= {code: round(units * Decimal(dollars), 2) for code, dollars in CROSSES.items()}
        if others:
            market = {"UZS": units * Decimal("1.004"), "KZT": Decimal(335), "EUR": Decimal("0.84"), "RUB": Decimal(58)}
            cbr = {"USD": Decimal("57.8"), "UZS": round(Decimal("57.8") / units, 7), "KZT": Decimal("0.17"), **EURO}
            for name, theirs in (("currency_api", market), ("cbr", cbr)):
                enter(store, Document(source=name, at=at, content=printed(name, day - ONE_DAY, theirs)))
        content = printed("cbu", day, prices, before if steps else None)
        enter(store, Document(source="cbu", at=at, content=content))
        shown = row(store, "UZS/USD", at)
        at_once = before is not None and (steps or neighbours or others)
        if before is None and not others:
            at_once = False  # The first figure of all.
        newest = shown["printed"] is not None and Decimal(shown["printed"]) == units
        assert newest or Decimal(shown["unconfirmed_printed"]) == units, shown
        if text == "2017-09-05":
            assert newest == at_once, shown
            assert "-48.02%" in shown["text"]
        before = prices
    assert shown["source"] == "cbu"
    [(change,)] = store.query(
        "SELECT inverse_change_shown FROM changes"
        " WHERE source = 'cbu' AND base = 'USD' AND observed_on = '2017-09-05' AND period = 'previous'"
    )
    assert change == Decimal("-48.02")


EURO = {"EUR": Decimal("69"), "CNY": Decimal("8.8")}


@pytest.mark.parametrize(
    "sources", [("currency_api",), ("cbr",), ("cbu",), ("cbr", "cbu"), ("cbr", "cbu", "currency_api")]
)
def test_on_the_evening_on_which_a_peg_breaks_the_row_says_so(
    store: Store, monkeypatch: pytest.MonkeyPatch, sources: tuple[str, ...]
) -> None:
    """The manat of 1 January 2015, which went from 2.85 to 3.50, as if the announcement had not been entered yet."""
    peg = Peg(rate=Decimal("2.85"), since=date(2009, 1, 1), authority="Central Bank of Turkmenistan")
    _announce(store, monkeypatch, peg)
    for day in (date(2014, 12, 30) + back * ONE_DAY for back in range(5)):
        units = Decimal("2.85") if day < date(2015, 1, 1) else Decimal("3.5")
        at = datetime.combine(day, time(13, tzinfo=UTC))
        for name in sources:
            enter(store, Document(source=name, at=at, content=_manat(name, day, units)))
        shown = row(store, "TMT/USD", at)
        assert shown["printed"] == "2.85"  # The announced rate, until it is ended.
        assert shown["unconfirmed"] == (units != Decimal("2.85")), (day, shown)
        if shown["unconfirmed"]:
            assert abs(Decimal(shown["unconfirmed_printed"]) - units) < Decimal("0.0001")  # A cross.
            assert f"{shown['unconfirmed_printed']} per dollar" in shown["note"]
            assert "not confirmed: 0.28571 -18.57%" in shown["text"]
    # One line in currencies.py ends it.
    _announce(store, monkeypatch, replace(peg, until=date(2014, 12, 31)))
    for name in sources:
        enter(store, Document(source=name, at=at + timedelta(hours=1), content=_manat(name, day, Decimal("3.5"))))
    shown = row(store, "TMT/USD", at + timedelta(hours=2))
    if "currency_api" in sources:
        assert (shown["printed"], shown["source"]) == ("3.5", "currency_api")


def _announce(store: Store, monkeypatch: pytest.MonkeyPatch, peg: Peg) -> None:
    manat = replace(BY_CODE["TMT"], peg=peg)
    known = {**BY_CODE, "TMT": manat}
    monkeypatch.setattr(doubts, "BY_CODE", known)
    monkeypatch.setattr(reference_data, "BY_CODE", known)
    with store.transaction() as connection:
        reference_data.write(connection)


def _manat(name: str, day: date, units: Decimal) -> bytes:
    som = Decimal("2422.40")
    if name == "cbu":
        return printed("cbu", day, {"USD": som, "EUR": Decimal("2945.1"), "TMT": round(som / units, 2)})
    if name == "cbr":
        prices = {"USD": Decimal("56.2376"), "EUR": Decimal("68.3681"), "CNY": Decimal("9.0")}
        return printed("cbr", day, {**prices, "TMT": round(Decimal("56.2376") / units, 6)})
    return printed(
        "currency_api", day, {"TMT": units, "EUR": Decimal("0.82"), "RUB": Decimal("56"), "KZT": Decimal("182")}
    )
