"""What the pages say is what the views say, in every language, for every state, and for every strange address."""

import csv
import io
import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import duckdb
import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as some
from lxml import html

from ratesvc.collect import snapshot
from ratesvc.core import settings
from ratesvc.core.currencies import CODES
from ratesvc.core.publication_calendar import each_day
from ratesvc.dashboards import GAIN, LOSS, NEUTRAL
from ratesvc.publish import publish
from ratesvc.publish.reader import Reader, newest
from ratesvc.render.i18n import LANGUAGES, Words
from ratesvc.sources import nbk
from ratesvc.store.database import Store
from ratesvc.web import create_app
from ratesvc.web.charts import routes
from ratesvc.web.charts.calendar_heatmap import calendar_map
from ratesvc.web.charts.server_svg import draw_figure
from ratesvc.web.pages.converter import format_amount

from .conftest import Ask, See
from .serving import TODAY, newest_day
from .test_ticker import HOSTILE

PAGES = ("/", *(f"/currency/{code}" for code in CODES), "/compare", "/spread", "/dashboards",
         *(f"/dashboards/{name}" for name in routes.load()), "/sources", "/sql", "/docs", "/data/")  # fmt: skip
SPOKEN = [
    pytest.param(code, marks=[] if code == "kk" else [pytest.mark.proof if code == "ru" else pytest.mark.soak])
    for code in LANGUAGES
]
"""All languages: `make test` runs one, `make test-all` another one, `make soak` all others."""


def page(client: FlaskClient, address: str) -> html.HtmlElement:
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.text)
    return html.fromstring(answer.text)


def part(element: html.HtmlElement, path: str) -> html.HtmlElement:
    found = element.find(path)
    assert found is not None, path
    return found


def words(element: html.HtmlElement) -> str:
    return " ".join(element.text_content().split())


# Numbers ------------------------------------------------------------------------------------------


def signed(change: str) -> str:
    """A percentage as a table writes it: with two decimals, and a plus or a true minus sign unless it is 0."""
    if change == "—":
        return change
    number = Decimal(change.removesuffix("%"))
    return f"{number:+.2f}%".replace("-", "\N{MINUS SIGN}") if number else "0.00%"


def test_the_table_says_what_the_ticker_says(client: FlaskClient, views: Reader) -> None:
    lines = [
        line
        for line in part(page(client, "/"), ".//table[@class='rates']").findall(".//tbody/tr")
        if line.get("class") is None
    ]
    rows = views.rows("FROM ticker")
    assert len(lines) == len(rows) == 5
    for line, row in zip(lines, rows, strict=True):
        code = row["pair"][:3]
        assert f" {code}" in words(part(line, "th"))
        shown, other_way = (words(each) for each in part(line, "td"))
        assert Decimal(shown.replace(",", "")) == pytest.approx(Decimal(row["printed"]), rel=Decimal("1e-3"))
        assert other_way == row["rate_precise"]
        assert words(line.findall("td")[1]) == ("—" if row["pegged"] else signed(row["change"]))


def test_every_move_of_every_currency_and_period_is_that_of_the_view(client: FlaskClient, views: Reader) -> None:
    periods = {"Change": "previous", "Since last rate": "previous", "Week": "week", "Month": "month",
               "Quarter": "quarter", "Year to date": "ytd", "Year": "year"}  # fmt: skip
    question = """
    SELECT trimmed(inverse_change_shown) FROM changes JOIN headline USING (source, pair, observed_on)
    WHERE period = ? AND pair = 'USD/' || ?
    """
    compared = 0
    lines = [
        line
        for line in part(page(client, "/"), ".//table[@class='rates']").findall(".//tbody/tr")
        if line.get("class") is None
    ]
    for code, line in zip(CODES[:4], lines, strict=False):
        told = {period: words(cell) for period in periods.values() for cell in line.findall(f"td[@class='{period}']")}
        mine = page(client, f"/currency/{code}").findall(".//ul[@class='moves']/li")
        told_there = {periods[words(part(each, "span"))]: words(each).split()[-1] for each in mine}
        assert (len(told), len(told_there)) == (4, 6)
        assert told.items() <= told_there.items()
        for period, change in told_there.items():
            found = views.query(question, [period, code]).fetchall()
            assert change == (signed(f"{found[0][0]}%") if found else "—"), (period, code)
            compared += 1
    assert compared == 24


