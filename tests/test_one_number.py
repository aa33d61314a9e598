"""One question, asked through SQL, the API, Frankfurter's shape, the ticker and a page, has one answer."""

import json
import os
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from lxml import html

from ratesvc.core.currencies import CODES
from ratesvc.publish.reader import Reader
from ratesvc.render.i18n import Words
from ratesvc.render.ticker import units_written

pytestmark = pytest.mark.proof

QUESTIONS = int(os.environ.get("QUESTIONS", "10"))
"""Of each of the two kinds; `make soak` asks 1,050."""
TODAY = datetime.now(UTC).date()
DAYS = st.dates(TODAY - timedelta(days=430), TODAY)
CURRENCIES = st.sampled_from(CODES)
asked: Counter[str] = Counter()


@pytest.fixture(scope="module", autouse=True)
def counted() -> Iterator[None]:
    """How many answers were compared is told at the end."""
    yield
    print(f"\nanswers compared: {dict(asked)}")


def told(client: FlaskClient, address: str) -> Any:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    return json.loads(answer.text, parse_float=Decimal)


def frankfurter(client: FlaskClient, code: str, day: date) -> Decimal | None:
    """Units per dollar, ten significant digits."""
    rows = told(client, f"/v2/rates?base=USD&quotes={code}&date={day}")
    return Decimal(rows[0]["rate"]) if rows else None


_MOVES = "FROM moves WHERE base = 'USD' AND quote = ?"
many = how(
    max_examples=QUESTIONS, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


@many
@given(CURRENCIES, DAYS)
def test_a_rate_of_a_day(client: FlaskClient, views: Reader, code: str, day: date) -> None:
    [row] = views.rows(
        "SELECT units, inverse_precise(units) AS precise FROM (SELECT rate_on('USD', ?, ?) AS units)", [code, day]
    )
    units: Decimal | None = row["units"]
    asked["rates"] += 1

    # The API, by its day and by what it took to convert.
    rows = told(client, f"/api/rates?currency={code}&from={day - timedelta(days=10)}&to={day}&limit=1")["rows"]
    assert [each["close"] for each in rows] == ([units] if units else [])
    assert [each["inverse_precise"] for each in rows] == ([row["precise"]] if units else [])
    converted = told(client, f"/api/convert?from=USD&to={code}&on={day}")["rows"]
    assert [each["quote_rate"] for each in converted] == [units]
    assert [each["reason"] is None for each in converted] == [units is not None]

    assert frankfurter(client, code, day) == (units and Decimal(f"{units:.10g}"))

    # The ticker's row of that day may be another source's, where the headline's has none.
    [line] = views.rows("FROM ticker_on(?) WHERE pair = ?", [day, f"{code}/USD"])
    why = client.get(f"/api/why/{code}/{day}")
    value = client.get(f"/embed/value.json?pair={code}&on={day}&digits=precise")
    if line["observed_on"] is None:
        assert (why.status_code, value.status_code, units) == (404, 404, None)
    else:
        reason = json.loads(why.text, parse_float=Decimal)
        assert reason["text"] == line["text"]
        assert reason["rate"]["precise"] == line["rate_precise"]
        assert json.loads(value.text)["rows"][0]["rate"] == line["rate_precise"]
        [headline] = views.rows("SELECT source FROM headline WHERE base = 'USD' AND quote = ?", [code])
        if line["source"] == headline["source"]:
            assert reason["quote"]["rate"] == units
        asked["ticker rows"] += 1

    page = html.fromstring(client.get(f"/currency/{code}?amount=1&of=USD&in={code}&on={day}").text)
    answer = page.find(".//p[@class='converted']/strong")
    if units is None:
        assert answer is None
    else:
        assert answer is not None
        assert answer.text_content() == f"{units_written(f'{units:f}', Words('en'))} {code}"
    asked["pages"] += 1


@many
@given(CURRENCIES, DAYS, st.sampled_from(["previous", "week", "month", "quarter", "year", "ytd"]))
def test_a_change_up_to_a_day(client: FlaskClient, views: Reader, code: str, day: date, period: str) -> None:
    found = views.rows(
        "SELECT changes.* FROM changes JOIN headline USING (source, pair) "
        "WHERE pair = 'USD/' || ? AND changes.observed_on = ? AND period = ?",
        [code, day, period],
    )
    rows = told(client, f"/api/changes?currency={code}&period={period}&from={day}&to={day}")["rows"]
    asked["changes"] += 1
    assert len(rows) == len(found) <= 1
    if not found:
        return
    [change], [row] = found, rows
    assert (row["change_shown"], row["rate"], row["previous_rate"], row["previous_on"]) == (
        change["change_shown"],
        change["rate"],
        change["previous_rate"],
        str(change["previous_on"]),
    )
    assert float(row["change_pct"]) == change["change_pct"]
    [between] = views.rows("SELECT change_between('USD', ?, ?, ?) AS pct", [code, change["previous_on"], day])
    assert between["pct"] == change["change_pct"]

    then, now = frankfurter(client, code, change["previous_on"]), frankfurter(client, code, day)
    assert then
    assert now
    assert abs(100 * (now / then - 1) - Decimal(change["change_pct"])) < Decimal("1e-6")
    asked["changes through /v2"] += 1

    [line] = views.rows("FROM ticker_on(?) WHERE pair = ?", [day, f"{code}/USD"])
    if period == "previous" and line["source"] == change["source"]:
        why = told(client, f"/api/why/{code}/{day}")["change"]
        value = told(client, f"/embed/value.json?pair={code}&on={day}")["rows"][0]
        plain = f"{change['inverse_change_shown']:f}".rstrip("0").rstrip(".") + "%"
        assert why["shown"] == value["change"] == line["change"] == plain
        asked["changes of the ticker"] += 1


def test_the_changes_of_now_on_a_page(client: FlaskClient, views: Reader) -> None:
    for code in CODES:
        page = " ".join(html.fromstring(client.get(f"/currency/{code}").text).text_content().split())
        moves = {row["period"]: row["inverse_change_shown"] for row in views.rows(_MOVES, [code])}
        rows = told(client, f"/api/ticker?currency={code}")["rows"]
        assert rows[0]["rate_precise"] in page
        for period, change in moves.items():
            if change is not None:
                api = told(client, f"/api/changes?currency={code}&period={period}&limit=1")["rows"]
                assert api[0]["inverse_change_shown"] == change
                assert f"{abs(change):.2f}%" in page
