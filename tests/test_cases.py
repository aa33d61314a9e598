"""Each kind of document that has once led the ticker astray, and what becomes of it now."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from ratesvc.store.database import Store

from .evenings import Document, enter, evening_before, figures, row
from .printing import printed

KZT_2015 = {  # The official tenge, National Bank of Kazakhstan.
    "2015-08-18": "188.38",
    "2015-08-19": "188.35",
    "2015-08-20": "188.38",
    "2015-08-21": "255.26",
    "2015-08-22": "252.47",
    "2015-08-25": "218.61",
    "2015-08-26": "230.11",
    "2015-08-27": "243.99",
    "2015-08-28": "241.76",
    "2015-08-29": "243.45",
}


def tenge(day: str, units: str, before: str | None) -> bytes:
    """NBK's document of a day with the dollar alone; before: the rate that its step counts from, None for no step."""
    steps = {"USD": Decimal(before)} if before else None
    return printed("nbk", date.fromisoformat(day), {"USD": Decimal(units)}, steps)


def test_a_devaluation_is_told_on_its_evening_by_the_banks_own_step(store: Store) -> None:
    told, before = [], "188.35"
    for day, units in KZT_2015.items():
        at = evening_before(date.fromisoformat(day))
        if day == "2015-08-18":  # History has been filled in up to here.
            start = tenge("2015-08-17", "188.35", None)
            requested = (date(2015, 8, 17), date(2015, 8, 17))
            enter(store, Document(source="nbk", at=at, content=start, requested=requested))
        enter(store, Document(source="nbk", at=at, content=tenge(day, units, before)))
        before = units
        shown = row(store, "KZT/USD", at)
        told.append((shown["printed"], shown["change"], shown["unconfirmed"]))
    changes = ["-0.02%", "0.02%", "-0.02%", "-26.2%", "1.11%", "15.49%", "-5%", "-5.69%", "0.92%", "-0.69%"]
    assert told == [(units, change, False) for units, change in zip(KZT_2015.values(), changes, strict=True)]


def test_without_a_step_each_evening_has_the_figure_as_unconfirmed_until_it_is_confirmed(store: Store) -> None:
    for day, units in KZT_2015.items():
        at = evening_before(date.fromisoformat(day))
        enter(store, Document(source="nbk", at=at, content=tenge(day, units, None)))
        shown = row(store, "KZT/USD", at)
        if shown["printed"] != units:
            assert (shown["unconfirmed"], shown["unconfirmed_printed"]) == (True, units), day
            assert f"printed {units} per dollar for {day}" in shown["note"]
            assert shown["unconfirmed_reason"]
        if day == "2015-08-21":
            assert shown["text"] == "KZT/USD = 0.00531 -0.02% (not confirmed: 0.00392 -26.2%)"
    [(change,)] = store.query(
        "SELECT inverse_change_shown FROM changes"
        " WHERE quote = 'KZT' AND observed_on = '2015-08-21' AND period = 'previous'"
    )
    assert change == Decimal("-26.20")  # The figure that entered late has its own place.


@pytest.mark.parametrize("apart", [timedelta(hours=1), timedelta(days=1)])
def test_a_wrong_future_date_is_superseded_once_its_bank_goes_on_with_earlier_days(
    store: Store, apart: timedelta
) -> None:
    documents = [
        ("2026-11-25", "517.3", "517.3"),
        ("2026-11-30", "519", "517.3"),
        ("2026-11-26", "518.2", "517.3"),
        ("2026-11-27", "520.1", "518.2"),
        ("2026-11-28", "521.4", "520.1"),
    ]
    at = datetime(2026, 11, 24, 13, tzinfo=UTC)
    earlier = tenge("2026-11-24", "517.3", None)
    market = printed("currency_api", date(2026, 11, 24), {"KZT": Decimal("517"), **OTHERS})
    enter(store, Document(source="nbk", at=at, content=earlier), Document(source="currency_api", at=at, content=market))
    for day, units, before in documents:
        at += apart
        enter(store, Document(source="nbk", at=at, content=tenge(day, units, before)))
    shown = row(store, "KZT/USD", at)
    assert (shown["printed"], str(shown["observed_on"]), shown["change"]) == ("521.4", "2026-11-28", "-0.25%")
    assert date(2026, 11, 30) not in dict(figures(store, "nbk", "KZT"))
    [(sentence,)] = store.query("SELECT sentence FROM events WHERE event = 'superseded'")
    assert "519 KZT per dollar for 2026-11-30 was superseded" in sentence
    # When the day comes, the bank's real rate for it counts, be it the same.
    at = datetime(2026, 11, 29, 12, tzinfo=UTC)
    enter(store, Document(source="nbk", at=at, content=tenge("2026-11-30", "519", "521.4")))
    assert row(store, "KZT/USD", at)["printed"] == "519"