@pytest.mark.parametrize("code", ["KGS", "KZT", "TJS", "UZS"])
def test_the_last_publications_are_those_of_the_views(client: FlaskClient, views: Reader, code: str) -> None:
    section = part(page(client, f"/currency/{code}"), ".//section[@data-live='publications']")
    rows = [[words(cell) for cell in row] for row in section.findall(".//tbody/tr")]
    question = """
    SELECT
        rates.observed_on, trimmed(rates.rate) AS units, inverse_precise(rates.rate) AS rate,
        trimmed(inverse_change_shown) AS change, rates.rate <> previous_rate AS moved
    FROM rates JOIN headline USING (source, pair)
    LEFT JOIN (FROM changes WHERE period = 'previous') AS step
        ON step.source = rates.source AND step.pair = rates.pair AND step.observed_on = rates.observed_on
    WHERE rates.pair = 'USD/' || ? ORDER BY rates.observed_on DESC LIMIT 30
    """
    expected = views.rows(question, [code])
    assert len(rows) == 30
    for row, truth in zip(rows, expected, strict=True):
        day, units, rate, change = row
        assert day == Words("en").day(truth["observed_on"])
        printed = (
            Decimal(truth["units"]) if code != "UZS" else pytest.approx(Decimal(truth["units"]), abs=Decimal("0.01"))
        )
        assert (Decimal(units.replace(",", "")), rate) == (printed, truth["rate"])  # The market's is cut to cents.
        if truth["change"] == "0" and truth["moved"]:
            assert change == "<0.01%"
        else:
            assert change == ("—" if truth["change"] is None else signed(f"{truth['change']}%"))


def test_the_changes_of_one_series_agree_with_the_view_of_all(views: Reader) -> None:
    for code, source in (("KZT", "nbk"), ("TJS", "nbt"), ("UZS", "currency_api")):
        columns = "SELECT observed_on, previous_on, change_shown"
        quick = views.query(f"{columns} FROM daily_changes('USD', ?, ?) WHERE previous_on IS NOT NULL", [code, source])
        whole = views.query(
            f"{columns} FROM changes WHERE base = 'USD' AND quote = ? AND source = ? AND period = 'previous'"
            " ORDER BY observed_on",
            [code, source],
        )
        rows = quick.fetchall()
        assert rows == whole.fetchall()
        assert len(rows) > 200


def test_the_range_of_52_weeks_has_today_in_its_place(client: FlaskClient, views: Reader) -> None:
    [row] = views.rows("FROM year_range WHERE pair = 'USD/KZT'")
    units = [units for (units,) in views.query(
        "SELECT rate FROM rates WHERE quote = 'KZT' AND source = 'nbk' AND observed_on >= ?",
        [row["observed_on"] - timedelta(days=364)],
    ).fetchall()]  # fmt: skip
    assert (row["weakest"], row["strongest"]) == (max(units), min(units))
    weakest, strongest, now = (1 / Decimal(each) for each in (max(units), min(units), Decimal("516.95")))
    assert row["place_pct"] == pytest.approx(float(100 * (now - weakest) / (strongest - weakest)))
    track = part(page(client, "/currency/KZT"), ".//div[@class='track']/i")
    assert track.get("style") == f"left: {row['rate_place_pct']:.1f}%"
    track = part(page(client, "/currency/KZT?direction=unit"), ".//div[@class='track']/i")
    assert track.get("style") == f"left: {row['place_pct']:.1f}%"


# Charts -------------------------------------------------------------------------------------------


