"""What is doubtful is set aside with a sentence."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from ratesvc.currencies import CURRENCIES, Currency
from ratesvc.observation import Observation, midnight
from ratesvc.validate import missing, sort_out

NOW = datetime(2026, 5, 24, 12, tzinfo=UTC)


def observation(units: str, day: str = "2026-05-24", currency: str = "KGS") -> Observation:
    return Observation(source="test", currency=currency, observed_at=midnight(day), units_per_usd=Decimal(units))


def test_an_ordinary_rate_is_kept() -> None:
    verdict = sort_out([observation("87.45")], NOW)
    assert (verdict.kept, verdict.set_aside, verdict.confirmed) == ([observation("87.45")], [], [])


def test_tomorrows_rate_is_kept_because_banks_print_it_today() -> None:
    assert sort_out([observation("87.45", "2026-05-25")], NOW).set_aside == []


@pytest.mark.parametrize(
    ("doubtful", "sentence"),
    [
        (observation("0.01143"), "0.01143 per dollar is outside the plausible band 15 to 800"),
        (observation("8745"), "8745 per dollar is outside the plausible band 15 to 800"),
        (observation("87.45", "2026-06-24"), "its date 2026-06-24 is more than 5 days ahead"),
        (
            observation("87.45", "2024-06-24"),
            "its date 2024-06-24 is more than 400 days back, in a document that should be the newest",
        ),
        (observation("87.123456789"), "87.123456789 has more than the 8 decimals that the store keeps"),
    ],
)
def test_a_doubtful_rate_is_set_aside_with_a_sentence(doubtful: Observation, sentence: str) -> None:
    verdict = sort_out([doubtful], NOW)
    [rejection] = verdict.set_aside
    assert verdict.kept == []
    assert not rejection.held
    assert rejection.reason == sentence
    assert rejection.units_per_usd == doubtful.units_per_usd


def test_a_currency_that_is_quoted_twice_is_not_believed() -> None:
    verdict = sort_out([observation("87.45"), observation("87.46"), observation("472", currency="KZT")], NOW)
    assert [each.currency for each in verdict.kept] == ["KZT"]
    assert {each.reason for each in verdict.set_aside} == {"it is in the document 2 times"}


def test_a_missing_currency_is_noted() -> None:
    [note] = missing("test", ("KGS", "KZT"), [observation("87.45")])
    assert (note.currency, note.reason) == ("KZT", "it is not in the document")


@pytest.mark.parametrize("currency", CURRENCIES, ids=lambda currency: currency.code)
def test_a_band_is_wide_and_finds_an_inverted_rate(currency: Currency) -> None:
    assert currency.highest / currency.lowest > 10
    assert 1 / currency.lowest <= currency.lowest
