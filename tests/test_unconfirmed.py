"""A figure that is not confirmed, wherever a rate is shown: 255.26 tenge after 188.38, as in August 2015."""

import json
import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, Literal

import feedparser
import pytest
from flask.testing import FlaskClient
from lxml import etree, html

from ratesvc.core.observation import Observation, midnight
from ratesvc.publish import publish
from ratesvc.render import ticker
from ratesvc.render.i18n import LANGUAGES, Words
from ratesvc.render.ticker import Look
from ratesvc.store.database import Store
from ratesvc.web import create_app

from .clock import set_clock
from .conftest import Published, See, showing
from .serving import print_a_figure, record_unjudged

At = Callable[[str], None]


@pytest.fixture(scope="module")
def client(published: Published) -> FlaskClient:
    """The evening of 20 August 2015: the rate of the 21st is out, and nothing confirms it."""

    def fill(store: Store) -> None:
        for minute, (day, units) in enumerate([("2015-08-19", "188.35"), ("2015-08-20", "188.38")]):
            known = Observation(source="nbk", base="USD", quote="KZT", observed_at=midnight(day), rate=Decimal(units))
            record_unjudged(store, "nbk", [known], datetime(2026, 1, 1, 0, minute, tzinfo=UTC))
        print_a_figure(store, "nbk", "KZT", datetime(2015, 8, 21, tzinfo=UTC), "255.26")
        set_clock(store, "2015-08-20 12:00")
        publish.publish(store)

    return showing(published("evening", fill))


def row(client: FlaskClient, query: str = "") -> dict[str, Any]:
    answer = client.get(f"/ticker.json?pairs=KZT{query}")
    assert answer.status_code == 200, answer.text
    [found] = json.loads(answer.data)["rows"]
    assert isinstance(found, dict)
    return found


def text(client: FlaskClient, query: str = "") -> str:
    return client.get(f"/ticker.txt?pairs=KZT{query}").text


def lines(store: Store) -> list[dict[str, Any]]:
    """The tenge's row of the view."""
    names = [name for (name,) in store.query("SELECT column_name FROM (DESCRIBE ticker)")]
    return [dict(zip(names, each, strict=True)) for each in store.query("FROM ticker WHERE pair = 'KZT/USD'")]


# The ticker --------------------------------------------------------------------------------------


def test_the_row_keeps_the_confirmed_rate_and_names_the_new_figure(client: FlaskClient) -> None:
    line = "KZT/USD = 0.00531 -0.02% (not confirmed: 0.00392 -26.2%)\n"
    assert text(client) == line
    assert line in client.get("/ticker.txt").text  # As the view has it.
    found = row(client)
    assert (found["rate"], found["change"], found["observed_on"]) == ("0.00531", "-0.02%", "2015-08-20")
    assert (found["unconfirmed"], found["unconfirmed_printed"]) == (True, "255.26")
    assert (found["unconfirmed_on"], found["unconfirmed_change"]) == ("2015-08-21", "-26.2%")
    assert "255.26 is 1.355 times the 188.38 of 2015-08-20" in found["unconfirmed_reason"]
    assert found["label"] == "not confirmed: 0.00392 -26.2%"
    assert found["spoken"] == "down 0.02 percent; not confirmed: 0.00392, down 26.2 percent"
    page = client.get("/ticker.html").text
    assert '<small aria-hidden="true">not confirmed: 0.00392 -26.2%</small>' in page
    assert "; not confirmed: 0.00392, down 26.2 percent</span>" in page


def test_an_editor_may_show_the_new_figure_which_is_marked(client: FlaskClient) -> None:
    assert text(client, "&unconfirmed=show") == "KZT/USD = 0.00392 -26.2% (not confirmed)\n"
    found = row(client, "&unconfirmed=show")
    assert {name: found[name] for name in ("rate", "rate_precise", "change", "printed", "units", "source")} == {
        "rate": "0.00392", "rate_precise": "0.00391757", "change": "-26.2%", "printed": "255.26",
        "units": "255.26", "source": "nbk",
    }  # fmt: skip
    assert found["value"] == 1 / 255.26
    assert (found["observed_on"], found["previous_on"], found["direction"]) == ("2015-08-21", "2015-08-20", "down")
    assert found["label"] == "for 21 Aug, not confirmed"
    assert found["spoken"] == "down 26.2 percent; for 21 Aug; not confirmed"
    assert found["sourced"] == "National Bank of Kazakhstan, 21 Aug 2015"
    assert "for 21 Aug, not confirmed" in client.get("/ticker.html?unconfirmed=show").text