def figure(client: FlaskClient, address: str) -> dict[str, Any]:
    answer = client.get(f"/dashboards/{address}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = json.loads(answer.data)
    return found


def test_all_currencies_begin_at_100_and_end_where_the_view_says(client: FlaskClient, views: Reader) -> None:
    drawn = figure(client, "side_by_side.json?range=6m")
    floating = [code for code in CODES if code != "TMT"]
    assert [trace["name"] for trace in drawn["data"]] == floating
    for trace in drawn["data"]:
        assert trace["y"][0] == 100
        [row] = views.rows(
            "SELECT round(index, 4) AS index, trimmed(gained_shown) AS gained FROM side_by_side('USD', ?, ?, ?)"
            " WHERE quote = ? ORDER BY observed_on DESC LIMIT 1",
            [floating, drawn["told"]["first"], drawn["told"]["last"], trace["name"]],
        )
        assert trace["y"][-1] == row["index"]
        assert trace["customdata"][-1] == f"{row['gained']}%"
    percent = figure(client, "side_by_side.json?range=6m&measure=percent&currencies=KZT,TJS")
    assert [trace["name"] for trace in percent["data"]] == ["KZT", "TJS"]
    assert percent["data"][0]["y"][0] == 0


def test_a_hole_of_55_days_is_a_gap(client: FlaskClient) -> None:
    drawn = figure(client, "line.json?currency=TJS&range=1y")
    official = drawn["data"][0]
    assert official["name"] == "National Bank of Tajikistan (official)"
    gaps = [index for index, value in enumerate(official["y"]) if value is None]
    assert len(gaps) == 1
    before, after = (date.fromisoformat(str(official["x"][gaps[0] + step])) for step in (-1, 1))
    assert (after - before).days > 50
    assert official["connectgaps"] is False


def test_official_and_market_are_two_lines_and_nothing_else(client: FlaskClient) -> None:
    for code, names in (
        ("KZT", ["National Bank of Kazakhstan (official)", "currency-api (market)"]),
        ("UZS", ["currency-api (market)"]),
        ("TMT", ["announced peg (official)", "currency-api (market)"]),
    ):
        traces = figure(client, f"line.json?currency={code}")["data"]
        assert [trace["name"] for trace in traces if trace["mode"] != "markers"] == names


def test_a_correction_and_a_figure_that_is_not_confirmed_are_marked_on_the_line(client: FlaskClient) -> None:
    tomorrow = Words("en").day(TODAY + timedelta(days=1))
    for code, day, told in (
        ("KZT", newest_day("nbk"), "National Bank of Kazakhstan: corrected from 517.3 to 516.95"),
        ("KGS", None, f"National Bank of the Kyrgyz Republic: 97.45 for {tomorrow} is not confirmed"),
    ):
        drawn = figure(client, f"line.json?currency={code}&range=1m")
        official, *_, marks = drawn["data"]
        assert (marks["mode"], marks["customdata"]) == ("markers", [told])
        # It stands at the rate that is in force: a figure that is not confirmed moves no axis.
        assert (marks["x"][0], marks["y"][0]) == (official["x"][-1], official["y"][-1])
        assert day in (None, date.fromisoformat(str(marks["x"][0])))
        drawing = draw_figure(drawn, Words("en"))
        assert drawing is not None
        assert [mark.text for mark in drawing.marks] == [told]
        # Its rows do not mix what is marked with rates.
        rows = client.get(f"/dashboards/line.csv?currency={code}&range=1m").text
        assert "97.45" not in [row["printed"] for row in csv.DictReader(io.StringIO(rows))]


@pytest.mark.parametrize("direction", ["local", "unit"])
def test_the_title_of_a_line_is_the_change_of_the_currency(client: FlaskClient, views: Reader, direction: str) -> None:
    drawn = figure(client, f"line.json?currency=TJS&range=6m&direction={direction}")
    first = drawn["data"][0]["x"][0]
    [gained] = views.rows(
        "SELECT inverse_change_shown(rate_on('USD', 'TJS', ?::DATE), rate_on('USD', 'TJS', ?::DATE)) AS percent",
        [first, drawn["data"][0]["x"][-1]],
    )
    english = Words("en")
    percent = english.signed(english.percent(f"{gained['percent']:f}", padded=True))
    assert drawn["told"]["finding"] == f"Somoni: {percent} since {english.day(date.fromisoformat(str(first)))}"
    found = page(client, f"/currency/TJS?range=6m&direction={direction}")
    assert words(part(found, ".//h2[@id='line-title']")) == drawn["told"]["finding"]


def test_a_few_days_show_every_sighting_and_a_year_the_extremes_of_each_day(client: FlaskClient, views: Reader) -> None:
    first, last = TODAY - timedelta(days=8), TODAY - timedelta(days=3)
    fine = figure(client, f"line.json?currency=KZT&from={first}&to={last}")["data"][1]
    [(sightings, most, least)] = views.query(
        "SELECT count(*), max(rate), min(rate) FROM observations WHERE source = 'currency_api'"
        " AND base = 'USD' AND quote = 'KZT' AND observed_at::DATE BETWEEN ? AND ?", [first, last],
    ).fetchall()  # fmt: skip
    assert len(fine["x"]) == sightings > 60
    assert str(fine["x"][5]).endswith(":00")
    year = figure(client, "line.json?currency=KZT&range=1y")["data"][1]
    # What was sent for the year holds the extremes of those days.
    assert {float(most), float(least)} <= set(year["y"])


def test_the_csv_has_every_row_exactly(client: FlaskClient, views: Reader) -> None:
    answer = client.get("/dashboards/line.csv?currency=KZT&range=all")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="line-KZT.csv"'
    official = [row for row in rows if row["source"] == "nbk" and row["value"]]
    truth = views.query("SELECT observed_on, trimmed(rate) FROM rates WHERE source = 'nbk' ORDER BY 1").fetchall()
    assert [(row["at"], row["printed"]) for row in official] == [(str(day), units) for day, units in truth]


def test_the_csv_of_a_chart_with_a_decimal_comma(client: FlaskClient) -> None:
    address = "/dashboards/line.csv?currency=KZT&range=1m"
    point = list(csv.DictReader(io.StringIO(client.get(address).text)))
    comma = client.get(f"{address}&decimal=comma").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(comma), delimiter=";"))
    for name in ("at", "printed", "inverse"):
        assert [row[name].replace(",", ".") for row in rows] == [row[name] for row in point]
    refused = client.get("/dashboards/line.json?decimal=comma")
    assert (refused.status_code, (refused.json or {})["error"]["parameter"]) == (422, "decimal")


@pytest.mark.parametrize("name", ["line", "side_by_side", "gap", "drawdown", "distribution", "candles"])
def test_the_sql_beside_a_chart_runs_as_it_stands(client: FlaskClient, views: Reader, name: str) -> None:
    drawn = figure(client, f"{name}.json?currency=KZT&range=1y")
    sql = str(drawn["told"]["sql"])
    assert "$" not in sql
    assert views.query(sql).fetchall()


