"""Wrong documents that come in ways that are hard to tell from right ones, and right ones that look wrong."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest

from ratesvc import sources
from ratesvc.collect.reparse import reparse
from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError, SourceError, UsageError
from ratesvc.core.seals import sealed
from ratesvc.store import decisions
from ratesvc.store.database import Store
from ratesvc.store.decisions import Decision, decide
from ratesvc.validation.fetch_result import Fetch

from .clock import set_clock
from .evenings import Document, enter, evening_before, figures, row
from .printing import printed

SOMONI = {"EUR": "10.85", "RUB": "0.117", "CNY": "1.32", "GBP": "12.3", "CHF": "11.6"}
"""What the National Bank of Tajikistan prints beside a dollar of 9.36."""
MARKET = {"KGS": "87.45", "KZT": "518", "TJS": "9.36", "UZS": "12030.55"}


def november(day: int) -> date:
    return date(2026, 11, day)


def at(day: date, hour: int = 12) -> datetime:
    return datetime.combine(day, time(hour, tzinfo=UTC))


def document(
    source: str,
    day: date,
    seen: datetime,
    prices: Mapping[str, str],
    before: Mapping[str, str] | None = None,
    *,
    requested: bool = False,
) -> Document:
    """What a source prints for a day; before: the prices that its steps count from."""
    exact = {code: Decimal(price) for code, price in prices.items()}
    steps = {code: Decimal(price) for code, price in before.items()} if before else None
    content = printed(source, day, exact, steps)
    return Document(source=source, at=seen, content=content, requested=(day, day) if requested else None)


def tenge(store: Store, *days: tuple[int, str]) -> list[Fetch]:
    """NBK's dollar alone, without a step, each document on the evening before its day."""
    return [enter(store, document("nbk", november(day), evening_before(november(day)), {"USD": units}))[0]
            for day, units in days]  # fmt: skip


def held(store: Store) -> list[tuple[str, Decimal, str]]:
    return [(f"{day}", units, doubt) for day, units, doubt in
            store.query("SELECT observed_on, rate, doubt FROM held ORDER BY observed_on")]  # fmt: skip


def first_held(store: Store) -> int:
    [(number,)] = store.query("SELECT rejection_id FROM held ORDER BY rejection_id LIMIT 1")
    return int(number)


def reject(store: Store) -> None:
    decide(store, Decision(rejection_id=first_held(store), decision="rejected", decided_by="A", reason="a slip"))


def accept(number: int) -> Decision:
    return Decision(rejection_id=number, decision="accepted", decided_by="A", reason="announced")


@pytest.mark.parametrize("printed_day", [date(9999, 12, 31), date(2101, 1, 1), date(1001, 1, 1)])
def test_a_day_that_no_calendar_reaches_costs_its_own_document_only(printed_day: date) -> None:
    with pytest.raises(SourceError, match="is not a day from 1990 to 2100"):
        sources.named("nbk").parse(printed("nbk", printed_day, {"USD": Decimal(517)}))


def test_a_devaluation_after_a_wrong_future_date_enters_by_its_step(store: Store) -> None:
    told = []
    tenge(store, (20, "516.9"), (21, "517.0"))
    for day, printed_day, units, before in (
        (24, 24, "517.3", "517.0"),
        (25, 30, "518.0", "517.3"),  # Dated the 30th by mistake.
        (26, 26, "640.0", "518.0"),
        (27, 27, "655.0", "640.0"),
    ):
        seen = evening_before(november(day))
        enter(store, document("nbk", november(printed_day), seen, {"USD": units}, {"USD": before}))
        shown = row(store, "KZT/USD", seen)
        told.append((shown["printed"], shown["change"], shown["unconfirmed"]))
    assert told[2:] == [("640", "-19.17%", False), ("655", "-2.29%", False)]