OTHERS = {code: Decimal(units) for code, units in {"KGS": "87.45", "TJS": "9.36", "UZS": "12030.55"}.items()}


def test_a_long_holidays_date_stays(store: Store) -> None:
    at = datetime(2026, 12, 31, 12, tzinfo=UTC)
    requested = (date(2026, 12, 30), date(2026, 12, 31))
    for day, units in (("2026-12-30", "517.3"), ("2026-12-31", "518.2")):
        enter(store, Document(source="nbk", at=at, content=tenge(day, units, None), requested=requested))
    enter(store, Document(source="nbk", at=at, content=tenge("2027-01-05", "519", "518.2")))
    enter(store, Document(source="nbk", at=at + timedelta(days=1), content=tenge("2027-01-02", "518.2", "518.2")))
    assert row(store, "KZT/USD", at + timedelta(days=1))["printed"] == "519"


def test_last_years_date_is_held_and_told_and_rewrites_nothing(store: Store) -> None:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    for day, units in (
        ("2025-11-25", "503.1"),
        ("2025-11-26", "503.4"),
        ("2026-11-24", "517.1"),
        ("2026-11-25", "517.3"),
    ):
        requested = (date.fromisoformat(day), date.fromisoformat(day))
        enter(store, Document(source="nbk", at=at, content=tenge(day, units, None), requested=requested))
    before = figures(store, "nbk", "KZT")
    enter(store, Document(source="nbk", at=at, content=tenge("2025-11-26", "518.2", "517.3")))
    assert figures(store, "nbk", "KZT") == before
    shown = row(store, "KZT/USD", at)
    assert (shown["printed"], shown["unconfirmed"]) == ("517.3", True)
    assert "the newest document is dated 2025-11-26" in shown["note"]
    # A genuine correction of a recent day enters.
    at += timedelta(hours=1)
    enter(store, Document(source="nbk", at=at, content=tenge("2026-11-25", "517.9", "517.1")))
    assert row(store, "KZT/USD", at)["printed"] == "517.9"
    assert not row(store, "KZT/USD", at)["unconfirmed"]


def test_two_figures_of_one_date_that_alternate_are_one_event(store: Store) -> None:
    day, at = date(2026, 11, 25), datetime(2026, 11, 25, 12, tzinfo=UTC)
    one = {"KGS": "87.45", "KZT": "518.1", "TJS": "9.36", "UZS": "12030.55", "TMT": "3.5"}
    other = {**one, "KZT": "519.4", "TJS": "9.31"}
    before = {**one, "KZT": "518", "TJS": "9.35"}
    for back, units in ((2, before), (1, before)):
        content = printed("currency_api", day - timedelta(days=back), decimals(units))
        enter(store, Document(source="currency_api", at=at - timedelta(days=back), content=content))
    told = []
    for turn in range(8):
        moment = at + timedelta(minutes=15 * turn)
        content = printed("currency_api", day, decimals(other if turn % 2 else one))
        enter(store, Document(source="currency_api", at=moment, content=content))
        told.append(row(store, "KZT/USD", moment)["printed"])
    assert told == ["518.1"] + ["519.4"] * 7
    events = store.query("SELECT quote, sentence FROM events WHERE event = 'alternating' ORDER BY quote")
    assert [currency for currency, _ in events] == ["KZT", "TJS"]
    assert "two figures for 2026-11-25 alternate: 518.1 and 519.4" in events[0][1]
    kinds = store.query("SELECT kind, quote FROM news(DATE '2026-11-24', 50) WHERE kind <> 'silence' ORDER BY ALL")
    assert kinds == [("alternating", "KZT"), ("alternating", "TJS")]
    assert not row(store, "KZT/USD", moment)["unconfirmed"]