def test_the_bars_of_the_distribution_hold_every_change(client: FlaskClient, views: Reader) -> None:
    [bars] = figure(client, "distribution.json?currency=KZT&range=all")["data"]
    [(changes,)] = views.query("SELECT count(change_pct) FROM daily_changes('USD', 'KZT', 'nbk')").fetchall()
    assert sum(int(str(count)) for count in bars["y"]) == changes


def test_the_bars_that_the_server_draws_are_those_of_the_figure(client: FlaskClient) -> None:
    drawn = figure(client, "distribution.json?currency=KZT&range=all")
    drawing = draw_figure(drawn, Words("ru"))
    assert drawing is not None
    counts = drawn["data"][0]["y"]
    assert len(drawing.bars) == len(counts)
    tallest = max(bar.height for bar in drawing.bars)
    assert [round(max(counts) * bar.height / tallest) for bar in drawing.bars] == counts
    assert all(bar.y + bar.height == pytest.approx(100) for bar in drawing.bars)
    assert all(before.x + before.width <= after.x + 1e-9 for before, after in pairwise(drawing.bars))
    assert (drawing.bars[0].x, drawing.bars[-1].x + drawing.bars[-1].width) == pytest.approx((0, 100))
    assert any("," in tick.text or "%" in tick.text for tick in drawing.days)


def test_the_candles_that_the_server_draws_are_those_of_the_figure(client: FlaskClient) -> None:
    drawn = figure(client, "candles.json?currency=KZT&range=1y")
    wicks, *traces = drawn["data"]
    drawing = draw_figure(drawn, Words("en"))
    assert drawing is not None
    assert len(drawing.bars) == sum(len(trace["x"]) for trace in traces) == len(wicks["x"]) // 3
    assert [bar.hollow for bar in drawing.bars] == [trace is traces[0] for trace in traces for _ in trace["x"]]
    # Hollow is a gain; a bar is as high as the rate moved, by the scale of the axis.
    bodies = [abs(float(body)) for trace in traces for body in trace["y"]]
    scale = max(bar.height for bar in drawing.bars) / max(bodies)
    assert [bar.height for bar in drawing.bars] == pytest.approx([body * scale for body in bodies], abs=1e-6)
    places = sorted(drawing.bars)
    assert all(before.x + before.width < after.x for before, after in pairwise(places))
    assert (places[0].x >= 0, places[-1].x + places[-1].width <= 100) == (True, True)


def test_no_change_is_a_bar_of_its_own_between_losses_and_gains(store: Store, see: See) -> None:
    # The changes are 0, 0, 0, -0.12 %, +0.12 % and, twice, 0.24 %, a step whose bar ends where it does.
    days = [day for day in each_day(TODAY - timedelta(days=30), TODAY) if nbk.RHYTHM.publishes_for(day)][-8:]
    for day, units in zip(days, ["100", "100", "100", "100", "100.12", "100", "99.76", "99.52"], strict=True):
        see("KZT", str(day), units, source="nbk")
    publish.publish(store)
    asked = "distribution.json?currency=KZT&range=all&direction=unit"
    [bars] = figure(create_app().test_client(), asked)["data"]
    colours = bars["marker"]["color"]
    counts = dict(zip(bars["x"], bars["y"], strict=True))
    zero = bars["x"].index(0)
    assert (counts[0], colours[zero], bars["customdata"][zero]) == (3, NEUTRAL, "0%")
    assert colours == [LOSS if x < 0 else NEUTRAL if x == 0 else GAIN for x in bars["x"]]
    assert (sum(counts[x] for x in counts if x < 0), sum(counts[x] for x in counts if x > 0)) == (1, 3)
    edges = [
        (x + left, x + left + width) for x, left, width in zip(bars["x"], bars["offset"], bars["width"], strict=True)
    ]
    assert all(before[1] < after[0] for before, after in pairwise(edges))


def test_the_candles_hold_the_days(client: FlaskClient, views: Reader) -> None:
    drawn = figure(client, "candles.json?currency=KZT&range=3m&grain=month&direction=unit")
    bars = {day: ends for trace in drawn["data"][1:] for day, ends in zip(trace["x"], trace["customdata"], strict=True)}
    month = (TODAY - timedelta(days=3)).replace(day=1)
    [row] = views.rows(
        "SELECT 1 / min(low)::DOUBLE AS high, 1 / max(high)::DOUBLE AS low FROM daily"
        " WHERE source = 'currency_api' AND quote = 'KZT' AND date_trunc('month', observed_on) = ?", [month],
    )  # fmt: skip
    ends = bars[str(month)]
    assert isinstance(ends, list)
    assert ends[1] == pytest.approx(row["high"], rel=1e-5)
    assert ends[2] == pytest.approx(row["low"], rel=1e-5)