def test_a_devaluation_after_a_wrong_future_date_carries_the_mark_where_there_is_no_step(store: Store) -> None:
    for day, printed_day, units in ((20, 20, "87.30"), (21, 21, "87.35"), (24, 24, "87.40"), (25, 30, "87.45")):
        enter(store, document("nbkr", november(printed_day), evening_before(november(day)), {"USD": units}))
    seen = evening_before(november(26))
    enter(store, document("nbkr", november(26), seen, {"USD": "96.00"}))
    shown = row(store, "KGS/USD", seen)
    assert (shown["unconfirmed_printed"], shown["unconfirmed_change"]) == ("96", "-8.96%")


def test_a_rate_of_next_year_does_not_excuse_a_row_of_today(store: Store) -> None:
    for back in (1, 0):
        day = november(25 - back)
        enter(store, document("nbt", day, at(day), {"USD": "9.36", **SOMONI}))
    for day in (date(2026, 6, 8) + timedelta(days=number) for number in range(19)):
        units = SOMONI["EUR"] if day == date(2026, 6, 17) else "9.36"
        enter(store, document("nbt", day, at(november(25), 13), {"USD": units, **SOMONI}, requested=True))
    assert {units for day, units in figures(store, "nbt", "TJS")} == {Decimal("9.36")}


def test_a_row_on_the_way_of_a_devaluation_is_judged_by_its_document_too(store: Store) -> None:
    fallen = {code: str(round(Decimal(price) * Decimal("1.18"), 4)) for code, price in SOMONI.items()}
    for number in (16, 17, 18, 20, 21, 24):
        prices = {"USD": "9.36", **SOMONI} if number < 20 else {"USD": "11.0448", **fallen}
        enter(store, document("nbt", november(number), at(november(number), 8), prices))
    late = at(november(25), 9)
    [wrong] = enter(store, document("nbt", november(19), late, {"USD": "10.30", **SOMONI}, requested=True))
    assert [each.doubt for each in wrong.verdict.set_aside] == ["neighbours"]


def test_what_a_bank_takes_back_within_the_hour_never_enters(store: Store) -> None:
    for day, hour, units in ((23, 8, "9.36"), (24, 8, "9.36"), (25, 8, "9.36"), (25, 9, "9.65")):
        enter(store, document("nbt", november(day), at(november(day), hour), {"USD": units}))
    assert held(store) == [("2026-11-25", Decimal("9.65"), "jump")]
    number = first_held(store)
    enter(store, document("nbt", november(25), at(november(25), 10), {"USD": "9.36"}))
    assert held(store) == []
    assert row(store, "TJS/USD", at(november(25), 11))["note"] is None
    enter(store, document("nbt", november(26), at(november(26), 8), {"USD": "9.45"}))
    assert row(store, "TJS/USD", at(november(26), 9))["change"] == "-0.95%"
    assert store.query("SELECT rate_on('USD', 'TJS', DATE '2026-11-25')") == [(Decimal("9.36"),)]
    [(event, sentence)] = store.query("SELECT event, sentence FROM events")
    assert (event, "another figure" in sentence) == ("withdrawn", True)
    with pytest.raises(RatesvcError, match=f"no figure {number} is held"):
        decide(store, accept(number))


def test_a_figure_that_comes_back_after_it_was_taken_back_alternates(store: Store) -> None:
    for day, hour, units in ((24, 8, "9.36"), (25, 8, "9.36"), (25, 9, "9.65"), (25, 10, "9.36"), (25, 11, "9.65"),
                             (25, 12, "9.36"), (25, 13, "9.65")):  # fmt: skip
        enter(store, document("nbt", november(day), at(november(day), hour), {"USD": units}))
    assert held(store) == [("2026-11-25", Decimal("9.65"), "alternating")]
    assert store.query("SELECT count(*) FROM decisions") == [(1,)]


