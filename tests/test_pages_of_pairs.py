"""In every base and in both directions the pages say what the views say."""

import csv
import io
import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ratesvc.core.currencies import BASE_CODES
from ratesvc.publish.reader import Reader, newest

from .conftest import showing
from .test_pages import page, part, signed, words


@pytest.fixture(scope="module")
def client(archive: Path) -> FlaskClient:
    return showing(archive)


@pytest.fixture(scope="module")
def views(archive: Path) -> Reader:
    return Reader(newest(archive / "published"))


@pytest.mark.parametrize(
    ("pair", "address"),
    [
        ("USD/KZT", "/currency/KZT?base=USD&direction=local"),
        ("kzt/usd?lang=ru", "/currency/KZT?lang=ru&base=USD&direction=unit"),
        ("EUR/KZT?base=RUB&direction=unit", "/currency/KZT?base=EUR&direction=local"),
        ("USD/EUR", "/?of=USD&in=EUR#converter"),
        ("KGS/KZT?lang=ru", "/?lang=ru&of=KGS&in=KZT#converter"),
    ],
)
def test_a_pair_leads_to_its_page_in_its_direction(client: FlaskClient, pair: str, address: str) -> None:
    # A page without base or direction in its address takes those that the browser remembers.
    answer = client.get(f"/pair/{pair}")
    assert (answer.status_code, answer.location) == (302, address)
    assert client.get("/pair/USD/USD").status_code == client.get("/pair/USD/XXX").status_code == 404


@pytest.mark.parametrize("base", BASE_CODES)
@pytest.mark.parametrize("direction", ["unit", "local"])
def test_the_table_speaks_of_its_base_in_its_direction(
    client: FlaskClient, views: Reader, base: str, direction: str
) -> None:
    local = direction == "local"
    question = """
    SELECT
        CASE WHEN $local THEN $base || '/' || quote ELSE quote || '/' || $base END AS pair,
        CASE WHEN $local THEN headline.rate::DOUBLE ELSE headline.inverse END AS rate,
        CASE WHEN $local THEN strongest::DOUBLE ELSE 1 / weakest::DOUBLE END AS low,
        CASE WHEN $local THEN weakest::DOUBLE ELSE 1 / strongest::DOUBLE END AS high,
        trimmed(inverse_change_shown) AS change
    FROM headline LEFT JOIN year_range USING (source, base, quote)
    LEFT JOIN (FROM moves WHERE period = 'previous') AS moves USING (base, quote)
    JOIN pairs USING (base, quote) WHERE base = $base AND quote NOT IN ('USD', 'EUR', 'RUB', 'CNY')
    ORDER BY pairs.position
    """
    expected = views.rows(question, {"base": base, "local": local})
    found = page(client, f"/?base={base}&direction={direction}")
    assert f"per {base}" in words(found) if local else f"in {base}" in words(found)
    lines = [
        line for line in part(found, ".//table[@class='rates']").findall(".//tbody/tr") if line.get("class") is None
    ]
    for line, truth in zip(lines, expected, strict=True):
        rate = float(words(part(line, "td/strong")).replace(",", ""))
        assert rate == pytest.approx(truth["rate"], rel=1e-3)
        change = words(part(line, "td[@class='previous']"))
        assert change in ("—", signed(f"{truth['change']}%")) or (change, truth["change"]) == ("<0.01%", "0")
        if ends := line.findall(".//span[@class='ends']/span"):
            assert [float(words(each).replace(",", "")) for each in ends] == pytest.approx(
                [truth["low"], truth["high"]], rel=1e-3
            )
            place = 100 * (truth["rate"] - truth["low"]) / (truth["high"] - truth["low"])
            assert part(line, ".//div[@class='track']/i").get("style") == f"left: {place:.1f}%"
    assert [words(each) for each in found.findall(".//select[@name='of']/option[@selected]")] == [base]


@pytest.mark.parametrize("direction", ["unit", "local"])
def test_the_table_of_all_pairs_has_the_rates_of_the_views(client: FlaskClient, views: Reader, direction: str) -> None:
    table = part(page(client, f"/?direction={direction}"), ".//table[@class='pairs']")
    rates = {row["pair"]: (row["value"], row["change"]) for row in views.rows("FROM all_pairs")}
    cells = table.findall(".//tbody//td")
    assert len(cells) == 20
    for cell in cells:
        pair, _, rate = words(part(cell, ".//a")).partition(" = ")
        value = rates[pair][0]
        one, other = pair.split("/")
        change = rates[pair if other in BASE_CODES else f"{other}/{one}"][1]
        assert pair.startswith(tuple(BASE_CODES)) == (direction == "local")
        assert float(rate.replace(",", "")) == pytest.approx(value, rel=2e-3)
        assert f" {signed(change)}" in words(cell)


