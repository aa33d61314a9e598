"""Open Exchange Rates' shape, and clients that were written for it: they work here with another address."""

import asyncio
import importlib.util
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ratesvc.core.currencies import BY_CODE
from ratesvc.publish import publish
from ratesvc.publish.reader import Reader, newest
from ratesvc.store.database import Store
from ratesvc.web import create_app

from .conftest import See, showing
from .test_third_parties import FOLDER, needs, node
from .test_ticker import HOSTILE

TODAY = datetime.now(UTC).date()
DAY = "2026-09-01"
"""A day of the bundled history."""


@pytest.fixture(scope="module")
def client(archive: Path) -> FlaskClient:
    """The application in this process, showing the bundled history."""
    return showing(archive)


@pytest.fixture(scope="module")
def views(archive: Path) -> Reader:
    """What its published version answers."""
    return Reader(newest(archive / "published"))


def got(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.data)


def needs_package(name: str) -> pytest.MarkDecorator:
    """Skips where the tools for tests are older than this test."""
    return pytest.mark.skipif(importlib.util.find_spec(name) is None, reason=f"{name} is not installed: make test")


# Shape --------------------------------------------------------------------------------------------


def test_the_latest_has_every_currency_in_the_shape_of_open_exchange_rates(client: FlaskClient, views: Reader) -> None:
    latest = got(client, "/oxr/latest.json?app_id=anything&prettyprint=1&show_alternative=0&show_inactive=false")
    assert list(latest) == ["disclaimer", "license", "timestamp", "base", "rates"]
    assert list(latest["rates"]) == sorted(BY_CODE)
    assert (latest["base"], latest["rates"].pop("USD")) == ("USD", 1)
    assert latest["rates"] == got(client, "/v1/latest")["rates"]
    assert latest["timestamp"] == int(views.published.published_at.timestamp())
    assert all("/sources" in latest[name] for name in ("disclaimer", "license"))
    assert got(client, "/oxr/currencies.json?show_alternative=1") == got(client, "/v1/currencies")


def test_base_and_symbols_in_any_case_and_unknown_symbols_are_dropped(client: FlaskClient) -> None:
    for base in BY_CODE:
        rates = got(client, f"/oxr/latest.json?base={base.lower()}")["rates"]
        assert rates == {**got(client, f"/v1/latest?base={base}")["rates"], base: 1}, base
    assert list(got(client, "/oxr/latest.json?symbols=rub,kzt,GBP")["rates"]) == ["KZT", "RUB"]
    assert got(client, "/oxr/latest.json?symbols=usd")["rates"] == {"USD": 1}
    assert got(client, "/oxr/latest.json?symbols=GBP")["rates"] == {}
    assert got(client, "/oxr/latest.json?symbols=&base=") == got(client, "/oxr/latest.json")


def test_a_day_ends_one_second_before_midnight_or_when_the_version_was_published(
    client: FlaskClient, views: Reader
) -> None:
    past = got(client, f"/oxr/historical/{DAY}.json")
    assert past["timestamp"] == datetime(2026, 9, 1, 23, 59, 59, tzinfo=UTC).timestamp()
    assert past["rates"] == {**got(client, f"/v1/{DAY}")["rates"], "USD": 1}
    today = views.published.published_at.date()
    published = int(views.published.published_at.timestamp())
    for day in (today, today + timedelta(days=1)):
        assert got(client, f"/oxr/historical/{day}.json?symbols=TMT")["timestamp"] == published


def test_the_sources_and_kinds_are_selected_and_named_as_in_frankfurters_shape(store: Store, see: See) -> None:
    see("KZT", str(TODAY), "517.30", source="nbk")
    see("KZT", str(TODAY), "600.25", source="nbk", base="EUR")
    see("KZT", str(TODAY), "650", base="EUR")
    publish.publish(store)
    client = create_app().test_client()
    for query, rate, source, computed in (
        ("base=EUR", 600.25, "nbk", None),
        ("base=EUR&source=currency_api", 650, "currency_api", "KZT"),
        ("base=EUR&kind=market", 650, "currency_api", "KZT"),
    ):
        answer = client.get(f"/oxr/latest.json?symbols=KZT&{query}")
        assert answer.json["rates"] == {"KZT": rate}  # type: ignore[index]
        assert (answer.headers["X-Source"], answer.headers.get("X-Computed")) == (source, computed)
    assert client.get("/oxr/latest.json?source=nbk&kind=market").status_code == 422
    assert "public" in client.get("/oxr/latest.json").headers["Cache-Control"]


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("latest.json?base=GBP", 422, "invalid_base"),
        ("latest.json?symbols=tenge", 422, "invalid_symbols"),
        ("latest.json?source=nowhere", 422, "invalid_source"),
        ("latest.json?bas=EUR", 422, "invalid_bas"),
        ("latest.json?b[]=EUR", 422, "invalid_parameter"),
        ("historical/2026-13-01.json", 422, "invalid_date"),
        ("historical/1950-01-01.json", 404, "not_available"),
        ("time-series.json", 404, "not_available"),
        ("historical/2026-09-01", 404, "not_available"),
    ],
)
def test_a_refusal_has_the_shape_of_open_exchange_rates(
    client: FlaskClient, path: str, status: int, message: str
) -> None:
    answer = client.get(f"/oxr/{path}")
    refusal = json.loads(answer.data)
    assert list(refusal) == ["error", "status", "message", "description"]
    assert (answer.status_code, refusal["error"], refusal["status"], refusal["message"]) == (
        status, True, status, message,
    )  # fmt: skip
    assert (answer.headers["Cache-Control"], answer.headers["Access-Control-Allow-Origin"]) == ("no-store", "*")