@pytest.mark.parametrize(
    ("query", "hidden", "shown"),
    [
        ("&digits=precise", "0.00530842 -0.02% (not confirmed: 0.00391757 -26.2%)", "0.00391757 -26.2%"),
        ("&per=10", "0.05308 per 10 KZT -0.02% (not confirmed: 0.03918 -26.2%)", "0.03918 per 10 KZT -26.2%"),
        ("&per=auto", "0.53084 per 100 KZT -0.02% (not confirmed: 0.39176 -26.2%)", "0.39176 per 100 KZT -26.2%"),
        ("&per=1000&digits=precise", "5.30842 per 1,000 KZT -0.02% (not confirmed: 3.91757 -26.2%)",
         "3.91757 per 1,000 KZT -26.2%"),
        ("&sign=always", "0.00531 -0.02% (not confirmed: 0.00392 -26.2%)", "0.00392 -26.2%"),
        ("&lang=ru", "0,00531 -0,02\xa0% (не подтверждён: 0,00392 -26,2\xa0%)", "0,00392 -26,2\xa0%"),
    ],
)  # fmt: skip
def test_the_figure_takes_every_form_of_a_rate(client: FlaskClient, query: str, hidden: str, shown: str) -> None:
    assert text(client, query) == f"KZT/USD = {hidden}\n"
    mark = Words("ru" if "ru" in query else "en").gettext("not confirmed")
    assert text(client, f"{query}&unconfirmed=show") == f"KZT/USD = {shown} ({mark})\n"


def test_shown_it_is_to_the_digit_what_it_is_once_confirmed(store: Store, see: See, at: At) -> None:
    see("KZT", "2015-08-20", "188.38", source="nbk")
    print_a_figure(store, "nbk", "KZT", datetime(2015, 8, 21, tzinfo=UTC), "255.26")
    at("2015-08-20 12:00")
    before = lines(store)
    see("KZT", "2015-08-21", "255.26", source="nbk")
    after = lines(store)
    assert (before[0]["unconfirmed"], after[0]["unconfirmed"]) == (True, False)
    digits: tuple[Literal["site", "precise"], ...] = ("site", "precise")
    for form, per, plus, language in product(digits, (None, 1, 1000), (False, True), (None, *LANGUAGES)):
        look = Look(digits=form, per=per, plus=plus, language=language, unconfirmed="show")
        [waiting], [confirmed] = ticker.dress(before, look), ticker.dress(after, look)
        same = {name for name in waiting if waiting[name] == confirmed.get(name)}
        differ = {name for name in waiting if name not in same and not name.startswith("unconfirmed")}
        assert differ == {"text", "mark", "label", "spoken", "note"}
        assert waiting["text"] == f"{confirmed['text']} ({look.words.gettext('not confirmed')})"


def test_tomorrows_rate_says_for_which_day_it_is(store: Store, see: See, at: At) -> None:
    see("KZT", "2026-11-26", "519.10", source="nbk")
    see("KZT", "2026-11-27", "518.20", source="nbk")
    labels = {}
    for moment in ("2026-11-26 13:00", "2026-11-27 00:01"):
        at(moment)
        rows = lines(store)
        labels[moment] = [ticker.dress(rows, Look(language=language))[0]["label"] for language in LANGUAGES]
    assert list(labels.values()) == [
        ["for 27 Nov", "27 қар. үшін", "27-ноя. үчүн", "на 27 нояб.", "барои 27 ноя", "27 noý üçin", "27-noy uchun"],
        [None] * len(LANGUAGES),
    ]


def test_a_first_figure_is_shown_as_what_it_is(store: Store, at: At) -> None:
    print_a_figure(store, "nbk", "KZT", datetime(2015, 8, 21, tzinfo=UTC), "255.26")
    at("2015-08-20 12:00")
    publish.publish(store)
    client = create_app().test_client()
    assert text(client) == "KZT/USD = — — (not confirmed: 0.00392 —)\n"
    assert text(client, "&unconfirmed=show&digits=precise") == "KZT/USD = 0.00391757 — (not confirmed)\n"
    assert row(client)["spoken"] == "no rate yet; not confirmed: 0.00392, change unknown"
    assert client.get("/embed/sentence?pair=KZT").text == (
        "The National Bank of Kazakhstan printed 255.26 tenge per dollar for 21 August 2015;"
        " this is not confirmed yet.\n"
    )
    for path in ("/", "/currency/KZT", "/sources", "/embed", "/embed/chart/KZT", "/card/KZT.png"):
        assert client.get(path).status_code == 200, path


