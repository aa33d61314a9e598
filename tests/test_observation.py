"""What cannot be is refused at construction."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from ratesvc.core.observation import Observation

POSSIBLE: dict[str, Any] = {
    "source": "currency_api",
    "currency": "KGS",
    "observed_at": datetime(2026, 5, 24, tzinfo=UTC),
    "units_per_usd": Decimal("87.45"),
}


def test_what_is_possible_is_accepted() -> None:
    assert Observation(**POSSIBLE).units_per_usd == Decimal("87.45")


@pytest.mark.parametrize(
    "wrong",
    [
        {"currency": "XXX"},
        {"observed_at": datetime(2026, 5, 24)},  # noqa: DTZ001 - that is the point
        {"observed_at": datetime(2026, 5, 24, tzinfo=timezone(timedelta(hours=5)))},
        {"units_per_usd": Decimal(0)},
        {"units_per_usd": Decimal(-1)},
        {"units_per_usd": Decimal("NaN")},
        {"units_per_usd": Decimal("Infinity")},
        {"units_per_usd": 87.45},
    ],
)
def test_what_is_impossible_is_refused_with_the_name_of_the_currency(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"KGS|XXX"):
        Observation(**{**POSSIBLE, **wrong})