@pytest.mark.parametrize("others", [pytest.param(True, marks=pytest.mark.proof), False])
def test_a_wrong_row_does_not_enter_however_long_it_stands(store: Store, others: bool) -> None:
    for number in range(1, 18):
        day = november(number)
        if others:
            enter(store, document("currency_api", day, at(day, 3), MARKET))
        units = "9.36" if number < 4 else SOMONI["EUR"]
        enter(store, document("nbt", day, at(day, 8), {"USD": units, **SOMONI}))
        shown = row(store, "TJS/USD", at(day, 9))
        assert shown["unconfirmed"] == (number >= 4 or (number == 1 and not others))
    assert {units for _, units in figures(store, "nbt", "TJS")} == {Decimal("9.36")}


def test_a_bank_that_was_silent_for_weeks_is_compared_with_other_sources(store: Store) -> None:
    for number in range(3, 18):
        enter(store, document("currency_api", november(number), at(november(number), 3), MARKET))
        if number < 6:
            enter(store, document("nbt", november(number), at(november(number), 8), {"USD": "9.36"}))
    enter(store, document("nbt", november(17), at(november(17), 8), {"USD": "10.85"}))
    shown = row(store, "TJS/USD", at(november(17), 9))
    assert (shown["unconfirmed"], shown["unconfirmed_printed"]) == (True, "10.85")


def test_steps_that_contradict_on_several_days_confirm_nothing(store: Store) -> None:
    tenge(store, (16, "517.30"), (17, "517.90"))
    for number, units, step in ((18, "600.10", "-1.10"), (19, "601.10", "1.30"), (20, "602.10", "0.30")):
        before = str(Decimal(units) - Decimal(step))
        seen = evening_before(november(number))
        enter(store, document("nbk", november(number), seen, {"USD": units}, {"USD": before}))
    assert [doubt for _, _, doubt in held(store)] == ["step", "step", "step"]
    # The next right document enters, although nobody knows what its step leads back to.
    enter(store, document("nbk", november(21), evening_before(november(21)), {"USD": "519.0"}, {"USD": "518.4"}))
    assert figures(store, "nbk", "KZT")[-1] == (november(21), Decimal("519.0"))


def test_a_newest_document_with_a_date_of_last_week_rewrites_nothing(store: Store) -> None:
    for number, units in ((18, "87.10"), (19, "87.20"), (20, "87.30"), (24, "87.40"), (25, "87.45")):
        enter(store, document("nbkr", november(number), evening_before(november(number)), {"USD": units}))
    before = figures(store, "nbkr", "KGS")
    enter(store, document("nbkr", november(19), at(november(25)), {"USD": "87.60"}))
    assert figures(store, "nbkr", "KGS") == before
    assert [doubt for _, _, doubt in held(store)] == ["date"]
    # Tomorrow's rate is out, and today's is corrected.
    enter(store, document("nbkr", november(24), at(november(24)), {"USD": "87.42"}))
    assert (november(24), Decimal("87.42")) in figures(store, "nbkr", "KGS")


def test_an_old_answer_that_comes_again_supersedes_nothing(store: Store) -> None:
    for number, units in ((18, "12030.55"), (19, "12031.10"), (20, "12035.00")):
        enter(store, document("cbu", november(number), evening_before(november(number)), {"USD": units}))
    for number, units in ((23, "12050.00"), (20, "12035.00"), (23, "12050.00"), (20, "12035.00")):
        enter(store, document("cbu", november(number), at(november(20)), {"USD": units}))
        assert row(store, "UZS/USD", at(november(20)))["printed"] == "12050"
    assert store.query("FROM events") == []


def test_a_document_with_a_wrong_future_date_is_superseded_whole(store: Store) -> None:
    # The rouble costs the same to four decimals on two days; the dollar does not.
    for number, printed_for, dollar in ((18, 18, "9.36"), (19, 24, "9.365"), (20, 20, "9.37")):
        prices = {"USD": dollar, **SOMONI}
        enter(store, document("nbt", november(printed_for), at(november(number), 8), prices))
    newest = "SELECT pair, observed_on FROM latest WHERE source = 'nbt'"
    assert dict(store.query(newest)) == dict.fromkeys(("USD/TJS", "EUR/TJS", "RUB/TJS", "CNY/TJS"), november(20))