def test_what_a_chart_asks_is_refused_where_it_makes_no_sense(client: FlaskClient) -> None:
    for query in ("range=2y", "from=2026-01-01", "to=2026-01-01", "from=2026-02-01&to=2026-01-01", "measure=euro",
                  "from=2026-01-01&to=2026-02-01&range=1y", "currencies=EUR", "currency=XXX", "grain=day", "page=1",
                  "from=2026-02-30&to=2026-03-01"):  # fmt: skip
        answer = client.get(f"/dashboards/line.json?{query}")
        assert answer.status_code == 422, query
        assert answer.headers["Cache-Control"] == "no-store"


# Converter ----------------------------------------------------------------------------------------


def test_the_converter_says_what_it_took(client: FlaskClient, views: Reader) -> None:
    for have, want, amount, on in (
        ("KZT", "USD", "2500.50", None),
        ("UZS", "KGS", "1", f"{TODAY - timedelta(days=170)}"),
        ("USD", "TMT", "7", None),
    ):
        query = f"amount={amount}&of={have}&in={want}" + (f"&on={on}" if on else "")
        said = words(part(page(client, f"/?{query}"), ".//div[@data-live='converted']"))
        [row] = views.rows("FROM conversion(?, ?, ?, ?)", [float(amount), have, want, on or datetime.now(UTC).date()])
        assert f"{Words('en').number(format_amount(row['converted']))} {want}" in said
        units = {"USD": Decimal(1), have: row["base_rate"], want: row["quote_rate"]}
        exact = Decimal(amount) * units[want] / units[have]
        assert row["converted"] == pytest.approx(float(exact), rel=1e-12)
        for code, source, day in (
            (have, row["base_source"], row["base_on"]),
            (want, row["quote_source"], row["quote_on"]),
        ):
            assert code == "USD" or f"{code}: {views.bank(source, code)}, {Words('en').day(day)}" in said


COMMAS = {
    "1 000,5": "1000.5", "1\xa0000,5": "1000.5", "1\u202f000,5": "1000.5", "1000,5": "1000.5", "1,000": "1.000",
    "1 234 567": "1234567", "2500,50": "2500.50", "7": "7", " 12 ": "12", "5,": "5", "0": "0",
    "1.000": None, "1000.5": None, "1,000.5": None, "1 00": None, "1 0000": None, "1,00,0": None,
}  # fmt: skip
POINTS = {
    "1,000.5": "1000.5", "1000.5": "1000.5", "1,000": "1000", "1.000": "1.000", "1,234,567": "1234567",
    "2500.50": "2500.50", "7": "7", " 12 ": "12", "5.": "5", "0": "0",
    "1 000,5": None, "1 000": None, "1,00,0": None, "1,0000": None, ",5": None, "1000,5": None,
}  # fmt: skip
"""What is typed, and the plain number that the address has; None where it cannot be read."""
NO_NUMBERS = (
    "", " ", "٣", "1e5", "-5", "+5", "1_000", "NaN", "inf", "0x10", "½", "1;2", "1.2.3", "1,2,3", ".5", ",5", "\0",
    "1\n2",
)  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_number_is_read_by_the_marks_of_the_language(language: str) -> None:
    for entry, plain in {**(POINTS if language == "en" else COMMAS), **dict.fromkeys(NO_NUMBERS)}.items():
        if plain is not None:
            assert f"{Words(language).parse(entry):f}" == plain, entry
            continue
        with pytest.raises(ValueError, match="not a number"):
            Words(language).parse(entry)


@pytest.mark.parametrize("language", SPOKEN)
def test_an_amount_is_typed_and_shown_with_the_marks_of_the_language(client: FlaskClient, language: str) -> None:
    entry, plain = ("1,000.5", "1000.5") if language == "en" else ("1 000,5", "1000.5")
    answer = client.get("/", query_string={"lang": language, "of": "USD", "amount": "7", "amount_text": entry})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (303, "no-store")
    assert answer.location == f"/?lang={language}&amount={plain}&of=USD#converter"
    field = part(page(client, answer.location), ".//input[@name='amount_text']")
    assert field.get("value") == Words(language).number(plain)
    assert field.get("aria-invalid") is None
    wrong = "1,00,0" if language == "en" else "1.000"
    answer = client.get("/", query_string={"lang": language, "amount": "7", "amount_text": wrong})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    told = html.fromstring(answer.text)
    field, mistake = part(told, ".//input[@name='amount_text']"), part(told, ".//p[@id='amount-mistake']")
    example = Words(language).number("1000.50")
    assert mistake.text_content() == Words(language).gettext(
        "This amount cannot be read. Example: {example}", example=example
    )
    assert (field.get("value"), field.get("aria-invalid")) == (wrong, "true")
    assert field.get("aria-describedby") == "amount-mistake"
    assert told.find(".//p[@class='converted']") is None
    assert "amount_text=" not in answer.text