def test_a_peg_that_a_central_bank_contradicts_stays_and_says_so(store: Store, at: At) -> None:
    print_a_figure(store, "cbt", "TMT", datetime(2026, 11, 26, tzinfo=UTC), "19.5")
    at("2026-11-26 12:00")
    publish.publish(store)
    client = create_app().test_client()
    found = json.loads(client.get("/ticker.json?pairs=TMT&lang=en").data)["rows"][0]
    assert found["text"] == "TMT/USD = 0.28571 0% (not confirmed: 0.05128 -82.05%)"
    assert found["label"] == "pegged, not confirmed: 0.05128 -82.05%"
    found = json.loads(client.get("/ticker.json?pairs=TMT&lang=en&unconfirmed=show").data)["rows"][0]
    assert (found["text"], found["pegged"], found["kind"]) == (
        "TMT/USD = 0.05128 -82.05% (not confirmed)", False, "official"
    )  # fmt: skip
    said = client.get("/embed/sentence?pair=TMT").text
    assert said.startswith("The Central Bank of Turkmenistan printed 19.50 manat per dollar for 26 November 2026,")
    assert "has been pegged at 3.50 per dollar" in said


# Sentences, cards and pages ----------------------------------------------------------------------

SENTENCES = tomllib.loads(Path(__file__).with_name("sentences.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_says_what_was_printed_then_the_confirmed_rate(client: FlaskClient, language: str) -> None:
    said = client.get(f"/embed/sentence?pair=KZT&lang={language}").text
    first = SENTENCES[language]["unconfirmed"]
    assert said.startswith(f"{first} ")
    assert Words(language).number("188.38") in said.removeprefix(first)
    assert "-26" not in said


def test_a_market_figure_is_not_called_a_banks(store: Store, see: See, at: At) -> None:
    see("KZT", "2015-08-20", "188.38")
    print_a_figure(store, "currency_api", "KZT", datetime(2015, 8, 21, tzinfo=UTC), "150.00")
    at("2015-08-21 12:00")
    publish.publish(store)
    said = create_app().test_client().get("/embed/sentence?pair=KZT").text
    assert said.startswith(
        "The market feed currency-api printed 150.00 tenge per dollar for 21 August 2015, 25.59% stronger;"
    )


def test_cards_charts_and_pages_show_it(client: FlaskClient) -> None:
    sentence = SENTENCES["en"]["unconfirmed"]
    for size in ("social", "sparkline"):
        card = etree.fromstring(client.get(f"/card/KZT.svg?size={size}").data)
        said = " ".join(card.itertext())
        assert "not confirmed: 0.00391757 -26.2%" in said
        assert sentence in str(card.findtext("{*}title"))
    assert "1 USD = 255.26 KZT · 21 Aug" in " ".join(etree.fromstring(client.get("/card/KZT.svg").data).itertext())
    assert "not confirmed: 0.00391757 -26.2%" in client.get("/embed/chart/KZT").text
    for path, place in (("/", "//h1"), ("/currency/KZT", "//*[@class='waiting']")):
        page = html.fromstring(client.get(path).text)
        [note] = page.xpath(place)
        assert note.text_content().strip().startswith(sentence.rstrip("."))
        assert "not confirmed" in [badge.text_content() for badge in page.xpath("//span[contains(@class, 'state')]")]
    for path in ("/currency/KZT", "/sources"):
        words = " ".join(html.fromstring(client.get(path).text).text_content().split())
        assert "255.26 (\N{MINUS SIGN}26.20%). 255.26 is 1.355 times the 188.38 of 2015-08-20." in words
        assert "Would be confirmed by: another source, or the next publication at this level." in words


def test_a_number_and_the_builder_take_the_choice(client: FlaskClient) -> None:
    values = [
        json.loads(client.get(f"/embed/value.json?pair=KZT&unconfirmed={choice}").data)["rows"][0]
        for choice in ("hide", "show")
    ]
    assert [(value["units"], value["mark"]) for value in values] == [
        ("188.38", "not confirmed: 0.00392 -26.2%"), ("255.26", "not confirmed")
    ]  # fmt: skip
    page = html.fromstring(client.get("/embed?unconfirmed=show&pair=KZT/USD").text)
    lines = {
        str(line.findtext("h3")): str(line.findtext(".//code")) for line in page.findall(".//section[@class='line']")
    }
    for title in ("Script", "Script that never changes", "Number"):
        assert 'unconfirmed="show"' in lines[title], title
    for title in ("Iframe", "WordPress, Ghost and others", "AMP", "Plain rows, PHP", "Plain rows, JavaScript"):
        assert "unconfirmed=show" in lines[title], title
    assert ">0.00392</rates-value>" in lines["Number"]
    assert "0.00392" in client.get("/embed/ticker?unconfirmed=show").text


# The API and the feed ----------------------------------------------------------------------------


def test_the_api_lists_what_is_held_and_what_would_confirm_it(client: FlaskClient) -> None:
    [held] = json.loads(client.get("/api/held").text, parse_float=Decimal)["rows"]
    assert (held["quote"], held["source"], held["rate"]) == ("KZT", "nbk", Decimal("255.26"))
    assert (held["observed_on"], held["previous_on"], held["doubt"]) == ("2015-08-21", "2015-08-20", "jump")
    assert (held["change_shown"], held["inverse_change_shown"]) == (Decimal("35.5"), Decimal("-26.2"))
    assert held["confirmed_by"] == "another source, or the next publication at this level"
    for query, count in (
        ("currency=KZT", 1), ("currency=KGS", 0), ("source=nbk", 1), ("source=cbr", 0), ("source=headline", 1),
        ("from=2015-08-22", 0), ("to=2015-08-21", 1),
    ):  # fmt: skip
        assert len(json.loads(client.get(f"/api/held?{query}").data)["rows"]) == count, query
    assert client.get("/api/held?source=nobody").status_code == 422
    [line] = json.loads(client.get("/api/ticker?currency=KZT").text, parse_float=Decimal)["rows"]
    assert line["unconfirmed_printed"] == Decimal("255.26")
    assert line["exact"]["unconfirmed_printed"] == "255.26"


def test_why_names_what_is_held_for_the_day(client: FlaskClient) -> None:
    told = json.loads(client.get("/api/why/KZT/2015-08-21").text, parse_float=Decimal)
    assert told["quote"]["rate"] == Decimal("188.38")
    [held] = told["held"]
    assert (held["rate"], held["observed_on"]) == (Decimal("255.26"), "2015-08-21")
    assert "1.355 times" in held["reason"]
    assert json.loads(client.get("/api/why/KZT/2015-08-20").data)["held"] == []


def test_the_feed_tells_each_kind_in_words(store: Store, see: See) -> None:
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    see("KZT", str(today.date()), "188.38", source="nbk")
    print_a_figure(store, "nbk", "KZT", today.replace(hour=1), "255.26")
    with store.transaction() as connection:
        for number, (kind, who) in enumerate(
            (("accepted", "A. Editor"), ("rejected", "A. Editor"), ("superseded", None))
        ):
            connection.execute(
                "INSERT INTO decisions VALUES (?, ?, 'nbk', 'USD', 'KZT', ?, ?, ?, ?, 'checked')",
                [number + 100, today.replace(tzinfo=None), today.replace(tzinfo=None), 300 + number, kind, who],
            )
    publish.publish(store)
    feed = feedparser.parse(create_app().test_client().get("/feeds/moves.atom").data)
    assert not feed.bozo
    told = {entry.tags[0].term: entry for entry in feed.entries}
    assert told["unconfirmed"].title.startswith(
        "Unconfirmed: National Bank of Kazakhstan published 255.26 KZT per dollar for"
    )
    assert "255.26 is 1.355 times the 188.38" in told["unconfirmed"].summary
    for kind, words in (
        ("accepted", "was accepted by A. Editor: checked"), ("rejected", "was rejected by A. Editor: checked"),
        ("superseded", "was superseded"),
    ):  # fmt: skip
        assert words in told[kind].title
        assert "silent" not in told[kind].title
    assert len({entry.id for entry in feed.entries}) == len(feed.entries)