def test_changes_in_a_day_are_the_currency_s_own_in_both_directions(client: FlaskClient, views: Reader) -> None:
    [(losses, rises)] = views.query(
        "SELECT count_if(inverse_change_pct < 0), count_if(change_pct < 0) FROM changes "
        "WHERE pair = 'EUR/KZT' AND source = 'currency_api' AND period = 'previous'"
    ).fetchall()
    assert losses != rises
    for direction in ("unit", "local"):
        asked = f"/dashboards/distribution.json?currency=KZT&base=EUR&range=all&direction={direction}"
        [bars] = json.loads(client.get(asked).text)["data"]
        assert sum(count for middle, count in zip(bars["x"], bars["y"], strict=True) if middle < 0) == losses


@pytest.mark.parametrize("address", ["/currency/KZT", "/dashboards/line"])
def test_the_files_of_a_chart_have_the_direction_of_the_page(client: FlaskClient, address: str) -> None:
    for direction in ("local", "unit"):
        link = part(page(client, f"{address}?base=EUR&direction={direction}"), ".//a[@data-csv='chart-line']").get(
            "href"
        )
        rows = list(csv.DictReader(io.StringIO(client.get(str(link)).text)))
        rate = "printed" if direction == "local" else "inverse"
        assert rows
        assert all(float(row["rate"]) == float(row[rate]) for row in rows if row["rate"])


@pytest.mark.parametrize("direction", ["unit", "local"])
def test_the_gap_is_that_of_the_figures_beside_it(client: FlaskClient, views: Reader, direction: str) -> None:
    found = page(client, f"/spread?direction={direction}&range=all")
    gains = dict(views.query("""
        SELECT 'USD/' || quote, inverse_gap_pct FROM spread WHERE base = 'USD'
        QUALIFY row_number() OVER (PARTITION BY quote ORDER BY observed_on DESC) = 1
    """).fetchall())  # fmt: skip
    lines = part(found, ".//section[@data-live='now']").findall(".//tbody/tr")
    assert lines
    for line in lines:
        pair, gap = words(part(line, "th")), words(part(line, "td"))
        official, market = (float(str(cell.text).replace(",", "")) for cell in line.findall("td")[1:])
        code = pair.replace("USD", "").strip("/")
        assert pair == (f"USD/{code}" if direction == "local" else f"{code}/USD")
        shown = float(gap.replace("\N{MINUS SIGN}", "-").removesuffix("%"))
        assert shown == pytest.approx(100 * (market / official - 1), abs=0.012)
        asked = f"/dashboards/gap.json?currency={code}&range=all&direction={direction}"
        [drawn] = json.loads(client.get(asked).text)["data"]
        assert drawn["y"][-1] == pytest.approx(shown, abs=0.006)
        # The title speaks of the currency in both directions.
        for title in found.xpath(f"//article//a[contains(@href, 'currencies={code}')]"):
            gain = gains[f"USD/{code}"]
            assert ("more" in words(title), "less" in words(title)) == (gain > 0.005, gain < -0.005)


@pytest.mark.parametrize("pair", ["USD/KZT", "KZT/USD", "EUR/KZT", "KZT/EUR"])
def test_the_document_behind_a_rate_is_that_of_the_pair(client: FlaskClient, pair: str) -> None:
    base = pair.replace("KZT", "").strip("/")
    direction = "unit" if pair.startswith("KZT") else "local"
    found = page(client, f"/currency/KZT?base={base}&direction={direction}")
    [link] = found.xpath("//a[starts-with(@href, '/api/why/')]/@href")
    told = json.loads(client.get(link).text)
    assert told["text"].startswith(f"{pair} = ")
    assert told["rate"]["formula"] == ("1 / " if direction == "unit" else "") + told["quote"]["exact"]["rate"]
    shown = told["rate"]["precise" if direction == "unit" else "shown"]
    assert words(part(found, ".//p[@class='rate']")).startswith(shown)


def test_sentences_of_two_bases_have_units_in_words(client: FlaskClient, views: Reader) -> None:
    [(dollars,)] = views.query("SELECT value FROM all_pairs WHERE pair = 'EUR/USD'").fetchall()
    for pair, language, expected in (
        ("EUR/USD", "en", f"{dollars:.4f} dollars"),
        ("EUR/USD", "ru", f"{dollars:.4f} доллара".replace(".", ",")),
        ("EUR/RUB", "ru", " рубля"),
        ("USD/CNY", "kk", " юань"),
        ("RUB/USD", "en", " per dollar"),
    ):
        assert expected in client.get(f"/embed/sentence?pair={pair}&lang={language}").text