@pytest.mark.parametrize("entry", ["", "9" * 16, "0." + "1" * 9, "<script>alert(1)</script>", "9" * 5000])
def test_no_entry_is_taken_for_another_amount(client: FlaskClient, entry: str) -> None:
    answer = client.get("/", query_string={"amount_text": entry})
    assert answer.status_code == 200
    assert "This amount cannot be read" in answer.text
    assert "<script>alert" not in answer.text
    assert "9" * 41 not in answer.text


@given(
    some.sampled_from(LANGUAGES),
    some.decimals(0, 10**15 - 1, places=8, allow_nan=False) | some.integers(0, 10**15 - 1).map(Decimal),
)
def test_what_a_language_prints_it_reads(language: str, number: Decimal) -> None:
    assert Words(language).parse(Words(language).number(f"{number:f}")) == number


@pytest.mark.proof
def test_the_amount_of_an_address_has_a_decimal_point_in_every_language(client: FlaskClient) -> None:
    for language in LANGUAGES:
        told = words(part(page(client, f"/?lang={language}&amount=1000.5"), ".//p[@class='converted']"))
        assert told.startswith(" ".join(f"{Words(language).number('1000.5')} USD".split()))
        for amount in ("1,000", "1 000", "1000,5"):
            assert client.get("/", query_string={"lang": language, "amount": amount}).status_code == 422


def test_the_converter_writes_a_printed_rate_as_the_heading_does(client: FlaskClient) -> None:
    for query, rate in (("of=USD&in=KZT", "516.95"), ("of=USD&in=TMT", "3.50"), ("of=KZT&in=USD", "0.00193442")):
        found = page(client, f"/currency/{query[-3:] if 'of=USD' in query else 'KZT'}?{query}&amount=1")
        said = words(part(found, ".//div[@data-live='converted']"))
        assert said.count(f" = {rate} {query[-3:]}") == 2
        assert ("of=KZT" in query) or words(part(found, ".//p[@class='rate']")).split()[0] == rate
    same = part(page(client, "/?of=USD&in=USD"), ".//div[@data-live='converted']")
    assert words(same) == "100 USD = 100.00 USD 1 USD = 1.00 USD"


def test_the_converter_tells_that_there_is_no_rate(client: FlaskClient) -> None:
    assert "has no rate for that day" in words(
        part(page(client, "/?of=TJS&on=1999-01-01"), ".//div[@data-live='converted']")
    )


def test_a_number_is_shown_with_cents_or_six_digits() -> None:
    assert [format_amount(number) for number in (0.0, 0.0000848016, 8.5, 9.999999, 99.99999, 100.0, 51695.0, 1e12)] == [
        "0.00", "0.0000848016", "8.50000", "10.0000", "100.000", "100.00", "51695.00", "1000000000000.00",
    ]  # fmt: skip


# Addresses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/currency/KZT", "/compare", "/spread", "/sources"])
def test_nonsense_is_refused_by_a_page_and_never_repeated(client: FlaskClient, path: str) -> None:
    taste, charts = ("lang", "theme"), ("range", "from", "to", "scale", "measure", "grain")
    known = {"/": (*taste, "base", "direction", "amount", "of", "in", "on"), "/sources": taste}
    for name in known.get(path, (*taste, *charts)):
        for hostile in HOSTILE:
            answer = client.get(path, query_string={name: hostile})
            assert answer.status_code == 422, (name, hostile)
            assert hostile not in answer.text
            assert answer.content_type.startswith("text/html")


def test_what_others_add_to_an_address_is_passed_over(client: FlaskClient) -> None:
    assert client.get("/currency/KZT?utm_source=letter&fbclid=1").status_code == 200


def test_language_and_theme_go_along_and_the_rest_stays(client: FlaskClient) -> None:
    found = page(client, "/compare?lang=ru&theme=dark&currencies=KZT,TJS&range=3m")
    assert (found.get("lang"), found.get("class")) == ("ru", "dark")
    links = {link.get("href") for link in found.findall(".//nav//a")}
    assert "/currency/KZT?lang=ru&theme=dark" in links
    ranges = [link.get("href") for link in found.findall(".//*[@data-sets]")]
    assert "/compare?lang=ru&theme=dark&currencies=KZT%2CTJS&range=1m" in ranges
    ticked = [
        box.get("value") for box in found.findall(".//input[@name='currencies']") if box.get("checked") is not None
    ]
    assert ticked == ["KZT", "TJS"]


@pytest.mark.parametrize("language", SPOKEN)
def test_every_page_speaks_every_language(client: FlaskClient, language: str) -> None:
    for path in PAGES if language in ("en", "ru") else PAGES[:-3]:  # The last three are English in any language.
        found = page(client, f"{path}?lang={language}")
        assert found.get("lang") == language
        assert path in ("/docs", "/sql") or "{" not in words(part(found, ".//main"))