def test_a_row_within_the_threshold_is_judged_by_its_document_too(store: Store) -> None:
    for number in (18, 19, 20):
        units = "9.6408" if number == 20 else "9.36"
        enter(store, document("nbt", november(number), at(november(number), 8), {"USD": units, **SOMONI}))
    assert held(store) == [("2026-11-20", Decimal("9.6408"), "neighbours")]


def test_a_rouble_that_alone_moves_far_waits_for_another_source(store: Store) -> None:
    for number in (18, 19, 20):
        fell = {"RUB": "0.1125"} if number == 20 else {}
        enter(store, document("nbt", november(number), at(november(number), 8), {"USD": "9.36", **SOMONI, **fell}))
    assert held(store) == [("2026-11-20", Decimal("0.1125"), "neighbours")]
    roubles = {"USD": "83.2", "TJS": "8.8889", "EUR": "96.4"}
    enter(store, document("cbr", november(20), at(november(20), 13), roubles))
    assert ("RUB", "nbt") not in store.query("SELECT base, source FROM held")
    newest = "SELECT rate FROM latest WHERE source = 'nbt' AND pair = 'RUB/TJS'"
    assert store.query(newest) == [(Decimal("0.1125"),)]


def test_half_of_the_neighbours_are_enough(store: Store) -> None:
    usual = {"USD": "87.45", "EUR": "101.4", "RUB": "1.09", "CNY": "12.35", "KZT": "0.169"}
    fall = {"USD": "91.82", "EUR": "106.5", "RUB": "1.01", "CNY": "12.97", "KZT": "0.156"}
    for number in (18, 19, 20, 21):
        enter(
            store, document("nbkr", november(number), evening_before(november(number)), fall if number == 21 else usual)
        )
    assert row(store, "KGS/USD", evening_before(november(21)))["change"] == "-4.76%"


def test_a_row_that_is_copied_whole_on_several_days_raises_no_doubt(store: Store) -> None:
    for number, units, before in ((16, "517.3", "516.9"), (17, "517.9", "517.3"), (18, "518.8", "517.9"),
                                  (19, "518.8", "517.9"), (20, "518.8", "517.9"), (21, "519.4", "518.8")):  # fmt: skip
        seen = evening_before(november(number))
        enter(store, document("nbk", november(number), seen, {"USD": units}, {"USD": before}))
        assert number == 16 or held(store) == []


# Decisions ---------------------------------------------------------------------------------------


def test_what_a_person_rejected_does_not_come_back_when_documents_are_read_again(store: Store) -> None:
    tenge(store, (18, "517.3"), (19, "517.5"))
    for number in (20, 21):
        tenge(store, (number, "571.9"))
        reject(store)
    tenge(store, (24, "518.2"), (25, "518.4"))
    before = figures(store, "nbk", "KZT")
    assert reparse(store, {"nbk": sources.named("nbk")})["nbk"].changed == 0
    assert figures(store, "nbk", "KZT") == before


def test_a_bank_whose_figure_was_rejected_is_not_said_to_fail_or_to_be_late(store: Store) -> None:
    tenge(store, (18, "516.9"), (19, "517.0"), (20, "600"))
    reject(store)
    [again] = tenge(store, (20, "600"))
    assert (again.outcome, again.stored) == ("unchanged", 0)
    set_clock(store, at(november(20), 11))
    assert store.query("SELECT state, missed FROM freshness WHERE source = 'nbk'") == [("fresh", 0)]


def test_a_person_decides_which_of_two_figures_that_alternate_counts(store: Store) -> None:
    for hour, units in enumerate(("9.3500", "9.3700", "9.3500", "9.3700", "9.3700")):
        enter(store, document("nbt", november(25), at(november(25), 8 + hour), {"USD": units}))
        if hour == 0:
            decide(store, accept(first_held(store)))
    assert row(store, "TJS/USD", at(november(25), 13))["unconfirmed_printed"] == "9.37"
    decide(store, accept(first_held(store)))
    assert figures(store, "nbt", "TJS") == [(november(25), Decimal("9.37"))]
    assert held(store) == []


