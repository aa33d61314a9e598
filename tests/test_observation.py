"""What cannot be is refused at construction."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from ratesvc.core.observation import Observation

POSSIBLE: dict[str, Any] = {
    "source": "currency_api",
    "base": "USD",
    "quote": "KGS",
    "observed_at": datetime(2026, 5, 24, tzinfo=UTC),
    "rate": Decimal("87.45"),
}


def test_what_is_possible_is_accepted() -> None:
    assert Observation(**POSSIBLE).rate == Decimal("87.45")


@pytest.mark.parametrize(
    "wrong",
    [
        {"quote": "XXX"},
        {"base": "XXX"},
        {"base": "KGS"},
        {"observed_at": datetime(2026, 5, 24)},  # noqa: DTZ001 - that is the point
        {"observed_at": datetime(2026, 5, 24, tzinfo=timezone(timedelta(hours=5)))},
        {"rate": Decimal(0)},
        {"rate": Decimal(-1)},
        {"rate": Decimal("NaN")},
        {"rate": Decimal("Infinity")},
        {"rate": 87.45},
    ],
)
def test_what_is_impossible_is_refused_with_the_name_of_the_currency(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"KGS|XXX"):
        Observation(**{**POSSIBLE, **wrong})
