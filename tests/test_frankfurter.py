"""Frankfurter's shapes, and clients that were written for it: they work here unchanged, and say what the views say."""

import csv
import io
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from currency_converter import CurrencyConverter
from flask.testing import FlaskClient
from frankfurter import FrankfurterEngine, engine
from pydantic import BaseModel, Field

from ratesvc.core.currencies import CODES
from ratesvc.publish import publish
from ratesvc.publish.reader import Reader
from ratesvc.store.database import Store
from ratesvc.web import create_app

from .conftest import See
from .test_third_parties import needs, node
from .test_ticker import HOSTILE

TODAY = datetime.now(UTC).date()
DAY = TODAY - timedelta(days=5)


class Rate(BaseModel, extra="forbid", strict=True):
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")
    base: str
    quote: str
    rate: float = Field(gt=0)


class Currency(BaseModel, extra="forbid", strict=True):
    iso_code: str
    iso_numeric: str | None
    name: str
    symbol: str | None
    start_date: str | None
    end_date: str | None


class Provider(BaseModel, strict=True):
    key: str
    name: str
    base: str
    currencies: list[str]


def got(client: FlaskClient, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return json.loads(answer.data)


def units(views: Reader, code: str, day: object) -> float:
    [(found,)] = views.query("SELECT rate_on('USD', ?, ?)", [code, day]).fetchall()
    return float(found)


def valid(rows: list[object], shape: type[BaseModel]) -> None:
    """What Frankfurter's own description says of its answers."""
    assert rows
    for row in rows:
        shape.model_validate(row)


# Shapes ------------------------------------------------------------------------------------------


def test_v2_has_frankfurters_shapes(client: FlaskClient) -> None:
    for query in ("", "?base=KZT", f"?date={DAY}", f"?from={DAY}", f"?from=2026-01-01&to={DAY}&group=week&quotes=UZS"):
        valid(got(client, f"/v2/rates{query}"), Rate)
    valid(got(client, "/v2/currencies?scope=all"), Currency)
    valid(got(client, "/v2/providers"), Provider)


def test_v1_has_frankfurters_shapes(client: FlaskClient) -> None:
    latest = got(client, "/v1/latest")
    assert list(latest) == ["amount", "base", "date", "rates"]
    assert (latest["base"], sorted(latest["rates"])) == ("USD", sorted(CODES))
    span = got(client, f"/v1/{DAY}..?symbols=KZT,TMT")
    assert list(span) == ["amount", "base", "start_date", "end_date", "rates"]
    assert (span["start_date"], span["end_date"]) == (min(span["rates"]), max(span["rates"]))
    assert got(client, "/v1/currencies")["KZT"] == "Kazakhstani tenge"


def test_a_rate_is_that_of_the_views_to_ten_digits(client: FlaskClient, views: Reader) -> None:
    codes = ["USD", *CODES]  # The other bases have rates of their own.
    for base in codes:
        asked = f"base={base}&date={DAY}&quotes={','.join(codes)}"
        rows = {row["quote"]: row["rate"] for row in got(client, f"/v2/rates?{asked}")}
        assert set(rows) == set(codes) - {base}
        for quote, rate in rows.items():
            have, want = (1 if code == "USD" else units(views, code, DAY) for code in (base, quote))
            assert rate == pytest.approx(want / have, rel=1e-9), (base, quote)
        assert got(client, f"/v1/{DAY}?base={base}&symbols={','.join(codes)}")["rates"] == rows
    # Frankfurter would round a som to 0.0001.
    [som] = got(client, "/v2/rates?base=UZS&quotes=USD")
    [newest] = views.rows("SELECT rate FROM headline WHERE pair = 'USD/UZS'")
    assert som["rate"] == pytest.approx(1 / float(newest["rate"]), rel=1e-9)


def test_amounts_and_the_old_names_of_parameters(client: FlaskClient) -> None:
    assert got(client, "/v1/latest?from=USD&to=KZT&amount=10")["rates"] == {"KZT": 5169.5}


def test_codes_in_lower_case_and_foreign_ones_are_answered_as_frankfurter_does(client: FlaskClient) -> None:
    right = got(client, "/v1/latest?symbols=KZT")
    for address in ("/v1/latest?symbols=kzt", "/v1/latest?symbols=KZT,EUR", "/v1/current?symbols=KZT"):
        assert got(client, address) == right, address
    assert got(client, "/v1/latest?base=usd") == got(client, "/v1/latest")
    assert got(client, "/v2/rates?quotes=kzt") == got(client, "/v2/rates?quotes=KZT")
    assert client.get("/v1/latest?symbols=EUR").status_code == 404


def test_a_base_in_lower_case_has_the_banks_own_rates_and_computed_ones_are_named(store: Store, see: See) -> None:
    see("KZT", str(DAY), "517.30", source="nbk")
    see("KZT", str(DAY), "600.25", source="nbk", base="EUR")
    see("UZS", str(DAY), "12000", source="cbu")
    see("EUR", str(DAY), "0.8")
    publish.publish(store)
    client = create_app().test_client()
    for address, computed in (
        ("/v1/latest?base=eur&symbols=kzt,GBP", None),
        (f"/v1/{DAY}?base=eur&symbols=kzt", None),
        (f"/v1/{DAY}..?base=eur&symbols=kzt", None),
        ("/v2/rates?base=eur&quotes=kzt,GBP", None),
        ("/v2/rate/eur/kzt", None),
        ("/v2/rate/kzt/eur", None),
        ("/v1/latest?base=kzt&symbols=uzs,eur,usd", "UZS"),
    ):
        answer = client.get(address)
        assert (answer.status_code, answer.headers.get("X-Computed")) == (200, computed), address
        assert "nbk" in answer.headers["X-Source"], address
    assert got(client, "/v1/latest?base=eur&symbols=kzt")["rates"] == {"KZT": 600.25}


def test_the_history_has_a_column_for_every_currency_and_empty_cells(store: Store, see: See) -> None:
    see("KZT", str(DAY), "517.30", source="nbk")
    see("EUR", str(DAY), "0.8")
    publish.publish(store)
    header, row = create_app().test_client().get("/v1/history.csv").text.splitlines()
    assert header == "Date,USD,KGS,KZT,TJS,UZS,TMT,EUR,RUB,CNY"
    assert row == f"{DAY},1,,517.3,,,3.5,0.8,,"


def test_a_pair_has_an_address(client: FlaskClient) -> None:
    for pair in ("USD/KZT", "KZT/USD", "UZS/TJS"):
        base, quote = pair.split("/")
        [latest] = got(client, f"/v2/rates?base={base}&quotes={quote}")
        assert got(client, f"/v2/rate/{pair}") == got(client, f"/v2/rate/{pair.lower()}") == latest
        [then] = got(client, f"/v2/rates?base={base}&quotes={quote}&date={DAY}")
        assert got(client, f"/v2/rate/{pair}/{DAY}") == got(client, f"/v2/rate/{pair}?date={DAY}") == then
    [market] = got(client, "/v2/rates?providers=CURRENCY_API&quotes=KZT")
    assert got(client, "/v2/rate/USD/KZT?providers=CURRENCY_API") == market
    for nothing in ("USD/EUR", "EUR/USD", "USD/USD", "USD/KZT/1950-01-01"):
        assert client.get(f"/v2/rate/{nothing}").status_code == 404, nothing
    assert client.get("/v2/rate/USD/KZT/2026-13-01").status_code == 422


def test_a_provider_answers_alone(client: FlaskClient) -> None:
    [market] = got(client, "/v2/rates?providers=CURRENCY_API&quotes=KZT")
    [headline] = got(client, "/v2/rates?quotes=KZT")
    assert (market["rate"] != headline["rate"], headline["rate"]) == (True, 516.95)
    for version in ("/v1/latest?symbols=KZT", "/v2/rates?quotes=KZT"):
        by_kind = client.get(f"{version}&kind=market")
        assert by_kind.text == client.get(f"{version}&source=currency_api").text
        assert by_kind.headers["X-Source"] == "currency_api"
        assert client.get(version).headers["X-Source"] == "nbk"
        assert client.get(f"{version}&kind=market&source=nbk").status_code == 422
    assert "never mixed" in client.get("/v2/rates?providers=NBK,NBT").text


def test_weeks_and_months_end_with_their_last_rate(client: FlaskClient) -> None:
    days = got(client, f"/v2/rates?from=2026-01-01&to={DAY}&quotes=KZT")
    months = got(client, f"/v2/rates?from=2026-01-01&to={DAY}&quotes=KZT&group=month")
    assert months == [max((row for row in days if row["date"][:7] == month), key=lambda row: str(row["date"]))
                      for month in sorted({row["date"][:7] for row in days})]  # fmt: skip


def test_csv_and_ndjson_by_suffix_and_by_accept(client: FlaskClient) -> None:
    plain = got(client, "/v2/rates?quotes=KZT,UZS")
    rows = list(csv.DictReader(io.StringIO(client.get("/v2/rates.csv?quotes=KZT,UZS").text)))
    assert [{**row, "rate": float(row["rate"])} for row in rows] == plain
    lines = client.get("/v2/rates?quotes=KZT,UZS", headers={"Accept": "application/x-ndjson"})
    assert [json.loads(line) for line in lines.text.splitlines()] == plain
    assert "e-" not in client.get("/v2/rates.csv?base=UZS&quotes=USD").text


def test_nonsense_is_refused_in_frankfurters_shape(client: FlaskClient) -> None:
    for name in ("base", "symbols", "from", "to", "amount"):
        for hostile in HOSTILE:
            answer = client.get("/v1/latest", query_string={name: hostile})
            assert answer.status_code == 422, (name, hostile)
            assert list(json.loads(answer.data)) == ["message"]
            assert hostile not in answer.text
    for name in ("date", "from", "to", "base", "quotes", "providers", "group"):
        for hostile in HOSTILE:
            answer = client.get("/v2/rates", query_string={name: hostile})
            assert answer.status_code == 422, (name, hostile)
    for path in ("/v1/2026-13-01", "/v1/2026-02-01..2026-01-01", "/v2/rates?date=2026-01-01&from=2026-01-01",
                 "/v2/rates?to=2026-01-01", "/v2/rates?group=week", "/v1/latest?x=1"):  # fmt: skip
        assert client.get(path).status_code == 422, path
    for path in ("/v1/nothing", "/v1/1950-01-01", "/v2/currency/EUR"):
        assert client.get(path).status_code == 404, path
    assert got(client, "/v2/rates?date=1950-01-01") == []


# Clients -----------------------------------------------------------------------------------------


@needs("node_modules/frankfurter-js")
def test_npm_clients(busy: str, client: FlaskClient) -> None:
    told = json.loads(node("frankfurter.mjs", busy, str(DAY)))
    for name in ("js", "v2"):
        assert told[name]["latest"] == got(client, "/v2/rates?quotes=KZT,UZS")
        assert told[name]["historical"] == got(client, f"/v2/rates?base=KGS&quotes=KZT&date={DAY}")
        before = DAY - timedelta(days=7)
        assert told[name]["range"] == got(client, f"/v2/rates?quotes=KZT&from={before}&to={DAY}")
        valid(told[name]["currencies"], Currency)
        valid(told[name]["providers"], Provider)
    assert told["v2"]["currency"]["providers"] == ["CURRENCY_API", "NBK"]
    assert told["v1"]["latest"] == got(client, "/v1/latest?symbols=KZT,UZS")
    assert told["v1"]["historical"] == got(client, f"/v1/{DAY}?base=KGS&symbols=KZT")
    assert len(told["v1"]["range"]["rates"]) >= 4
    assert told["v1"]["currencies"] == got(client, "/v1/currencies")


def test_the_client_of_pypi(busy: str, monkeypatch: pytest.MonkeyPatch, client: FlaskClient) -> None:
    def ours(request: Request) -> Any:
        address = request.full_url.replace("https://api.frankfurter.dev", busy)
        return urlopen(address)  # noqa: S310 - our own server

    monkeypatch.setattr(engine, "urlopen", ours)
    their = FrankfurterEngine()
    assert their.fetch_latest_data(base="USD", symbols="KZT")["rates"] == {"KZT": 516.95}
    assert their.fetch_data_for_date(str(DAY), base="KGS") == got(client, f"/v1/{DAY}?base=KGS")
    assert len(their.fetch_time_series_data("USD", "KZT", str(DAY - timedelta(days=7)), str(DAY))["rates"]) >= 4
    assert their.convert_currency(100, "USD", "KZT") == pytest.approx(51695)


# The newest day that each bank has printed.
FRIDAY = {"nbkr": "2026-05-22", "nbk": "2026-05-22", "nbt": "2026-05-22", "cbu": "2026-05-22"}


@pytest.mark.parametrize(
    ("moment", "days", "som", "newest"),
    [
        ("2026-05-22 13:00", FRIDAY, "12030.55", "2026-05-22"),
        ("2026-05-22 13:00", {**FRIDAY, "nbk": "2026-05-23"}, "12030.55", "2026-05-23"),  # Tomorrow's is printed.
        ("2026-05-23 00:00", FRIDAY, "12030.55", "2026-05-22"),
        ("2026-05-24 12:00", {**FRIDAY, "nbt": "2026-05-24"}, "12030.55", "2026-05-24"),  # A Sunday.
        ("2026-05-25 00:00", FRIDAY, "12030.55", "2026-05-22"),
        ("2026-05-22 13:00", {**FRIDAY, "cbu": "2026-05-13"}, "12030.55", "2026-05-22"),  # Its last rate remains.
        ("2026-05-22 13:00", {**FRIDAY, "cbu": "2026-05-10"}, "12345.67", "2026-05-22"),  # The market stands in.
    ],
)
def test_currency_converter_converts_every_pair_of_the_latest(
    store: Store, see: See, at: Callable[[str], None], tmp_path: Path,
    moment: str, days: dict[str, str], som: str, newest: str,
) -> None:  # fmt: skip
    at(moment)
    printed = {"KGS": "87.45", "KZT": "517.3", "TJS": "9.345", "UZS": "12030.55"}
    for (source, day), (code, units) in zip(days.items(), printed.items(), strict=True):
        see(code, day, units, source=source)
    see("UZS", "2026-05-22", "12345.67")  # The market's, for when the bank has been silent for long.
    publish.publish(store)
    client = create_app().test_client()
    file = tmp_path / "latest.csv"
    file.write_bytes(client.get("/v1/latest.csv").data)
    assert file.read_text().splitlines()[1].startswith(f"{newest},1,")
    assert (got(client, "/v1/latest")["date"], len(got(client, "/v1/latest")["rates"])) == (newest, 5)
    known = {"USD": "1", **printed, "UZS": som, "TMT": "3.5"}
    per_dollar = {code: Decimal(units) for code, units in known.items()}
    # By its defaults, and as it should be called.
    for converter in (CurrencyConverter(str(file)), CurrencyConverter(str(file), ref_currency="USD")):
        for have, want in itertools.permutations(per_dollar, 2):
            converted = converter.convert(100, have, want)
            assert converted == pytest.approx(float(100 / per_dollar[have] * per_dollar[want]), rel=1e-12), (have, want)


def test_currency_converter_reads_our_file(busy: str, views: Reader) -> None:
    for name, day in (("history", DAY), ("latest", None)):
        converter = CurrencyConverter(
            f"{busy}/v1/{name}.csv", ref_currency="USD", fallback_on_missing_rate=True,
            fallback_on_missing_rate_method="last_known",
        )  # fmt: skip
        have, want = (units(views, code, day or TODAY) for code in ("KZT", "UZS"))
        assert converter.convert(100, "KZT", "UZS", date=day) == pytest.approx(100 * want / have, rel=1e-9)