def test_headings_of_the_guide_are_in_the_language_of_the_page_under_the_same_anchors(client: FlaskClient) -> None:
    for path in ("/sql", "/sql/questions", "/sql/schema"):
        english, russian = (
            page(client, f"{path}?lang={language}").findall(".//article//*[@id]") for language in ("en", "ru")
        )
        assert [heading.get("id") for heading in english] == [heading.get("id") for heading in russian]
        for heading in russian:
            text = words(heading)
            if re.search("[а-яё]", text):
                assert heading.get("lang") == "ru"
            else:  # Names of tables, views and programs.
                assert re.fullmatch(
                    r"[a-z0-9_]+|R|DBeaver|Excel, Google Sheets|dbt, and programs that cannot USE", text
                ), text


def test_a_newsreader_finds_the_answer_in_the_head(client: FlaskClient) -> None:
    found = page(client, "/currency/KZT")
    assert found.findtext(".//title") == "USD/KZT 516.95 · Kazakhstani tenge · Central Asia Rates"
    description = str(part(found, ".//meta[@name='description']").get("content"))
    assert description.startswith("The National Bank of Kazakhstan set the Kazakhstani tenge at 516.95 per dollar for")
    heads = [page(client, f"/sources?base=EUR&lang={language}") for language in LANGUAGES]
    for path in (".//meta[@name='description']", ".//link[@type='application/atom+xml']"):
        texts = [part(head, path).get("content") or part(head, path).get("title") for head in heads]
        assert len(set(texts)) == len(LANGUAGES)
    assert "dollar" not in str(texts[0])


# States -------------------------------------------------------------------------------------------


def test_corrections_held_figures_and_lateness_are_told(client: FlaskClient) -> None:
    known = part(page(client, "/currency/KZT"), ".//div[@data-live='known']")
    assert "corrected" in words(known)
    assert "from 517.3 to 516.95" in words(known)
    known = part(page(client, "/currency/KGS"), ".//div[@data-live='known']")
    assert "97.45 is 1.114 times the 87.45" in words(known)
    assert part(known, "..").get("open") is not None
    found = page(client, "/sources")
    assert "Last error: HTTP 503" in words(part(found, ".//section[@aria-labelledby='cbu']"))
    strip = found.findall(".//section[@aria-labelledby='nbk']//p[@class='strip60']/i")
    assert [square.get("class") for square in strip].count("late") == 1
    assert [square.get("class") for square in strip].count("on-time") > 30
    assert "the document asks to be credited" in words(part(found, ".//section[@aria-labelledby='nbk']"))


def test_a_peg_is_shown_as_one(client: FlaskClient) -> None:
    found = page(client, "/currency/TMT")
    assert "has been pegged at 3.50 per dollar since 1 January 2015" in words(found)
    assert [chart.get("id") for chart in found.findall(".//div[@data-chart]")] == ["chart-line"]
    assert "No central bank has contradicted the peg" in words(page(client, "/spread"))


@pytest.mark.proof
def test_an_empty_store_looks_deliberate(store: Store) -> None:
    publish.publish(store)
    client = create_app().test_client()
    for path in PAGES:
        page(client, path)
    assert words(page(client, "/")).count("no rate") >= 4  # All but the peg.
    for name in ("line", "side_by_side", "gap", "drawdown", "distribution", "candles"):
        drawn = figure(client, f"{name}.json?currency=KZT")
        assert not any(trace.get("x") for trace in drawn["data"])


@pytest.mark.proof
def test_one_currency_and_one_source_may_be_missing(store: Store, see: See) -> None:
    see("KZT", str(TODAY - timedelta(days=1)), "517.30", source="nbk")
    see("KZT", str(TODAY), "516.00", source="nbk")
    publish.publish(store)
    client = create_app().test_client()
    for path in PAGES:
        page(client, path)
    assert "There is no day with both an official and a market rate yet" in words(page(client, "/spread"))
    assert "There is no rate of the Kyrgyzstani som yet" in words(page(client, "/currency/KGS"))


@pytest.mark.proof
def test_the_sources_say_what_was_not_received_and_when_it_is_us(store: Store, see: See, ask: Ask) -> None:
    now, week_ago = (f"{datetime.now(UTC) - timedelta(days=days):%Y-%m-%d %H:%M}" for days in (0, 7))
    see("KZT", week_ago[:10], "517.30", source="nbk")
    ask(now, "nbk")
    publish.publish(store)
    bank = part(page(create_app().test_client(), "/sources"), ".//section[@aria-labelledby='nbk']")
    told = {words(part(row, "dt")): words(part(row, "dd")) for row in bank.findall(".//dl/div")}
    views = Reader(newest(settings.load().published))
    [row] = views.rows("FROM freshness WHERE source = 'nbk'")
    assert words(part(bank, "h2/span")) == {"late": "delayed", "stale": "stale", "dead": "no data"}[row["state"]]
    day = Words("en").day
    assert told["Overdue"].startswith(f"for {day(row['overdue_on'])}, due ")
    assert told["Overdue"].endswith(f"{row['overdue_since']:%H:%M} UTC")
    assert told["Next expected"].startswith(f"for {day(row['expected_next_on'])},")
    assert row["expected_next_at"] > datetime.now(UTC).replace(tzinfo=None) > row["overdue_since"]

    ask(now, "nbk", "cbu", error="cannot be reached")
    publish.publish(store)
    for language in LANGUAGES:
        shown = page(create_app().test_client(), f"/sources?lang={language}")
        problems = [words(problem) for problem in shown.findall(".//main//p[@class='problem']")]
        assert any(now[11:] in problem for problem in problems), language
    assert "We could not reach any source since" in words(page(create_app().test_client(), "/sources"))