def test_a_figure_whose_source_has_printed_another_one_cannot_be_accepted(store: Store) -> None:
    tenge(store, (24, "517.5"))
    decide(store, accept(first_held(store)))
    tenge(store, (25, "571.9"))
    number = first_held(store)
    reject(store)
    tenge(store, (25, "517.9"))
    with pytest.raises(RatesvcError, match=r"nbk has printed 517\.9 for 2026-11-25 since"):
        decide(store, accept(number))
    assert figures(store, "nbk", "KZT")[-1] == (november(25), Decimal("517.9"))


@pytest.mark.parametrize(
    "text", ["", " ", "a\nb", "a\rb", "a\x0bb", "\x1b[31m", "nul\x00", "\udcff", "\u2028", "x" * 501]
)
def test_a_name_or_a_reason_is_one_line_that_can_be_read(text: str) -> None:
    with pytest.raises(UsageError, match=r"--because is one line of at most 500 characters"):
        Decision(rejection_id=1, decision="accepted", decided_by="A", reason=text)


WHOLE = {"rejection_id": 1, "decision": "accepted", "decided_by": "A", "reason": "x"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        json.dumps(WHOLE).encode(),  # Without a seal.
        sealed({"rejection_id": 1}),
        b'"\xcf"',
        *(
            sealed({**WHOLE, **strange})
            for strange in ({"rejection_id": "a"}, {"rejection_id": 2**63}, {"decision": "perhaps"}, {"decided_by": 1})
        ),
    ],
)
def test_a_file_that_is_no_decision_stops_no_other(store: Store, content: bytes) -> None:
    tenge(store, (24, "517.5"))
    folder = settings.load().orders
    folder.mkdir()
    (folder / "1-bad.decision").write_bytes(content)
    with pytest.raises(RatesvcError):
        decisions.take_up(store, folder / "1-bad.decision")
    assert decisions.handed_over() == []


