"""A pair of any base, in any direction, on any day has one rate: in SQL, the API, clients' shapes, embeds and pages."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from lxml import html

from ratesvc.core.currencies import CODES, WRITTEN, as_printed
from ratesvc.publish.reader import Reader, newest
from ratesvc.render.i18n import Words
from ratesvc.render.ticker import units_written

from .conftest import showing

pytestmark = pytest.mark.proof

QUESTIONS = int(os.environ.get("QUESTIONS", "8"))
PAIRS = sorted(WRITTEN) if "QUESTIONS" in os.environ else sorted(WRITTEN)[::6]
"""Of now: every sixth pair; `make soak` asks for all."""
LAST = date(2026, 9, 29)
"""The last day of the bundled history."""
NEAR = Decimal("1e-9")


@pytest.fixture(scope="module")
def client(archive: Path) -> FlaskClient:
    return showing(archive)


@pytest.fixture(scope="module")
def views(archive: Path) -> Reader:
    return Reader(newest(archive / "published"))


def told(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    return json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)


def close(found: Decimal, expected: Decimal) -> bool:
    return abs(found / expected - 1) <= NEAR


@how(max_examples=QUESTIONS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(st.sampled_from(sorted(WRITTEN)), st.dates(LAST - timedelta(days=600), LAST))
def test_a_pair_of_a_day(client: FlaskClient, views: Reader, pair: str, day: date) -> None:
    (base, quote), printed = pair.split("/"), as_printed(pair)
    [row] = views.rows("SELECT rate_on(?, ?, ?) AS rate", [*printed.split("/"), day])
    stored: Decimal | None = row["rate"]
    of_the_day = f"base={base}&symbols={quote}"
    single = client.get(f"/v2/rate/{base}/{quote}/{day}")
    if stored is None:
        assert single.status_code == 404
        historical = client.get(f"/oxr/historical/{day}.json?{of_the_day}")
        assert historical.status_code == 404 or quote not in historical.get_json()["rates"]
        return
    expected = stored if pair == printed else 1 / stored

    # In the digits of the record.
    since = day - timedelta(days=10)
    [bar] = told(client, f"/api/rates?pairs={printed}&from={since}&to={day}&limit=1")["rows"]
    assert bar["close"] == stored
    # In as many digits as each shape has.
    answers = {
        "/v2/rate": json.loads(single.text, parse_float=Decimal, parse_int=Decimal)["rate"],
        "/v1": told(client, f"/v1/{day}?{of_the_day}")["rates"][quote],
        "/oxr": told(client, f"/oxr/historical/{day}.json?{of_the_day}")["rates"][quote],
        "/api/convert": told(client, f"/api/convert?from={base}&to={quote}&amount=1&on={day}")["rows"][0]["rate"],
    }
    assert {name: close(found, expected) for name, found in answers.items()} == dict.fromkeys(answers, True), answers
    # The row of the ticker may be the peg, where that is in force.
    [line] = views.rows("FROM all_pairs_on(?) WHERE pair = ?", [day, pair])
    if not line["pegged"]:
        assert Decimal(line["printed"]) == stored
        assert close(Decimal(repr(line["value"])), expected)
        [value] = told(client, f"/embed/value.json?pair={pair}&on={day}&digits=precise")["rows"]
        assert value["rate"].replace(",", "") == line["rate_precise"]


@pytest.mark.parametrize("pair", PAIRS)
def test_a_pair_of_now(client: FlaskClient, views: Reader, pair: str) -> None:
    base, quote = pair.split("/")
    [line] = views.rows("FROM all_pairs WHERE pair = ?", [pair])
    [other] = views.rows("FROM all_pairs WHERE pair = ?", [f"{quote}/{base}"])
    # Its inverse times the rate is 1, to the digits shown.
    assert Decimal(line["rate_precise"]) * Decimal(other["rate_precise"]) == pytest.approx(
        Decimal(1), abs=Decimal("1.1e-5")
    )
    [row] = told(client, f"/ticker.json?pairs={pair}")["rows"]
    assert (row["text"], row["rate_precise"], row["printed"]) == (line["text"], line["rate_precise"], line["printed"])
    assert client.get(f"/ticker.txt?pairs={pair}").text.strip() == line["text"]
    if codes := {base, quote} & set(CODES):
        [code] = codes
        whole = as_printed(pair)
        options = f"base={whole[:3]}" + ("&direction=local" if pair == whole else "")
        page = html.fromstring(client.get(f"/currency/{code}?{options}").text)
        heading, rate = page.find(".//h1"), page.find(".//p[@class='rate']")
        assert heading is not None
        assert rate is not None
        assert heading.text_content().startswith(pair)
        shown = rate.text_content().split()[0].replace(",", "")
        assert Decimal(shown) == pytest.approx(Decimal(line["rate_precise"]), rel=Decimal("1e-3"))
        card = client.get(f"/card/{code}.svg?{options}").text
        assert pair in card
        assert rate.text_content().split()[0] in card
        # A sentence has the rate as banks print it.
        assert str(units_written(line["printed"], Words("en"))) in client.get(f"/embed/sentence?pair={pair}").text


def test_the_command_line_says_what_the_ticker_says(client: FlaskClient, archive: Path) -> None:
    query = "SELECT pair, rate_precise, text FROM all_pairs"
    done = subprocess.run(
        [sys.executable, "-m", "ratesvc", "sql", "--format", "csv", query],
        env={**os.environ, "RATESVC_DATA": str(archive)},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = {row["pair"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert set(rows) == set(WRITTEN)
    for row in told(client, f"/ticker.json?pairs={','.join(rows)}")["rows"]:
        assert rows[row["pair"]]["text"] == row["text"]
        assert rows[row["pair"]]["rate_precise"] == row["rate_precise"]
