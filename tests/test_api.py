"""The API: the same numbers in three forms, pages that stay on a version, the past, refusals, and the document."""

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest
from flask.testing import FlaskClient

from ratesvc.publish import publish
from ratesvc.publish.reader import Reader
from ratesvc.store.database import Store
from ratesvc.web import create_app
from ratesvc.web.api.rows import ENDPOINTS, seconds_for

from .conftest import See, showing
from .evenings import Document, enter
from .printing import printed
from .serving import TODAY

ADDRESSES = [each.path + "?" + "&".join(f"{name}={text}" for name, text in each.example.items()) for each in ENDPOINTS]
CASES = int(os.environ.get("CASES", "1"))
"""Of schemathesis, for each address; `make soak` asks for more."""


@pytest.fixture
def fresh(store: Store) -> FlaskClient:
    """A server of this test's own store; `look` makes it see a new version at once."""
    publish.publish(store)
    return create_app().test_client()


def look(client: FlaskClient) -> None:
    client.application.extensions["current"].look()


def asked(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    return json.loads(answer.text)


def rows(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    found: list[dict[str, Any]] = json.loads(answer.text, parse_float=Decimal)["rows"]
    return found


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_three_forms_hold_the_same_rows(client: FlaskClient, address: str) -> None:
    found = rows(client, address)
    path, _, query = address.partition("?")
    assert client.get(f"{path}.json?{query}").data == client.get(address).data
    lines = client.get(f"{path}.ndjson?{query}").text.splitlines()
    assert [json.loads(line, parse_float=Decimal) for line in lines] == found
    spread = client.get(address, headers={"Accept": "text/csv"})
    assert spread.content_type == "text/csv; charset=utf-8"
    assert spread.data == client.get(f"{path}.csv?{query}").data
    table = list(csv.DictReader(io.StringIO(spread.text)))
    assert len(table) == len(found)
    for cells, row in zip(table, found, strict=True):
        exact = row.pop("exact", {})
        assert list(cells) == list(row)
        for name, value in row.items():
            number = isinstance(value, Decimal | int) and not isinstance(value, bool)
            assert not number or Decimal(cells[name]) == value
        assert {name: cells[name] for name in exact} == exact
        assert {name: Decimal(text) for name, text in exact.items()} == {name: row[name] for name in exact}


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_decimal_comma_changes_no_number(client: FlaskClient, address: str) -> None:
    path, _, query = address.partition("?")
    point = list(csv.reader(io.StringIO(client.get(f"{path}.csv?{query}").text)))
    answer = client.get(f"{path}.csv?{query}&decimal=comma")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    comma = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    for was, row in zip(point, comma, strict=True):
        for before, text in zip(was, row, strict=True):
            assert text == before or text.replace(",", ".") == before or text == before.partition(".")[0]
    assert not re.search(r"(^|;)[+-]?\d+\.\d+%?(;|$)", answer.text, re.MULTILINE)
    for form in (".json", ".ndjson", ""):
        refused = client.get(f"{path}{form}?{query}&decimal=comma")
        assert (refused.status_code, json.loads(refused.text)["error"]["parameter"]) == (422, "decimal")
    assert client.get(address + "&decimal=comma", headers={"Accept": "text/csv"}).data == answer.data


def test_no_number_has_an_exponent(client: FlaskClient) -> None:
    for address in (*ADDRESSES, "/api/rates?currency=UZS&limit=10000", "/api/changes?currency=KGS&limit=10000"):
        for form in ("json", "ndjson", "csv"):
            path, _, query = address.partition("?")
            text = client.get(f"{path}.{form}?{query}").text
            assert not re.search(r"[,:]-?\d[\d.]*[eE][-+]?\d", text), (address, form)


def test_a_bar_is_whole_and_weakest_at_its_high(client: FlaskClient, views: Reader) -> None:
    last = TODAY.replace(day=1) - timedelta(days=1)
    first = last.replace(day=1)
    daily = views.query(
        "SELECT min(observed_on), max(high), min(low), last(close ORDER BY observed_on), count(*) FROM daily "
        "WHERE source = 'nbk' AND quote = 'KZT' AND observed_on BETWEEN ? AND ?",
        [first, last],
    ).fetchall()
    within = f"from={first.replace(day=12)}&to={first.replace(day=20)}"
    [row] = rows(client, f"/api/rates?currency=KZT&interval=month&{within}")
    assert row["since"] == f"{first}"
    assert [(row["high"], row["low"], row["close"], row["days"])] == [each[1:] for each in daily]
    official, market = (rows(client, f"/api/rates?currency=KZT&source={name}&limit=1") for name in ("nbk", "all"))
    assert official[0]["source"] == "nbk"
    assert {row["source"] for row in rows(client, "/api/rates?currency=KZT&source=all&limit=10000")} == {
        "nbk",
        "currency_api",
    }
    assert len(market) == 1
    # A peg has a row for every day.
    pegged = rows(client, "/api/rates?currency=TMT&from=2026-01-01&to=2026-01-31")
    assert {(row["source"], row["close"], row["sightings"]) for row in pegged} == {("peg", Decimal("3.5"), 0)}
    assert len(pegged) == 31


def test_pages_are_the_whole_and_stay_on_their_version(fresh: FlaskClient, store: Store, see: See) -> None:
    for day in range(1, 8):
        see("KZT", f"2026-05-0{day}", f"51{day}.30")
    publish.publish(store)
    look(fresh)
    question = "/api/rates?currency=KZT&source=currency_api&order=asc"
    whole = rows(fresh, question)
    first = fresh.get(f"{question}&limit=3")
    cursor, seen = json.loads(first.text)["next_cursor"], json.loads(first.text, parse_float=Decimal)["rows"]
    assert 'rel="next"' in first.headers["Link"]
    see("KZT", "2026-05-01", "999.99", source="currency_api")
    see("KZT", "2026-05-08", "518.30")
    publish.publish(store)
    look(fresh)
    while cursor:
        page = fresh.get(f"{question}&limit=3&cursor={cursor}")
        assert json.loads(page.text)["version"] == json.loads(first.text)["version"]
        seen += json.loads(page.text, parse_float=Decimal)["rows"]
        cursor = json.loads(page.text)["next_cursor"]
    assert seen == whole
    assert len(rows(fresh, question)) == 8


def test_what_was_known_at_a_moment(fresh: FlaskClient, store: Store, see: See) -> None:
    addresses = (
        "/api/ticker?currency=KZT",
        "/api/rates?currency=KZT&source=all",
        "/api/changes?source=all&currency=KZT&from=2026-01-01",  # A peg has a row more after midnight.
        "/api/corrections?source=all",
        "/api/why/KZT/2026-05-24?",
        "/api/snapshots?limit=9",
        "/api/convert?to=KZT&on=2026-05-24",
    )
    answers = {}
    for units in ("517.30", "517.45", "516.95"):
        see("KZT", "2026-05-24", units)
        see("KZT", "2026-05-23", "518.92")
        publish.publish(store)
        look(fresh)
        published_at = asked(fresh, "/data/latest.json")["published_at"]
        answers[published_at] = {address: asked(fresh, address) for address in addresses}
    for moment, told in answers.items():
        for address, answer in told.items():
            assert asked(fresh, f"{address}&as_known_at={moment}") == answer, address
        published = asked(fresh, f"/ticker.json?at={moment}")
        again = asked(fresh, f"/api/ticker?as_known_at={moment}")
        assert again["version"] == published["version"]
        for was, row in zip(published["rows"], again["rows"], strict=True):
            exact = row.pop("exact", {})
            for name in ("printed", "unconfirmed_printed", "previous_printed", "unconfirmed_previous_printed"):
                row[name] = exact.get(name)
            assert row == was
    corrected = rows(fresh, "/api/corrections?source=all")
    assert [row["rate"] for row in corrected] == [Decimal("516.95"), Decimal("517.45")]


@pytest.mark.parametrize(
    ("address", "status", "parameter"),
    [
        ("/api/rates?nonsense=1", 422, "nonsense"),
        ("/api/rates?currency=USD", 422, "currency"),
        ("/api/rates?pair=EUR/KZT&base=USD", 404, "pair"),
        ("/api/rates?base=USD&quote=USD", 404, "base"),
        ("/api/rates?base=KZT&quote=KGS", 404, "base"),
        ("/api/rates?currency=", 422, "currency"),
        ("/api/rates?source=nobody", 422, "source"),
        ("/api/rates?from=2026-02-30", 422, "from"),
        ("/api/rates?from=20260201", 422, "from"),
        ("/api/rates?from=2026-02-02&to=2026-02-01", 422, "from"),
        ("/api/rates?from=1800-01-01", 422, "from"),
        ("/api/rates?interval=year", 422, "interval"),
        ("/api/rates?limit=0", 422, "limit"),
        ("/api/rates?limit=10001", 422, "limit"),
        ("/api/rates?limit=1_0", 422, "limit"),
        ("/api/rates?order=up", 422, "order"),
        ("/api/rates.csv?decimal=dot", 422, "decimal"),
        ("/api/why/KZT/2026-05-24?decimal=comma", 422, "decimal"),
        ("/api/rates?cursor=x", 422, "cursor"),
        ("/api/rates?cursor=20200101T000000000Z.5", 404, "cursor"),
        ("/api/rates?limit=1&limit=2", 422, "limit"),
        ("/api/rates?as_known_at=2126-01-01T00:00:00Z", 422, "as_known_at"),
        ("/api/rates?as_known_at=yesterday", 422, "as_known_at"),
        ("/api/rates?as_known_at=2000-01-01T00:00:00Z", 404, "as_known_at"),
        ("/api/ticker?period=week", 422, "period"),
        ("/api/changes?period=decade", 422, "period"),
        ("/api/convert?amount=5", 422, "quote"),
        ("/api/convert?pair=KGS/KZT&quote=KZT", 422, "pair"),
        ("/api/convert?pair=KGS/XXX", 422, "pair"),
        ("/api/convert?amount=-5&to=KZT", 422, "amount"),
        ("/api/convert?amount=NaN&to=KZT", 422, "amount"),
        ("/api/convert?to=XXX", 422, "to"),
        ("/api/why/EUR/2026-05-24", 422, "currency"),
        ("/api/why/KZT/2026-05-32", 422, "day"),
        ("/api/why/KZT/1999-01-01", 404, "day"),
        ("/api/rates?first=2026-01-01", 422, "first"),
        ("/api/convert?have=USD&to=KZT", 422, "have"),
        ("/api/why/KZT/2026-05-24?currency=KZT", 422, "currency"),
        ("/api/nowhere", 404, None),
        ("/api/rates.xml", 404, None),
    ],
)
def test_what_is_not_understood_is_refused_by_name(
    client: FlaskClient, address: str, status: int, parameter: str | None
) -> None:
    answer = client.get(address)
    assert (answer.status_code, json.loads(answer.text)["error"]["status"]) == (status, status)
    assert json.loads(answer.text)["error"]["parameter"] == parameter
    assert (answer.headers["Cache-Control"], answer.headers["Access-Control-Allow-Origin"]) == ("no-store", "*")


def test_what_was_sent_is_never_repeated(client: FlaskClient) -> None:
    for address in (
        "/api/rates?%3Cscript%3E=1",
        "/api/rates?currency=%3Cscript%3E",
        "/api/why/%3Cscript%3E/2026-05-24",
    ):
        answer = client.get(address)
        assert (answer.status_code, "script" in answer.text) == (422, False)
    assert client.post("/api/rates").status_code == 405


def test_an_answer_about_now_is_not_kept_for_a_day(fresh: FlaskClient, store: Store, see: See) -> None:
    current = fresh.application.extensions["current"]
    older = current.reader
    see("KZT", "2026-05-24", "517.30")
    publish.publish(store)
    look(fresh)
    assert current.reader is not older
    with fresh.application.test_request_context():
        assert seconds_for(older) < 3600  # A version that was the newest when the question came.
    moment = asked(fresh, "/data/latest.json")["published_at"]
    see("KZT", "2026-05-25", "517.40")
    publish.publish(store)
    look(fresh)
    assert "max-age=86400" in fresh.get(f"/api/ticker?as_known_at={moment}").headers["Cache-Control"]
    assert "max-age=10" in fresh.get("/api/ticker").headers["Cache-Control"]


def test_a_worker_that_has_not_looked_yet_finds_the_version_of_a_cursor(
    fresh: FlaskClient, store: Store, see: See
) -> None:
    for day in range(1, 5):
        see("KZT", f"2026-05-0{day}", "517.30")
    version = publish.publish(store)
    page = fresh.get(f"/api/rates?currency=KZT&source=all&limit=2&cursor={version}.2")
    assert (page.status_code, len(json.loads(page.text)["rows"])) == (200, 2)
    contrary = fresh.get(f"/api/rates?cursor={version}.2&as_known_at=2026-01-01T00:00:00Z")
    assert contrary.status_code == 404


def test_why_gives_every_operand(client: FlaskClient, views: Reader) -> None:
    told = json.loads(client.get(f"/api/why/KZT/{_today(views)}").text, parse_float=Decimal)
    [row] = views.rows("FROM ticker WHERE pair = 'KZT/USD'")
    assert told["text"] == row["text"]
    assert Decimal(told["rate"]["precise"]) == Decimal(row["rate_precise"])
    numerator, previous, latest, divisor = re.fullmatch(
        r"(100) \* \(([\d.]+) - ([\d.]+)\) / ([\d.]+)", told["change"]["formula"]
    ).groups()  # type: ignore[union-attr]
    percent = Decimal(numerator) * (Decimal(previous) - Decimal(latest)) / Decimal(divisor)
    assert _shown(percent) == told["change"]["shown"]
    assert told["quote"]["exact"]["rate"] == latest == divisor
    assert told["previous_quote"]["exact"]["rate"] == previous
    sightings = told["quote"]["sightings"]
    assert [(each["exact"]["rate"], each["counts"]) for each in sightings] == [
        ("517.3", False),
        ("516.95", True),
    ]


def test_why_explains_a_pair_as_people_quote_it(client: FlaskClient, views: Reader) -> None:
    told = json.loads(client.get(f"/api/why/kzt/{_today(views)}?direction=local").text, parse_float=Decimal)
    [row] = views.rows("FROM all_pairs WHERE pair = 'USD/KZT'")
    assert (told["text"], told["rate"]["formula"]) == (row["text"], row["printed"])
    numerator, latest, previous, divisor = map(Decimal, re.findall(r"[\d.]+", told["change"]["formula"]))
    assert latest == told["quote"]["rate"]
    assert previous == divisor == told["previous_quote"]["rate"]
    assert _shown(numerator * (latest - previous) / divisor) == told["change"]["shown"]


def _shown(percent: Decimal) -> str:
    return f"{round(percent, 2) + 0:f}".rstrip("0").rstrip(".") + "%"  # 0 makes -0 a 0.


def test_why_names_the_document(site: str) -> None:
    import urllib.request

    with urllib.request.urlopen(f"{site}/api/why/UZS/2026-09-28") as answer:  # noqa: S310 - our own server
        told = json.load(answer)
    [sighting] = told["quote"]["sightings"]
    assert sighting["url"] == "archive:currency_api.csv"
    assert re.fullmatch(r"[0-9a-f]{64}", sighting["payload_sha256"])
    assert told["source"]["fallback"] is True


def test_why_of_a_day_without_a_rate_and_of_a_peg(client: FlaskClient) -> None:
    day = TODAY - timedelta(days=TODAY.isoweekday() + 28)
    pegged = asked(client, f"/api/why/TMT/{day}")
    assert (pegged["source"]["pegged"], pegged["rate"]["formula"], pegged["quote"]["sightings"]) == (
        True,
        "1 / 3.5",
        [],
    )
    sunday = asked(client, f"/api/why/KGS/{day}")
    assert sunday["quote"]["observed_on"] < f"{day}"


def test_the_document_and_the_page_tell_of_every_address(client: FlaskClient) -> None:
    document = asked(client, "/openapi.json")
    openapi_spec_validator.validate(document)
    assert document["openapi"].startswith("3.1")
    assert {each.path for each in ENDPOINTS} < set(document["paths"])
    page = client.get("/docs").text
    why = document["paths"]["/api/why/{currency}/{day}"]["get"]["parameters"]
    assert [(each["name"], each["in"]) for each in why if each["in"] == "path"] == [
        ("currency", "path"),
        ("day", "path"),
    ]
    for path, operations in document["paths"].items():
        assert f"<code>{' '.join((next(iter(operations)).upper(), path))}</code>" in page
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                assert parameter["description"], (path, parameter["name"])
    for address in ADDRESSES:
        assert address.rstrip("?").replace("&", "&amp;") in page


def test_schemathesis_finds_nothing(busy: str) -> None:
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{busy}/openapi.json", "--url", busy]
    hooks = {**os.environ, "SCHEMATHESIS_HOOKS": "tests.schemathesis_hooks", "COLUMNS": "200"}
    found = subprocess.run(
        [*command, "--max-examples", str(CASES), "--seed", "20261125", "--no-color",
         "--exclude-path", "/ticker.html"],  # People open it: it passes over what it does not know.
        capture_output=True, text=True, check=False, env=hooks, cwd=Path(__file__).parents[1], timeout=600,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-5000:] + found.stderr
    [cases] = re.findall(r"(\d+) generated", found.stdout)
    print(f"\nschemathesis: {cases} cases")
    assert int(cases) >= CASES * len(ENDPOINTS)


def _today(views: Reader) -> str:
    [row] = views.rows("SELECT observed_on FROM ticker WHERE pair = 'KZT/USD'")
    return str(row["observed_on"])


def test_held_figures_and_corrections_are_listed_in_every_base_and_direction(store: Store, data: Path) -> None:
    prices = {"KGS": "87.45", "KZT": "517.3", "TJS": "9.35", "UZS": "12030.55", "TMT": "3.5"}
    others = {"EUR": "0.862", "RUB": "80.1", "CNY": "7.08", "GBP": "0.755"}
    for back, changed in ((3, {}), (2, {}), (1, {"RUB": "87.3"}), (2, {"RUB": "80.2"})):
        day = TODAY - timedelta(days=back)
        seen = datetime.combine(day, time(1 if back == 3 or changed == {} else 5), UTC)
        units = {code: Decimal(price) for code, price in {**prices, **others, **changed}.items()}
        content = printed("currency_api", day, units)
        requested = (day, day) if changed == {"RUB": "80.2"} else None
        enter(store, Document(source="currency_api", at=seen, content=content, requested=requested))
    publish.publish(store)
    client = showing(data)
    assert {row["pair"] for row in rows(client, "/api/held")} == {
        "RUB/KGS", "RUB/KZT", "RUB/TJS", "RUB/UZS", "RUB/TMT", "USD/RUB", "EUR/RUB", "CNY/RUB"
    }  # fmt: skip
    assert {row["pair"] for row in rows(client, "/api/held?quote=kgs")} == {"RUB/KGS"}
    assert {row["pair"] for row in rows(client, "/api/held?base=kgs")} == {"KGS/RUB"}
    assert rows(client, "/api/held?kind=official") == []
    [held], [inverse] = rows(client, "/api/held?pairs=RUB/KGS"), rows(client, "/api/held?pairs=KGS/RUB")
    assert inverse["rate"] * held["rate"] == pytest.approx(Decimal(1))
    assert (inverse["change_shown"], inverse["inverse_change_shown"]) == (
        held["inverse_change_shown"], held["change_shown"]
    )  # fmt: skip
    corrected = {row["pair"]: row for row in rows(client, "/api/corrections")}
    assert {"RUB/KGS", "USD/RUB", "CNY/RUB"} <= {*corrected}
    assert (corrected["USD/RUB"]["previous_rate"], corrected["USD/RUB"]["rate"]) == (Decimal("80.1"), Decimal("80.2"))


def test_rates_and_changes_are_in_the_direction_that_is_asked_for(client: FlaskClient) -> None:
    days = "limit=1&source=currency_api"
    [tenge], [dollar] = (
        rows(client, f"/api/rates?pair=kzt/usd&interval=month&{days}"),
        rows(client, f"/api/rates?pair=KZT&interval=month&{days}"),
    )
    assert (tenge["pair"], tenge["base"], tenge["quote"]) == ("KZT/USD", "KZT", "USD")
    assert (dollar["pair"], dollar["base"], dollar["quote"]) == ("USD/KZT", "USD", "KZT")
    for name, other in (("open", "open"), ("high", "low"), ("low", "high"), ("close", "close")):
        assert tenge[name] == round(1 / dollar[other], 16), name
    assert tenge["low"] <= tenge["close"] <= tenge["high"]
    assert Decimal(tenge["inverse_precise"]) == pytest.approx(dollar["close"], rel=Decimal("1e-5"))
    [weaker], [dearer] = (
        rows(client, f"/api/changes?base=KZT&quote=USD&{days}"),
        rows(client, f"/api/changes?{days}&pair=USD/KZT"),
    )
    assert (weaker["change_shown"], weaker["inverse_change_shown"]) == (
        dearer["inverse_change_shown"], dearer["change_shown"]
    )  # fmt: skip
    assert (weaker["rate"], weaker["previous_rate"]) == (
        round(1 / dearer["rate"], 16), round(1 / dearer["previous_rate"], 16)
    )  # fmt: skip


def test_one_side_means_every_collected_pair_with_it(archive: Path) -> None:
    client = showing(archive)

    def pairs(query: str) -> set[str]:
        return {row["pair"] for row in rows(client, f"/api/rates?{query}&source=currency_api")}

    assert pairs("pairs=eur/kzt, kgs") == {"EUR/KZT", "USD/KGS"}
    assert pairs("quote=KZT") == {"USD/KZT", "EUR/KZT", "RUB/KZT", "CNY/KZT"}
    assert pairs("base=KZT") == {"KZT/USD", "KZT/EUR", "KZT/RUB", "KZT/CNY"}
    assert pairs("base=EUR") == {f"EUR/{code}" for code in ("KGS", "KZT", "TJS", "UZS", "TMT", "USD", "RUB")}
    assert pairs("") == {f"USD/{code}" for code in ("KGS", "KZT", "TJS", "UZS", "TMT")}


def test_the_ticker_takes_sides_too(client: FlaskClient) -> None:
    def pairs(query: str) -> list[str]:
        return [row["pair"] for row in rows(client, f"/api/ticker?{query}")]

    assert pairs("") == [f"{code}/USD" for code in ("KGS", "KZT", "TJS", "UZS", "TMT")]
    assert pairs("quote=kzt") == ["USD/KZT", "EUR/KZT", "RUB/KZT", "CNY/KZT"]
    assert pairs("base=EUR,TJS&quote=TJS,USD") == ["TJS/USD", "EUR/TJS", "EUR/USD"]
    assert client.get("/api/ticker?base=KGS&quote=KZT").status_code == 404


def test_a_pair_to_convert_is_base_and_quote_in_one(client: FlaskClient) -> None:
    [row] = rows(client, "/api/convert?amount=5&pair=kgs/kzt")
    assert [row] == rows(client, "/api/convert?amount=5&base=KGS&quote=KZT")
    assert (row["base"], row["quote"], row["reason"]) == ("KGS", "KZT", None)
    assert rows(client, "/api/convert?pair=kzt") == rows(client, "/api/convert?base=USD&quote=KZT")


def test_where_nothing_can_be_converted_it_says_why(client: FlaskClient) -> None:
    [row] = rows(client, "/api/convert?amount=5&pair=USD/KZT&on=2001-01-01")
    assert (row["amount"], row["rate"], row["converted"]) == (5, None, None)
    assert row["reason"].startswith("the first rate of USD/KZT is for 20")
    [row] = rows(client, "/api/convert?pair=KZT/KGS&source=cbu")
    assert (row["base"], row["quote"], row["rate"]) == ("KZT", "KGS", None)
    assert row["reason"].startswith("cbu has no rate of USD/K")
    [headings, only] = csv.reader(client.get("/api/convert.csv?pair=KZT/KGS&source=cbu").text.splitlines())
    assert dict(zip(headings, only, strict=True))["reason"] == row["reason"]


def test_a_currency_costs_one_of_itself(client: FlaskClient) -> None:
    assert [row["converted"] for row in rows(client, "/api/convert?amount=5&from=KZT&to=kzt")] == [5]
