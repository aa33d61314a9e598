"""What is doubtful is set aside with a sentence."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from ratesvc.core.currencies import CURRENCIES, Currency
from ratesvc.core.observation import Observation, midnight
from ratesvc.core.publication_calendar import SUNDAY
from ratesvc.core.reading import Reading
from ratesvc.validation import rules
from ratesvc.validation.known_rates import Held, KnownRates
from ratesvc.validation.rules import Verdict

NOW = datetime(2026, 5, 24, 12, tzinfo=UTC)


def apply_rules(
    observations: Sequence[Observation],
    seen_at: datetime,
    known_rates: KnownRates | None = None,
    requested: tuple[date, date] | None = None,
    **document: Any,
) -> Verdict:
    """What becomes of a document with these rates that says nothing else of itself, but for what is given."""
    return rules.apply_rules(
        Reading(observations=observations, **document),
        seen_at,
        known_rates,
        requested=requested,
        trusted=known_rates is None,
    )


def observation(units: str, day: str = "2026-05-24", currency: str = "KGS") -> Observation:
    return Observation(source="test", base="USD", quote=currency, observed_at=midnight(day), rate=Decimal(units))


def test_an_ordinary_rate_is_kept() -> None:
    verdict = apply_rules([observation("87.45")], NOW)
    assert (verdict.kept, verdict.set_aside, verdict.confirmed) == ((observation("87.45"),), (), ())


def test_tomorrows_rate_is_kept_because_banks_print_it_today() -> None:
    assert apply_rules([observation("87.45", "2026-05-25")], NOW).set_aside == ()


@pytest.mark.parametrize(
    ("doubtful", "sentence"),
    [
        (observation("0.01143"), "0.01143 is outside the plausible band 15 to 800"),
        (observation("8745"), "8745 is outside the plausible band 15 to 800"),
        (observation("87.45", "2026-06-24"), "its date 2026-06-24 is more than 10 days ahead"),
        (
            observation("87.45", "2024-06-24"),
            "its date 2024-06-24 is more than 400 days back, in a document that should be the newest",
        ),
        (observation("87.12345678901234"), "87.12345678901234 has more than the 13 decimals that the store keeps"),
    ],
)
def test_a_doubtful_rate_is_set_aside_with_a_sentence(doubtful: Observation, sentence: str) -> None:
    verdict = apply_rules([doubtful], NOW)
    [rejection] = verdict.set_aside
    assert verdict.kept == ()
    assert not rejection.held
    assert rejection.reason == sentence
    assert rejection.rate == doubtful.rate


def test_a_currency_that_is_quoted_twice_is_not_believed() -> None:
    verdict = apply_rules([observation("87.45"), observation("87.46"), observation("472", currency="KZT")], NOW)
    assert [each.quote for each in verdict.kept] == ["KZT"]
    assert {each.reason for each in verdict.set_aside} == {"it is in the document 2 times"}


@pytest.mark.parametrize("currency", CURRENCIES, ids=lambda currency: currency.code)
def test_a_band_is_wide_and_finds_an_inverted_rate(currency: Currency) -> None:
    assert currency.highest / currency.lowest > 10
    assert 1 / currency.lowest <= currency.lowest


def rate(units: str, day: str, source: str = "nbkr", currency: str = "KGS") -> Observation:
    return Observation(source=source, base="USD", quote=currency, observed_at=midnight(day), rate=Decimal(units))


def known(*rates: Observation, waiting: tuple[Observation, ...] = ()) -> KnownRates:
    """What the store knows, and what waits there; cbr and cbu are central banks."""
    held = [Held(each, fetch_id=1) for each in waiting]
    return KnownRates(rates, held, official=frozenset({"cbr", "cbu", "cbt", "nbkr"}))


BEFORE = rate("87.45", "2026-05-22")


@pytest.mark.parametrize(
    ("units", "sentence"),
    [
        ("91.9", "91.9 is 1.051 times the 87.45 of 2026-05-22"),
        ("70", "70 is 0.800 times the 87.45 of 2026-05-22"),
    ],
)
def test_a_jump_is_held(units: str, sentence: str) -> None:
    [rejection] = apply_rules([rate(units, "2026-05-23")], NOW, known(BEFORE)).set_aside
    assert (rejection.reason, rejection.held) == (sentence, True)


def test_the_threshold_belongs_to_the_currency_and_to_whether_it_is_its_own_bank() -> None:
    assert apply_rules([rate("89.1", "2026-05-23")], NOW, known(BEFORE)).set_aside == ()
    [rejection] = apply_rules([rate("89.3", "2026-05-23")], NOW, known(BEFORE)).set_aside
    assert rejection.doubt == "jump"
    market = rate("87.45", "2026-05-22", source="currency_api")
    assert apply_rules([rate("89.3", "2026-05-23", source="currency_api")], NOW, known(market)).set_aside == ()
    tenge = rate("517.3", "2026-05-22", "nbk", "KZT")
    assert apply_rules([rate("535", "2026-05-23", "nbk", "KZT")], NOW, known(tenge)).set_aside == ()


def test_a_slip_of_the_decimal_point_and_an_inversion_are_named() -> None:
    somoni = rate("9.33", "2026-05-22", currency="TJS")
    for units, sentence in (("93.29", "10.0 times"), ("0.1071", None), ("97.9", "10.5 times")):
        [rejection] = apply_rules([rate(units, "2026-05-23", currency="TJS")], NOW, known(somoni)).set_aside
        if sentence:
            assert rejection.reason == f"{units} is {sentence} the 9.33 of 2026-05-22"
        else:
            assert rejection.reason == (
                "0.1071 is outside the plausible band 1 to 100: it is the inverse of the 9.33 of 2026-05-22"
            )


def test_a_jump_enters_with_the_next_publication_at_its_level() -> None:
    jumped = rate("118", "2026-05-23")
    verdict = apply_rules([rate("117", "2026-05-24")], NOW, known(BEFORE, waiting=(jumped,)))
    assert [each.rate for each in verdict.kept] == [Decimal(117)]
    assert [held.observation for held in verdict.confirmed] == [jumped]


def test_the_second_of_three_days_of_a_fall_enters_with_the_third() -> None:
    # 25 to 28 August 2015 of the tenge, the float.
    first, second = rate("218.61", "2026-05-22", "nbk", "KZT"), rate("230.11", "2026-05-23", "nbk", "KZT")
    [doubted] = apply_rules([second], NOW, known(first)).set_aside
    assert doubted.held
    known_rates = known(first, rate("243.99", "2026-05-24", "nbk", "KZT"), waiting=(second,))
    verdict = apply_rules([rate("241.76", "2026-05-25", "nbk", "KZT")], NOW, known_rates)
    assert [held.observation for held in verdict.confirmed] == [second]


def test_a_jump_is_not_confirmed_by_itself_nor_by_a_day_that_goes_back() -> None:
    jumped = rate("118", "2026-05-23")
    again = apply_rules([jumped], NOW, known(BEFORE, waiting=(jumped,)))
    assert (again.kept, again.confirmed, [each.held for each in again.set_aside]) == ((), (), [True])
    back = apply_rules([rate("88", "2026-05-24")], NOW, known(BEFORE, waiting=(jumped,)))
    assert ([each.rate for each in back.kept], back.confirmed) == ([Decimal(88)], ())


def test_a_jump_is_not_confirmed_by_a_day_that_only_carries_it_forward() -> None:
    known_rates = known(BEFORE, waiting=(rate("118", "2026-05-23"),))
    known_rates.publishes = lambda _source, day: day.weekday() < SUNDAY
    verdict = apply_rules([rate("118", "2026-05-24")], NOW, known_rates)  # A Sunday.
    assert (verdict.kept, verdict.confirmed) == ((), ())


def test_a_jump_enters_at_once_when_another_source_has_made_it_too() -> None:
    market = rate("117.5", "2026-05-23", source="currency_api")
    assert apply_rules([rate("118", "2026-05-23")], NOW, known(BEFORE, market)).set_aside == ()
    verdict = apply_rules([rate("118", "2026-05-23")], NOW, known(BEFORE, rate("88", "2026-05-23", source="cbr")))
    assert [each.held for each in verdict.set_aside] == [True]


def test_a_slip_is_not_confirmed_by_its_own_source() -> None:
    slipped = rate("9.3", "2026-05-22", currency="TJS"), rate("93.1", "2026-05-23", currency="TJS")
    verdict = apply_rules([rate("93.2", "2026-05-24", currency="TJS")], NOW, known(slipped[0], waiting=slipped[1:]))
    assert (verdict.kept, verdict.confirmed) == ((), ())
    agrees = rate("93", "2026-05-24", source="cbr", currency="TJS")
    verdict = apply_rules(
        [rate("93.2", "2026-05-24", currency="TJS")], NOW, known(slipped[0], agrees, waiting=slipped[1:])
    )
    assert len(verdict.kept) == len(verdict.confirmed) == 1


def test_a_contradiction_of_the_peg_waits_for_another_central_bank() -> None:
    broken = rate("3.0201", "2026-04-01", source="cbu", currency="TMT")
    april = datetime(2026, 4, 1, 12, tzinfo=UTC)
    [rejection] = apply_rules([broken], april, known()).set_aside
    assert (rejection.reason, rejection.held) == ("3.0201 is 0.863 times the peg of 3.5", True)
    market = rate("3.02", "2026-04-01", source="currency_api", currency="TMT")
    assert apply_rules([broken], april, known(market)).kept == ()
    verdict = apply_rules([rate("3.02", "2026-04-02", source="cbt", currency="TMT")], april, known(waiting=(broken,)))
    assert (len(verdict.kept), len(verdict.confirmed)) == (1, 1)


def test_a_market_may_wobble_around_a_peg() -> None:
    wobble = rate("3.575", "2026-05-23", source="currency_api", currency="TMT")
    assert apply_rules([wobble], NOW, known()).set_aside == ()


def test_a_source_that_has_begun_anew_is_compared_with_the_others() -> None:
    market = rate("87.5", "2026-05-23", source="currency_api")
    [rejection] = apply_rules([rate("874.5", "2026-05-23", source="nbkr")], NOW, known(market)).set_aside
    assert "10.0 times the 87.5" in rejection.reason
    [rejection] = apply_rules([rate("100", "2026-05-23")], NOW, known(market)).set_aside
    assert rejection.doubt == "jump"
    assert apply_rules([rate("88", "2026-05-23")], NOW, known(market)).set_aside == ()


def test_a_document_for_another_day_than_the_one_that_was_asked_for_is_refused() -> None:
    asked = date(2020, 3, 2), date(2020, 3, 2)
    today = rate("87.45", "2026-05-24")
    [rejection] = apply_rules([today], NOW, requested=asked).set_aside
    assert rejection.reason == "asked for 2020-03-02, the source answered with a document for 2026-05-24"
    assert apply_rules([rate("70", "2020-02-29")], NOW, requested=asked).set_aside == ()  # The Saturday before.