def test_nonsense_is_refused_and_not_repeated(client: FlaskClient) -> None:
    for name in ("base", "symbols", "source", "kind"):
        for hostile in HOSTILE:
            answer = client.get("/oxr/latest.json", query_string={name: hostile})
            assert answer.status_code == 422, (name, hostile)
            assert hostile not in answer.text
    for hostile in HOSTILE:
        assert client.get("/oxr/latest.json", query_string={"app_id": hostile}).status_code == 200


def test_an_empty_store_has_no_rates_but_the_peg(store: Store) -> None:
    publish.publish(store)
    client = create_app().test_client()
    assert got(client, "/oxr/latest.json")["rates"] == {"TMT": 3.5, "USD": 1}
    assert client.get("/oxr/latest.json?symbols=KZT").status_code == 404


# Clients ------------------------------------------------------------------------------------------


@pytest.mark.third_party
@needs("node_modules/open-exchange-rates")
def test_the_packages_of_open_exchange_rates(site: str, client: FlaskClient, views: Reader) -> None:
    """money.js and open-exchange-rates, whose address is a property that anybody may set."""
    told = json.loads(node("oxr.mjs", f"{site}/oxr/", DAY))
    latest = got(client, "/oxr/latest.json")
    assert told["latest"] == {
        "base": "USD", "rates": latest["rates"], "timestamp": latest["timestamp"] * 1000, "error": None,
    }  # fmt: skip
    assert told["historical"]["rates"] == got(client, f"/oxr/historical/{DAY}.json")["rates"]
    ours = got(client, "/v1/latest?base=KZT&symbols=RUB&amount=1000")["rates"]["RUB"]
    assert told["tenge"] == pytest.approx(ours, rel=1e-9)
    assert told["dollars"] == pytest.approx(1000 * latest["rates"]["RUB"] / latest["rates"]["KZT"], rel=1e-9)
    assert told["missing"] == "404 (not_available): there are no rates of 1950-01-01"


@pytest.mark.third_party
@needs_package("djmoney")
def test_django_money_converts_at_our_rates(site: str, client: FlaskClient) -> None:
    done = subprocess.run(
        [sys.executable, FOLDER / "django_convert.py", f"{site}/oxr/latest.json"],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for pair, amount in json.loads(done.stdout).items():
        base, quote = pair.split("/")
        ours = got(client, f"/v1/latest?base={base}&symbols={quote}&amount=1000")["rates"][quote]
        # It keeps six decimals of each rate for a dollar.
        assert float(amount) == pytest.approx(ours, rel=2e-6), pair
    assert Decimal(json.loads(done.stdout)["USD/KZT"]) == Decimal("441233.941")


@pytest.mark.third_party
@needs_package("aioopenexchangerates")
def test_home_assistants_client(site: str, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address is a constant of its module: it has no setting, so the test replaces the constant."""
    from aioopenexchangerates import Client, OpenExchangeRatesClientError
    from aioopenexchangerates import client as module

    monkeypatch.setattr(module, "BASE_API_ENDPOINT", f"{site}/oxr/")

    async def ask() -> None:
        async with Client("x") as theirs:
            latest = await theirs.get_latest(base="EUR")
            ours = got(client, "/oxr/latest.json?base=EUR")
            assert (latest.base, latest.rates, latest.timestamp) == ("EUR", ours["rates"], ours["timestamp"])
            assert list((await theirs.get_latest(symbols=["KZT", "UZS"])).rates) == ["KZT", "UZS"]
            assert await theirs.get_currencies() == got(client, "/oxr/currencies.json")
            with pytest.raises(OpenExchangeRatesClientError):
                await theirs.get_latest(base="GBP")

    asyncio.run(ask())
