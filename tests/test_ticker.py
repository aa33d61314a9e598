"""The ticker in every form that an editor may choose, and as it stood."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from itertools import product
from pathlib import Path
from time import sleep

import pytest
from flask.testing import FlaskClient
from lxml import html

from ratesvc.collect import snapshot
from ratesvc.core.currencies import CURRENCIES
from ratesvc.publish import publish
from ratesvc.render import ticker
from ratesvc.render.i18n import LANGUAGES
from ratesvc.render.ticker import Look
from ratesvc.store.database import Store
from ratesvc.web import create_app

from .conftest import See, showing

HOSTILE = (
    "<script>alert(1)</script>",
    "\"'><svg onload=alert(1)>",
    "KGS/USD\nSet-Cookie: a=b",
    "KGS/USD\r\n\r\n<b>",
    "x" * 10_000,
    "KGS\0",
    "१",  # Digits of other scripts are digits for Python's int.
    "١٢٣",
    "KGS/USD,,",
    "../../etc/passwd",
    "{{7*7}}",
    "%00",
)


@pytest.fixture(scope="module")
def client(archive: Path) -> FlaskClient:
    return showing(archive)


def rows(client: FlaskClient, query: str) -> list[dict[str, object]]:
    answer = client.get(f"/ticker.json?{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = json.loads(answer.data)["rows"]
    return found


def test_pairs_are_chosen_in_their_order(client: FlaskClient) -> None:
    assert [row["pair"] for row in rows(client, "pairs=UZS/USD,KGS")] == ["UZS/USD", "KGS/USD"]
    plain = client.get("/ticker.txt").text.splitlines()
    assert client.get("/ticker.txt?pairs=UZS,KGS/USD").text.splitlines() == [plain[3], plain[0]]


def test_an_editor_may_show_more_digits_more_units_and_a_plus(client: FlaskClient) -> None:
    precise = {row["pair"]: row["rate_precise"] for row in rows(client, "sign=minus")}
    assert {row["pair"]: row["rate"] for row in rows(client, "digits=precise")} == precise
    assert precise["UZS/USD"] == "0.0000848016"
    thousand = client.get("/ticker.txt?per=1000&pairs=UZS").text
    assert thousand == "UZS/USD = 0.08480 per 1,000 UZS -0.33%\n"
    assert client.get("/ticker.txt?per=1000&pairs=UZS&digits=precise").text.startswith("UZS/USD = 0.0848016 per 1,000")
    # As a bank prints it a rate has the printed digits, and no zeros after them.
    for units, scaled in ((1, ["3.5000", "9.2325"]), (100, ["350", "923.25"]), (1000, ["3500", "9232.5"])):
        assert [row["rate"] for row in rows(client, f"per={units}&pairs=USD/TMT,USD/TJS")] == scaled
    assert rows(client, "per=1000&pairs=USD/TMT&digits=precise")[0]["rate"] == "3500"
    assert client.get("/ticker.txt?sign=always&pairs=KZT,UZS,KGS").text == (
        "KZT/USD = 0.00227 +0.44%\nUZS/USD = 0.00008 -0.33%\nKGS/USD = 0.01143 0%\n"
    )
    assert client.get("/ticker.txt?per=auto").text == (
        "KGS/USD = 0.01143 0%\nKZT/USD = 0.22664 per 100 KZT 0.44%\nTJS/USD = 0.10831 -0.02%\n"
        "UZS/USD = 0.08480 per 1,000 UZS -0.33%\nTMT/USD = 0.28571 0%\n"
    )


def test_over_the_whole_archive_five_decimals_are_five_and_auto_shows_four_digits(store: Store) -> None:
    snapshot.load_archive(store)
    found = store.query(
        "SELECT DISTINCT rates.quote || '/USD', rate, inverse_text(rate, 5), trimmed(rate)"
        " FROM rates JOIN pairs USING (pair) WHERE in_ticker"
    )
    assert len(found) > 500
    for pair, units, rate, trimmed in found:
        row = {
            "pair": pair, "rate": rate, "printed": trimmed, "change": "0%", "change_pct": 0.0,
            "observed_on": "2026-05-24", "source": "currency_api", "pegged": False, "stale": False, "kind": "market",
            "base": pair[:3], "quote": "USD", "inverted": True, "computed": False,
        }  # fmt: skip
        [shown] = ticker.dress([row], Look())
        assert shown["rate"] == rate
        [auto] = ticker.dress([row], Look(per=None))
        assert auto["per"] in (1, 100, 1000)
        assert re.fullmatch(r"\d+\.\d{5}", str(auto["rate"]))
        assert len(str(auto["rate"]).replace(".", "").lstrip("0")) >= 4
        exact = (auto["per"] / units).quantize(Decimal("0.00001"), ROUND_HALF_EVEN)
        assert Decimal(auto["rate"]) == exact


@pytest.mark.parametrize(
    ("printed", "previous", "step"),
    [("514.90", "513.80", "-0.0000042"), ("514.90", "514.90", "0"), ("87.7488", "85.5", "-0.00030"),
     ("514.9000001", "514.9", "-0.00000000000038")],
)  # fmt: skip
def test_a_change_in_units_is_0_only_if_the_rate_has_not_moved(printed: str, previous: str, step: str) -> None:
    row = {
        "pair": "KZT/USD", "rate": f"{1 / Decimal(printed):.5f}", "printed": printed, "previous_printed": previous,
        "change": "0%", "change_pct": 0.0, "observed_on": "2026-05-24", "source": "nbk", "pegged": False,
        "stale": False, "kind": "official", "base": "KZT", "quote": "USD", "inverted": True, "computed": False,
    }  # fmt: skip
    [absolute] = ticker.dress([row], Look(change="absolute"))
    [both] = ticker.dress([row], Look(change="both"))
    assert (absolute["change"], both["change"]) == (step, f"{step} (0%)")


@pytest.mark.parametrize(
    ("printed", "units", "rate"),
    [("99", 1, "0.01010"), ("100", 1, "0.01000"), ("101", 100, "0.99010"), ("10000", 100, "0.01000"),
     ("10100", 1000, "0.09901"), ("120000", 1000, "0.00833")],
)  # fmt: skip
def test_a_rate_is_for_1_100_or_1000_units_the_fewest_that_are_enough(printed: str, units: int, rate: str) -> None:
    row = {
        "pair": "KZT/USD", "rate": f"{1 / Decimal(printed):.5f}", "printed": printed, "change": "0%",
        "change_pct": 0.0, "observed_on": "2026-05-24", "source": "nbk", "pegged": False, "stale": False,
        "kind": "official", "base": "KZT", "quote": "USD", "inverted": True, "computed": False,
    }  # fmt: skip
    [auto] = ticker.dress([row], Look(per=None))
    assert (auto["per"], auto["rate"]) == (units, rate)


def test_an_editor_may_name_the_pairs(client: FlaskClient) -> None:
    labels = 'labels=kgs:Сом, KZT/USD:Тенге <b>&"1:2"'
    text = client.get(f"/ticker.txt?pairs=KGS,KZT,USD/KZT,TJS&{labels.replace('&', '%26')}").text
    said = [line.partition(" = ")[0] for line in text.splitlines()]
    assert said == ["Сом", 'Тенге <b>&"1:2"', "USD/KZT", "TJS/USD"]
    # A code is for every pair of its currency, and a pair comes first.
    both = client.get("/ticker.txt?pairs=KZT,USD/KZT,EUR/KZT&labels=KZT:Тенге,USD/KZT:Доллар").text.splitlines()
    assert [line.partition(" = ")[0] for line in both] == ["Тенге", "Доллар", "Тенге"]
    for path in ("/ticker.html", "/embed/ticker"):
        page = client.get(path, query_string={"labels": 'KZT:<script>"x"</script>'}).text
        assert "<script>&#34;" not in page
        assert "&lt;script&gt;&#34;x&#34;&lt;/script&gt; = 0.00227" in page
    named, plain = rows(client, "pairs=KZT&labels=KZT:Тенге"), rows(client, "pairs=KZT")
    assert named[0]["pair_label"] == "Тенге"
    assert named[0]["pair"] == "KZT/USD"
    assert "pair_label" not in plain[0]
    for wrong in (
        "KZT",
        "KZT:",
        "KZT: ",
        "XXX:a",
        "KZT:a,",
        "KZT:a\u202eb",
        "KZT:a\nb",
        f"KZT:{'a' * 41}",
        "KGS/KZT:a",
    ):
        assert client.get("/ticker.json", query_string={"labels": wrong}).status_code == 422, wrong


def test_the_page_of_the_ticker_has_letters_of_another_size_and_sources_behind_a_button(client: FlaskClient) -> None:
    plain, changed = client.get("/ticker.html").text, client.get("/ticker.html?fontsize=24&sources=info&lang=ru").text
    assert ".ticker { display: flex; height: 44px;" in plain
    assert (".sources" in plain, ".sources" in changed) == (False, True)
    assert "font-size: 15px; line-height: 44px;" in plain
    assert "height: 58px;" in changed
    assert "font-size: 24px; line-height: 58px;" in changed
    assert ("<details" in plain, 'class="credit"' in plain) == (False, True)
    assert ("<details" in changed, 'class="credit"' in changed) == (True, False)
    button = html.fromstring(changed).find(".//details")
    assert button is not None
    assert button.xpath("string(summary/@aria-label)") == "Источники"
    assert button.findtext(".//span") == json.loads(client.get("/ticker.json?lang=ru").data)["words"]["credit"]


def test_each_language_has_its_numbers_and_words(client: FlaskClient) -> None:
    said = {language: client.get(f"/ticker.txt?lang={language}&pairs=KZT,UZS&per=auto").text for language in LANGUAGES}
    assert said["en"] == client.get("/ticker.txt?pairs=KZT,UZS&per=auto").text
    assert said["ru"] == "KZT/USD = 0,22664 за 100 KZT 0,44\xa0%\nUZS/USD = 0,08480 за 1\xa0000 UZS -0,33\xa0%\n"
    assert said["kk"] == "KZT/USD = 100 KZT үшін 0,22664 0,44%\nUZS/USD = 1\xa0000 UZS үшін 0,08480 -0,33%\n"
    assert len(set(said.values())) == len(LANGUAGES)
    russian = json.loads(client.get("/ticker.json?lang=ru&pairs=KZT,UZS,KGS,TMT").data)
    assert russian["words"]["pause"] == "Остановить строку"
    assert (russian["language"], russian["direction"]) == ("ru", "ltr")
    assert [row["spoken"] for row in russian["rows"]] == [
        "рост на 0,44\xa0%", "снижение на 0,33\xa0%", "без изменений", "без изменений"
    ]  # fmt: skip
    assert [row["label"] for row in russian["rows"]][2:] == ["рыночный, на 29 сент. 2026\u202fг.", "фиксированный"]
    assert russian["rows"][1]["name"] == "узбекский сум"


def test_the_page_takes_the_same(client: FlaskClient) -> None:
    page = client.get("/ticker.html?lang=ky&pairs=KGS&per=100").text
    assert '<html lang="ky"' in page
    assert "100 KGS үчүн 1,14342" in page
    assert "Сапты токтотуу" in page


def test_the_past_is_what_was_published_then_byte_for_byte(
    client: FlaskClient, store: Store, see: See, data: Path
) -> None:
    moments, published = [], []
    for day, units in (("2026-09-20", "87.4"), ("2026-09-21", "87.3"), ("2026-09-22", "87.2")):
        sleep(0.01)
        see("KGS", day, units, source="nbkr")
        version = publish.publish(store)
        published.append((data / "published" / version / "ticker.json").read_bytes())
        sleep(0.01)
        moments.append(datetime.now(UTC))
    later = create_app().test_client()
    for moment, document in zip(moments, published, strict=True):
        answer = later.get(f"/ticker.json?at={moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z")
        assert answer.data == document
    known = json.loads(published[0])
    before = later.get(f"/ticker.json?at={known['published_at']}")
    assert before.data == published[0]
    assert "immutable" in before.headers["Cache-Control"]
    assert (
        "immutable"
        not in later.get(f"/ticker.json?at={moments[-1]:%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z").headers["Cache-Control"]
    )
    [row] = json.loads(later.get(f"/ticker.json?at={known['published_at']}&pairs=KGS&digits=precise&lang=tk").data)[
        "rows"
    ]
    assert row["rate"] == known["rows"][0]["rate_precise"].replace(".", ",")
    assert later.get(f"/ticker.txt?at={known['published_at']}").text == "".join(
        f"{row['text']}\n" for row in known["rows"]
    )


def test_before_the_first_version_nothing_was_said(client: FlaskClient) -> None:
    answer = client.get("/ticker.json?at=2020-01-01T00:00:00Z")
    assert answer.status_code == 404
    assert "nothing was published by then: the first version is of 20" in answer.text
    ahead = datetime.now(UTC) + timedelta(hours=1)
    assert client.get(f"/ticker.json?at={ahead:%Y-%m-%dT%H:%M}Z").status_code == 422


def test_variants_are_cached_and_asked_for_by_etag(client: FlaskClient) -> None:
    answer = client.get("/ticker.json?lang=ru", headers={"Accept-Encoding": "br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert re.fullmatch(r"public, max-age=\d+", answer.headers["Cache-Control"])
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get(
        "/ticker.json?lang=ru", headers={"Accept-Encoding": "br", "If-None-Match": answer.headers["ETag"]}
    )
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", ["pairs", "digits", "per", "sign", "lang", "unconfirmed", "at"])
def test_what_makes_no_sense_is_refused_and_not_repeated(client: FlaskClient, name: str) -> None:
    for form, value in product(("json", "txt", "html"), HOSTILE):
        answer = client.get(f"/ticker.{form}", query_string={name: value})
        assert answer.status_code == 422
        assert json.loads(answer.data)["error"]["parameter"] == name
        assert value not in answer.text
        assert answer.headers["Content-Type"] == "application/json"


def test_other_mistakes_are_refused_too(client: FlaskClient) -> None:
    for query in ("lang=ru&lang=en", "per=0", "per=07", "per=-1", "nothing=1", "pairs="):
        assert client.get(f"/ticker.json?{query}").status_code == 422


def test_a_strange_name_of_a_parameter_is_not_repeated(client: FlaskClient) -> None:
    for name in HOSTILE:
        answer = client.get("/ticker.json", query_string={name: "1"})
        assert answer.status_code == 422
        assert name not in answer.text


def test_every_pair_is_known(client: FlaskClient) -> None:
    for currency in CURRENCIES:
        assert rows(client, f"pairs={currency.code}")


def test_a_row_without_a_rate_says_so(data: Path, store: Store, at: Callable[[str], None]) -> None:
    publish.publish(store)
    client = create_app().test_client()
    first = rows(client, "pairs=KGS&per=auto&digits=precise")[0]
    assert (first["text"], first["spoken"], first["label"]) == ("KGS/USD = — —", "no rate yet", None)