def decimals(units: dict[str, str]) -> dict[str, Decimal]:
    """Text as Decimal."""
    return {code: Decimal(text) for code, text in units.items()}


def test_the_first_figure_of_all_waits_until_something_agrees(store: Store) -> None:
    at = datetime(2026, 11, 25, 12, tzinfo=UTC)
    enter(store, Document(source="nbt", at=at, content=printed("nbt", date(2026, 11, 25), {"USD": Decimal("28.05")})))
    shown = row(store, "TJS/USD", at)
    assert (shown["printed"], shown["unconfirmed_printed"]) == (None, "28.05")
    # The market does not agree with a figure three times too high, and is the first one of its own kind.
    market = printed("currency_api", date(2026, 11, 25), {**OTHERS, "KZT": Decimal(518)})
    enter(store, Document(source="currency_api", at=at, content=market))
    cbr = {"USD": "80", "KGS": "0.9148", "KZT": "0.1545", "TJS": "8.56", "UZS": "0.00665", "TMT": "22.857"}
    enter(store, Document(source="cbr", at=at, content=printed("cbr", date(2026, 11, 25), decimals(cbr))))
    shown = row(store, "TJS/USD", at)
    assert (shown["printed"], shown["source"], shown["unconfirmed"]) == ("9.36", "currency_api", True)


def test_a_bank_and_the_market_that_are_wrong_together_do_not_confirm_one_another(store: Store) -> None:
    at = datetime(2026, 11, 24, 3, tzinfo=UTC)
    for factors in (("1", "1"), ("10", "10"), ("1.3", "1.2")):
        for name, factor in zip(("nbt", "currency_api"), factors, strict=True):
            somoni = Decimal("9.36") * Decimal(factor)
            prices = {"USD": somoni} if name == "nbt" else {**OTHERS, "TJS": somoni}
            enter(store, Document(source=name, at=at, content=printed(name, at.date(), prices)))
        shown = row(store, "TJS/USD", at)
        assert shown["printed"] in (None, "9.36")
        if factors != ("1", "1"):
            assert shown["unconfirmed"], factors
        at += timedelta(days=1)


def test_a_drift_away_from_all_other_sources_is_told_on_the_row_and_as_an_event(store: Store) -> None:
    som = Decimal("87.45")
    for turn in range(8):
        day = date(2026, 11, 10) + timedelta(days=turn)
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        market = {**OTHERS, "KZT": Decimal("518"), "KGS": Decimal("87.5")}
        enter(store, Document(source="currency_api", at=at, content=printed("currency_api", day, market)))
        if turn > 1:
            som *= Decimal("1.012")  # Inside the threshold of a day.
        enter(store, Document(source="nbkr", at=at, content=printed("nbkr", day, {"USD": round(som, 4)})))
        shown = row(store, "KGS/USD", at)
        far = abs(Decimal("87.5") / round(som, 4) - 1) > Decimal("0.05")
        assert ("than by the rate of currency_api" in str(shown["note"])) == far, shown
        assert (store.query("SELECT count(*) FROM events WHERE event = 'drift'") == [(1,)]) == far
    assert far


DOCUMENT = {"EUR": "102.1", "RUB": "1.09", "CNY": "12.35", "KZT": "0.169"}
"""What NBKR prints beside the dollar."""


