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

from .conftest import Published, showing
from .every_bank import FIRST, figure, in_force, prices, publish_every_bank
from .faults import ROWS
from .serving import TODAY

pytestmark = pytest.mark.proof

QUESTIONS = int(os.environ.get("QUESTIONS", "5"))
PAIRS = sorted(WRITTEN) if "QUESTIONS" in os.environ else sorted(WRITTEN)[::6]
"""Of now: every sixth pair; `make soak` asks for all."""
LAST = date(2026, 9, 29)
"""The last day of the bundled history."""
NEAR = Decimal("1e-9")


@pytest.fixture(scope="module")
def every_bank(published: Published) -> Path:
    return published("every-bank", publish_every_bank)


@pytest.fixture(scope="module", params=["archive", "every_bank"])
def folder(request: pytest.FixtureRequest) -> Path:
    """The bundled history, all from the market; or some weeks of every source."""
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="module")
def client(folder: Path) -> FlaskClient:
    return showing(folder)


@pytest.fixture(scope="module")
def views(folder: Path) -> Reader:
    return Reader(newest(folder / "published"))


def told(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    return json.loads(answer.text, parse_float=Decimal, parse_int=Decimal)


def said_of(line: dict[str, Any]) -> str:
    """What a sentence has: the rate as banks print it; of what costs more than a dollar, its price in dollars."""
    digits = line["rate_precise"] if line["quote"] == "USD" and line["value"] >= 1 else line["printed"]
    return str(units_written(digits, Words("en")))


def close(found: Decimal, expected: Decimal) -> bool:
    return abs(found / expected - 1) <= NEAR


@how(max_examples=QUESTIONS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None)
@given(st.data())
def test_a_pair_of_a_day(folder: Path, client: FlaskClient, views: Reader, data: st.DataObject) -> None:
    pair = data.draw(st.sampled_from(sorted(WRITTEN)))
    if folder.name == "archive":
        agree(client, views, pair, data.draw(st.dates(LAST - timedelta(days=600), LAST)))
        return
    source, day = data.draw(st.sampled_from([None, *ROWS])), data.draw(st.dates(FIRST, TODAY))
    stored = agree(client, views, pair, day, source)
    if source:
        row = in_force(prices()[source], day)
        base, quote = as_printed(pair).split("/")
        expected = figure(source, base, quote, row) if row else None
        if expected is None:
            assert stored is None
        else:
            # An official rate is what its bank has printed, even where its other rates, or other banks, say otherwise.
            assert stored is not None
            rate, is_printed = expected
            assert stored == rate if is_printed else close(stored, rate)


def agree(client: FlaskClient, views: Reader, pair: str, day: date, source: str | None = None) -> Decimal | None:
    """Asks for a pair of a day everywhere, and returns its rate as it is stored."""
    (base, quote), printed = pair.split("/"), as_printed(pair)
    [row] = views.rows("SELECT rate_on(?, ?, ?, of_source := ?) AS rate", [*printed.split("/"), day, source])
    stored: Decimal | None = row["rate"]
    of_source = f"&source={source}" if source else ""
    of_the_day = f"base={base}&symbols={quote}{of_source}"
    single = client.get(f"/v2/rate/{base}/{quote}/{day}?{of_source}")
    if stored is None:
        assert single.status_code == 404
        if not source:
            historical = client.get(f"/oxr/historical/{day}.json?{of_the_day}")
            assert historical.status_code == 404 or quote not in historical.get_json()["rates"]
        return None
    expected = stored if pair == printed else 1 / stored

    # In the digits of the record.
    since = day - timedelta(days=10)
    days = f"from={since}&to={day}&limit=1{of_source}"
    [bar] = told(client, f"/api/rates?pairs={printed}&{days}")["rows"]
    assert bar["close"] == stored
    # In as many digits as each shape has.
    answers = {
        "/v2/rate": json.loads(single.text, parse_float=Decimal, parse_int=Decimal)["rate"],
        "/v1": told(client, f"/v1/{day}?{of_the_day}")["rates"][quote],
        "/api/convert": told(client, f"/api/convert?from={base}&to={quote}&amount=1&on={day}{of_source}")["rows"][0][
            "rate"
        ],
    }
    [written] = told(client, f"/api/rates?base={base}&quote={quote}&{days}")["rows"]
    assert written["pair"] == pair
    answers |= {f"/api/rates {name}": written[name] for name in ("open", "high", "low", "close")}
    assert close(written["close"] * Decimal(written["inverse"]), Decimal(1))
    if not source:
        answers["/oxr"] = told(client, f"/oxr/historical/{day}.json?{of_the_day}")["rates"][quote]
    assert {name: close(found, expected) for name, found in answers.items()} == dict.fromkeys(answers, True), answers
    # The row of the ticker may be the peg, where that is in force.
    [line] = views.rows("FROM all_pairs_on(?) WHERE pair = ?", [day, pair])
    if not line["pegged"] and source in (None, line["source"]):
        assert Decimal(line["printed"]) == stored
        assert close(Decimal(repr(line["value"])), expected)
        [value] = told(client, f"/embed/value.json?pair={pair}&on={day}&digits=precise")["rows"]
        assert value["rate"].replace(",", "") == line["rate_precise"]
        assert said_of(line) in client.get(f"/embed/sentence?pair={pair}&on={day}").text
        if line["change_pct"] is not None and str(line["observed_on"]) == bar["observed_on"]:
            [change] = told(client, f"/api/changes?pairs={pair}&{days}")["rows"]
            assert float(change["change_pct"]) == pytest.approx(line["change_pct"])
    return stored


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
        options = f"base={whole[:3]}&direction=" + ("local" if pair == whole else "unit")
        page = html.fromstring(client.get(f"/currency/{code}?{options}").text)
        heading, rate = page.find(".//h1"), page.find(".//p[@class='rate']")
        assert heading is not None
        assert rate is not None
        assert heading.text_content().endswith(pair)
        shown = rate.text_content().split()[0].replace(",", "")
        assert Decimal(shown) == pytest.approx(Decimal(line["rate_precise"]), rel=Decimal("1e-3"))
        card = client.get(f"/card/{code}.svg?{options}").text
        assert pair in card
        assert rate.text_content().split()[0] in card
        assert said_of(line) in client.get(f"/embed/sentence?pair={pair}").text


def test_the_command_line_says_what_the_ticker_says(client: FlaskClient, folder: Path) -> None:
    query = "SELECT pair, rate_precise, text FROM all_pairs"
    done = subprocess.run(
        [sys.executable, "-m", "ratesvc", "sql", "--format", "csv", query],
        env={**os.environ, "RATESVC_DATA": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    rows = {row["pair"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert set(rows) == set(WRITTEN)
    for row in told(client, f"/ticker.json?pairs={','.join(rows)}")["rows"]:
        assert rows[row["pair"]]["text"] == row["text"]
        assert rows[row["pair"]]["rate_precise"] == row["rate_precise"]