@pytest.mark.parametrize("language", SPOKEN)
def test_a_year_that_holds_ten_days_says_since_when(store: Store, see: See, client: FlaskClient, language: str) -> None:
    first = TODAY - timedelta(days=9)
    for number in range(10):
        see("KZT", f"{first + timedelta(days=number)}", f"{517 + number}", source="nbk")
    publish.publish(store)
    since = " ".join(Words(language).day(first).split())
    young = create_app().test_client()
    assert since in words(page(young, f"/?lang={language}").findall(".//td[@class='place']")[1])
    shown = page(young, f"/currency/KZT?lang={language}")
    assert since in words(part(shown, ".//div[@class='weeks52']"))
    assert since in words(part(shown, ".//p[@data-live='as-of-line']"))
    assert since not in words(
        part(page(young, f"/currency/KZT?range=1w&lang={language}"), ".//p[@data-live='as-of-line']")
    )
    assert words(part(page(client, "/currency/KZT"), ".//div[@class='weeks52']")).startswith("52 weeks")
    assert words(part(page(client, "/currency/KZT"), ".//p[@data-live='as-of-line']")).startswith("Data as of")


def test_the_archive_alone_says_that_it_is_old(store: Store) -> None:
    snapshot.load_archive(store)
    publish.publish(store)
    client = create_app().test_client()
    assert "Updates are delayed" in words(page(client, "/"))
    assert "Updates are delayed" in words(page(client, "/currency/KZT"))


def test_the_calendar_has_a_square_for_each_day_and_months_that_stand_apart() -> None:
    changes = [{"observed_on": TODAY - timedelta(days=back), "change_pct": 0.6, "change": "0.6"} for back in range(500)]
    drawn = calendar_map(changes, TODAY, Words("en"))
    assert (
        len({(square.week, square.weekday) for square in drawn.squares})
        == len(drawn.squares)
        == 52 * 7 + TODAY.weekday() + 1
    )
    columns = [week for week, _ in drawn.months]
    assert min(after - before for before, after in pairwise(columns)) >= 4


@pytest.mark.parametrize(
    ("moves", "shades", "darkest"),
    [
        # A currency that barely moves is not all pale, and in a crisis the days before it are not all dark.
        ([0.02, -0.06, 0.12], {"up-1", "down-2", "up-3"}, "0.1% or higher"),
        ([0.02, -0.15, 0.6], {"flat", "down-1", "up-3"}, "0.5% or higher"),
        ([0.02, -0.6, 12], {"flat", "down-1", "up-3"}, "5% or higher"),
        # One day does not choose the scale.
        ([0.02, -0.06] * 50 + [12], {"up-1", "down-2", "up-3"}, "0.1% or higher"),
    ],
)
def test_the_shades_of_a_calendar_fit_what_the_currency_does(
    moves: list[float], shades: set[str], darkest: str
) -> None:
    changes = [
        {"observed_on": TODAY - timedelta(days=back), "change_pct": move, "change": f"{move:g}"}
        for back, move in enumerate(moves)
    ]
    drawn = calendar_map(changes, TODAY, Words("en"))
    assert {square.shade for square in drawn.squares} == shades
    assert drawn.shades[-1] == ("up-3", darkest)


def test_files_of_pages_have_names_for_ever(client: FlaskClient) -> None:
    text = client.get("/currency/KZT").text
    found = set(re.findall(r'"(/assets/[^"]*)"', text))
    for address in list(found):
        # What a module imports has a versioned address too.
        imported = re.findall(rb'^import .* from "(.*)";', client.get(address).data, re.MULTILINE)
        found.update(urljoin(address, path.decode()) for path in imported)
    assert any(address.endswith("/modules/renew.js") for address in found)
    for address in found:
        answer = client.get(address)
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
    digest = re.findall(r"/assets/(\w+)/", text)[0]
    for address in ("/assets/site.css", "/assets/000000000000/site.css", f"/assets/{digest}/..%2Fhttp%2Fassets.py"):
        assert client.get(address).status_code == 404


def test_the_views_for_analysts_open_in_plain_duckdb(busy_year: Path) -> None:
    path = newest(busy_year / "published").folder / "rates.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{path}' AS r (READ_ONLY)")
        connection.execute("USE r")
        for name in ("moves", "year_range", "spread", "punctuality", "outcomes", "corrections",
                     "correlations('USD', ['KZT', 'TJS'], DATE '2026-01-01')"):  # fmt: skip
            assert connection.execute(f"FROM {name}").fetchall(), name
