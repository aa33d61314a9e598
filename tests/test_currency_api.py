"""The parser of currency_api, on the documented format."""

import asyncio
import shutil
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from ratesvc.collect import http
from ratesvc.core.errors import SourceError
from ratesvc.sources import currency_api
from ratesvc.validation.rules import apply_rules

PAYLOAD = Path(__file__).parent / "payloads" / "currency_api" / "usd-2025-12-30.json"
RECORDED = Path(__file__).parents[2] / "shared" / "payloads" / "currency_api" / "usd-2025.12.30.json"


def test_the_printed_digits_arrive_unchanged() -> None:
    found = {each.quote: each for each in currency_api.parse(PAYLOAD.read_bytes()).observations if each.base == "USD"}
    assert list(found) == ["KGS", "KZT", "TJS", "UZS", "TMT", "EUR", "RUB", "CNY"]
    assert str(found["KZT"].rate) == "472.31120455"
    assert str(found["KGS"].rate) == "87.45"
    assert found["UZS"].observed_at == datetime(2025, 12, 30, tzinfo=UTC)
    assert {each.source for each in found.values()} == {"currency_api"}


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded payloads are not at hand")
def test_a_recorded_document_is_read() -> None:
    found = {each.quote: each for each in currency_api.parse(RECORDED.read_bytes()).observations if each.base == "USD"}
    assert found["KZT"].observed_at == datetime(2025, 12, 30, tzinfo=UTC)
    # Copied from the document by hand.
    assert str(found["KGS"].rate) == "87.45077912"
    assert str(found["KZT"].rate) == "501.56610476"
    assert str(found["UZS"].rate) == "12012.17458455"
    assert len(found) == 8


def test_a_whole_number_is_a_rate_too() -> None:
    [only] = currency_api.parse(b'{"date": "2026-05-24", "usd": {"kgs": 88}}').observations
    assert only.rate == Decimal(88)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"<html>Access denied</html>",
        b"[]",
        b"{}",
        b'{"date": "2026-05-24"}',
        b'{"date": "24.05.2026", "usd": {"kgs": 87.45}}',
        b'{"date": null, "usd": {"kgs": 87.45}}',
        b'{"date": "2026-05-24", "usd": {}}',
        b'{"date": "2026-05-24", "usd": {"kgs": "87.45"}}',
        b'{"date": "2026-05-24", "usd": {"kgs": NaN}}',
        b'{"date": "2026-05-24", "usd": {"kgs": 0}}',
        b'{"date": "2026-05-24", "usd": {"kgs": -87.45}}',
        b'{"date": "2026-05-24", "usd": {"kgs": null}}',
    ],
)
def test_a_strange_document_is_an_error(payload: bytes) -> None:
    with pytest.raises((SourceError, ValueError)):
        currency_api.parse(payload)


@pytest.mark.third_party
@pytest.mark.skipif(shutil.which("npm") is None, reason="no npm client is installed")
def test_the_newest_real_document_comes_by_the_npm_client() -> None:
    async def ask() -> bytes:
        async with http.Client() as client:
            return (await client.get(currency_api.newest(datetime.now(UTC).date())[2])).content

    try:
        payload = asyncio.run(ask())
    except http.FetchError as unreachable:
        pytest.skip(f"no package registry can be reached: {unreachable}")
    reading = currency_api.parse(payload)
    found = reading.observations
    assert [each.quote for each in found if each.base == "USD"] == list(currency_api.CURRENCIES)
    assert found[0].observed_at >= datetime(2026, 9, 29, tzinfo=UTC)
    verdict = apply_rules(reading, datetime.now(UTC), trusted=True)
    assert (len(verdict.kept), verdict.set_aside) == (25, ())
