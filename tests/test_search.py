"""Files for search engines and browsers, structured data, and pages in the language of the browser."""

import json
import re

import pytest
from flask.testing import FlaskClient
from lxml import etree

from ratesvc.core.currencies import CODES
from ratesvc.publish.reader import Reader
from ratesvc.render.i18n import LANGUAGES

from .test_pages import page, part

ORIGIN = "http://127.0.0.1:8000"


def test_the_site_map_lists_pages_that_exist_in_every_language(client: FlaskClient) -> None:
    assert f"Sitemap: {ORIGIN}/sitemap.xml" in client.get("/robots.txt").text
    tree = etree.fromstring(client.get("/sitemap.xml").data)
    places = [element.text or "" for element in tree.iter("{*}loc")]
    assert len(places) == len(set(places)) == 10 * len(LANGUAGES) + 5
    # Every page in one language, and one page in all: tests of pages ask for the others.
    for place in [place for place in places if "?" not in place or place.startswith(f"{ORIGIN}/sources")]:
        assert client.get(place.removeprefix(ORIGIN)).status_code == 200, place
    [first, *_] = tree.iter("{*}url")
    assert [link.get("hreflang") for link in first.iter("{*}link")] == list(LANGUAGES)


def test_every_language_of_a_page_names_itself_and_all_others(client: FlaskClient) -> None:
    for language in ("en", "ru", "uz"):
        found = page(client, f"/currency/KZT?lang={language}&base=EUR&range=3m")
        own = f"{ORIGIN}/currency/KZT?" + ("" if language == "en" else f"lang={language}&") + "base=EUR"
        assert part(found, ".//link[@rel='canonical']").get("href") == own
        others = {link.get("hreflang"): link.get("href") for link in found.findall(".//link[@hreflang]")}
        assert others[language] == own
        assert set(others) == {*LANGUAGES, "x-default"}


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("fr-FR,fr", "en"),
        ("kk-KZ,ru;q=0.8", "kk"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("ru;q=0,uz", "uz"),
        ("*", "en"),
    ],
)
def test_a_page_without_a_language_is_in_the_readers(client: FlaskClient, accepted: str, language: str) -> None:
    for path in ("/", "/currency/KZT", "/compare"):
        answer = client.get(path, headers={"Accept-Language": accepted})
        assert f'<html lang="{language}"' in answer.text
        assert "Accept-Language" in answer.headers.getlist("Vary")
        assert ('href="/compare?lang=' in answer.text) == (language != "en")
    assert '<html lang="tg"' in client.get("/?lang=tg", headers={"Accept-Language": accepted}).text
    for program in ("/ticker.txt", "/api/ticker", "/card/KZT.svg"):
        assert client.get(program, headers={"Accept-Language": accepted}).data == client.get(program).data


def test_the_day_s_number_is_in_titles_cards_and_data(client: FlaskClient, views: Reader) -> None:
    for code in CODES:
        found = page(client, f"/currency/{code}")
        told = json.loads(part(found, ".//script[@type='application/ld+json']").text or "")
        [row] = views.rows("FROM all_pairs WHERE pair = 'USD/' || ?", [code])
        price = told["currentExchangeRate"]
        assert (told["currency"], price["priceCurrency"], price["price"]) == ("USD", code, row["printed"])
        title = part(found, ".//meta[@property='og:title']").get("content") or ""
        assert re.match(rf"USD/{code} [\d,.]+ · ", title)
    assert client.get("/currency/kzt?lang=ru").headers["Location"] == "/currency/KZT?lang=ru"
    assert client.get("/currency/xyz").status_code == 404


def test_an_icon_and_a_page_for_models(client: FlaskClient) -> None:
    icon = client.get("/favicon.ico").data
    assert icon[:6] == b"\0\0\1\0\1\0"
    assert icon[22:30] == b"\x89PNG\r\n\x1a\n"
    text = client.get("/llms.txt").text
    assert text.startswith("# Central Asia Rates\n")
    for address in re.findall(rf"\({ORIGIN}([^)]*)\)", text):
        assert client.get(address).status_code == 200, address