@pytest.mark.process
def test_an_answer_to_another_decision_is_not_taken_for_its_own(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    tenge(store, (24, "517.5"))
    monkeypatch.setattr(decisions, "PATIENCE_SECONDS", 1)
    number = first_held(store)
    rejection = Decision(rejection_id=number, decision="rejected", decided_by="A", reason="x")
    with pytest.raises(RatesvcError, match="has not taken up the decision"):
        decisions.hand_over(rejection)
    [path] = decisions.handed_over()
    decisions.take_up(store, path)
    with pytest.raises(RatesvcError, match="has not taken up the decision"):
        decisions.hand_over(accept(number))


NBK = {"EUR": "614", "RUB": "6.5", "CNY": "73.6", "GBP": "690"}


def test_a_slip_stays_one_where_the_next_document_counts_from_it(store: Store) -> None:
    before = "517.1"
    for day, units, step in (
        (10, "517.2", "0.1"),
        (11, "517.61", "0.41"),
        (12, "51.59", "-1.7"),
        (13, "514.87", "463.28"),
        (16, "515", "0.13"),
    ):
        before = str(Decimal(units) - Decimal(step))
        seen = evening_before(november(day))
        enter(store, document("nbk", november(day), seen, {**NBK, "USD": units}, {**NBK, "USD": before}))
    assert [units for _, units in figures(store, "nbk", "KZT")][-3:] == [
        Decimal("517.61"),
        Decimal("514.87"),
        Decimal(515),
    ]
    assert store.query("SELECT observed_at::DATE, rate, doubt FROM waiting") == [(november(12), "51.59", "slip")]


def test_a_document_that_is_wrong_by_a_power_of_ten_is_no_step(store: Store) -> None:
    prices = {**NBK, "USD": "517.2"}
    wrong = {code: str(Decimal(price) / 10) for code, price in prices.items()}
    for day, now, before in (
        (9, prices, prices),
        (10, prices, prices),
        (11, wrong, wrong),
        (12, prices, wrong),
        (13, prices, prices),
    ):
        enter(store, document("nbk", november(day), evening_before(november(day)), now, before))
    assert store.query("SELECT DISTINCT doubt, observed_at::DATE FROM waiting") == [("slip", november(11))]
    for code, price in prices.items():
        if code != "GBP":
            assert store.query("SELECT DISTINCT rate FROM rates WHERE pair = ?", [f"{code}/KZT"]) == [(Decimal(price),)]


def in_market(store: Store, day: int, **units: str) -> None:
    prices = {**MARKET, "TMT": "3.5", "EUR": "0.862", "RUB": "80.1", "CNY": "7.08", "GBP": "0.755", **units}
    enter(store, document("currency_api", november(day), at(november(day), 1), prices))


def standing(store: Store, day: int, pairs: str) -> set[str]:
    query = "SELECT pair FROM rates WHERE source = 'currency_api' AND observed_on = ? AND regexp_matches(pair, ?)"
    return {pair for (pair,) in store.query(query, [november(day), pairs])}


def test_a_row_of_the_market_has_one_verdict_in_every_base(store: Store) -> None:
    of_tenge = {"USD/KZT", "EUR/KZT", "RUB/KZT", "CNY/KZT"}
    for day in (10, 11):
        in_market(store, day)
    in_market(store, 12, KZT="564.6")  # Nine percent: for a cross with the rouble no unusual move.
    assert standing(store, 11, "KZT") == of_tenge
    assert standing(store, 12, "KZT") == set()
    assert "RUB/KGS" in standing(store, 12, ".*")
    [(reason,)] = store.query("SELECT reason FROM held WHERE pair = 'RUB/KZT'")
    assert reason.startswith(
        "7.04868913858 is computed from the row of USD/KZT 564.6, which is held: 564.6 is 1.090 times"
    )
    in_market(store, 13, KZT="564.9")  # It stays there, so it was none of the feed's errors.
    assert standing(store, 12, "KZT") == of_tenge
    assert standing(store, 13, "KZT") == of_tenge


def test_a_cross_does_not_enter_where_a_person_rejected_its_row(store: Store) -> None:
    for day in (10, 11):
        in_market(store, day)
    in_market(store, 12, KZT="564.6")
    [(number,)] = store.query("SELECT rejection_id FROM held WHERE pair = 'USD/KZT'")
    decide(store, Decision(rejection_id=number, decision="rejected", decided_by="A", reason="a slip"))
    in_market(store, 13)
    assert standing(store, 12, "KZT") == set()
    assert len(standing(store, 13, "KZT")) == 4


def test_the_row_of_a_base_is_compared_with_the_others_where_it_is_the_quote_too(store: Store) -> None:
    for day in (10, 11):
        in_market(store, day)
    in_market(store, 12, RUB="87.3")
    assert standing(store, 12, "RUB") == set()
    assert {doubt for (doubt,) in store.query("SELECT doubt FROM held WHERE contains(pair, 'RUB')")} == {"neighbours"}
    assert len(standing(store, 12, ".*")) == 17
    in_market(store, 13)
    assert len(standing(store, 13, ".*")) == 25


def test_where_the_dollars_own_row_is_wrong_other_bases_are_not(store: Store) -> None:
    roubles = {
        "USD": "80.1",
        "EUR": "93.2",
        "CNY": "11.3",
        "KZT": "0.155",
        "KGS": "0.916",
        "GBP": "106.1",
        "TRY": "1.9",
    }
    for day in (10, 11, 12):
        wrong = {"USD": "120.15"} if day == 12 else {}
        enter(store, document("cbr", november(day), evening_before(november(day)), {**roubles, **wrong}))
    query = "SELECT pair FROM rates WHERE source = 'cbr' AND observed_on = '2026-11-12'"
    assert {pair for (pair,) in store.query(query)} == {
        f"{base}/{quote}" for base in ("EUR", "CNY", "RUB") for quote in ("KZT", "KGS", "RUB") if base != quote
    }
    assert {pair for (pair,) in store.query("SELECT pair FROM held")} == {"USD/KZT", "USD/KGS", "USD/RUB"}