@pytest.mark.parametrize(
    ("dollar", "others", "state"),
    [
        ("1.26", "1.255", "enters"),  # The som fell: all rows move along.
        ("1.26", "1.002", "held"),  # Another currency's row.
        ("1.045", "1", "held"),  # The franc's row.
        ("1.015", "1", "enters"),  # An ordinary move.
        ("0.8", "0.79", "enters"),
    ],
)
def test_the_other_currencies_of_a_document_tell_a_devaluation_from_a_wrong_row(
    store: Store, dollar: str, others: str, state: str
) -> None:
    before = {"USD": Decimal("87.45"), **decimals(DOCUMENT)}
    at = datetime(2026, 11, 23, 10, tzinfo=UTC)
    for day in (date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 24)):
        enter(store, Document(source="nbkr", at=at, content=printed("nbkr", day, before)))
    after = {code: round(price * Decimal(others), 4) for code, price in before.items()}
    after["USD"] = round(before["USD"] * Decimal(dollar), 4)
    for turn in range(4):  # The same row for days changes nothing.
        day = date(2026, 11, 25) + timedelta(days=turn)
        enter(store, Document(source="nbkr", at=at + timedelta(days=turn + 1), content=printed("nbkr", day, after)))
        shown = row(store, "KGS/USD", at + timedelta(days=turn + 1))
        entered = shown["printed"] == f"{after['USD'].normalize():f}"
        assert (entered, shown["unconfirmed"]) == (state == "enters", state == "held"), shown
    if state == "held":
        assert "the median of the document's 4 other currencies" in shown["note"]


def test_a_step_that_contradicts_is_a_doubt_at_any_size_and_the_next_step_ends_it(store: Store) -> None:
    at = datetime(2026, 11, 24, 12, tzinfo=UTC)
    for day, units, before in (("2026-11-24", "517.3", None), ("2026-11-25", "517.9", "517.3")):
        enter(store, Document(source="nbk", at=at, content=tenge(day, units, before)))
    enter(store, Document(source="nbk", at=at, content=tenge("2026-11-26", "518.2", "516.1")))
    shown = row(store, "KZT/USD", at)
    assert (shown["printed"], shown["unconfirmed_printed"]) == ("517.9", "518.2")
    assert "518.2 with a printed step of +2.1 leads back to 516.1" in shown["note"]
    enter(store, Document(source="nbk", at=at + timedelta(days=1), content=tenge("2026-11-27", "518.5", "518.2")))
    shown = row(store, "KZT/USD", at + timedelta(days=1))
    assert (shown["printed"], shown["change"], shown["unconfirmed"]) == ("518.5", "-0.06%", False)


def test_what_a_person_accepts_enters_and_what_a_person_rejects_never_does(store: Store) -> None:
    from ratesvc.core.errors import RatesvcError
    from ratesvc.store.decisions import Decision, decide

    at = evening_before(date(2015, 8, 22))
    for day in ("2015-08-19", "2015-08-20", "2015-08-21"):
        enter(store, Document(source="nbk", at=at, content=tenge(day, KZT_2015[day], None)))
    [(number, confirmed_by)] = store.query("SELECT rejection_id, confirmed_by FROM held")
    assert confirmed_by == "another source, or the next publication at this level"
    by = {"decided_by": "A. Editor", "reason": "announced by the bank"}
    decide(store, Decision(rejection_id=number, decision="rejected", **by))
    assert store.query("FROM held") == []
    enter(store, Document(source="nbk", at=at, content=tenge("2015-08-21", "255.26", None)))
    assert row(store, "KZT/USD", at)["printed"] == "188.38"
    assert not row(store, "KZT/USD", at)["unconfirmed"]
    decide(store, Decision(rejection_id=number, decision="accepted", **by))
    assert row(store, "KZT/USD", at)["change"] == "-26.2%"
    with pytest.raises(RatesvcError, match=f"no figure {number} is held"):
        decide(store, Decision(rejection_id=number, decision="accepted", **by))
    told = [sentence for (sentence,) in store.query("SELECT sentence FROM events ORDER BY seen_at")]
    assert [sentence.partition(" was ")[2] for sentence in told] == [
        "rejected by A. Editor: announced by the bank",
        "accepted by A. Editor: announced by the bank",
    ]
