"""What the rates say today: the headline, the line below it, and the title of a year."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from ratesvc.core.currencies import BY_CODE
from ratesvc.publish.reader import Reader, newest
from ratesvc.render.i18n import LANGUAGES, Words
from ratesvc.web.pages.findings import headline, year_of
from ratesvc.web.pages.overview import way

from .conftest import showing
from .test_pages import page, part, words

DAY = date(2026, 11, 27)
SIGNS = {
    "en": ("gain", "los"),
    "ru": ("укрепился", "ослаб"),
    "kk": ("нығайды", "әлсіреді"),
    "ky": ("бекемделди", "алсырады"),
    "uz": ("mustahkamlandi", "zaiflashdi"),
    "tg": ("мустаҳкам", "суст"),
    "tk": ("berkidi", "gowşady"),
}
"""How each language says that a currency gained, and that it lost."""


def card(words: Words, code: str, week: str | None, **more: Any) -> dict[str, Any]:
    """The card of a currency that gained so many percent in a week."""
    moves = {
        period: {
            "change_pct": None if change is None else float(change),
            "shown": None if change is None else words.percent(change, padded=True),
            "way": way(change),
        }
        for period, change in (("week", week), ("year", more.pop("year", None)))
    }
    return {
        "code": code, "short": words.short_name(code), "pair": f"USD/{code}", "colour": BY_CODE[code].colour,
        "observed_on": DAY, "pegged": False, "waiting": None, "stale": False, "kind": "official", "inverted": False,
        "moves": moves, "place": 50.0, "apart": "9.5", "units": "437.22", "rate": "437.22", "line": [], **more,
    }  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stale", [False, True])
def test_a_headline_names_the_largest_moves_with_their_sign(language: str, stale: bool) -> None:
    spoken, (gains, loses) = Words(language), SIGNS[language]

    def said(**weeks: str) -> str:
        cards = [card(spoken, code, week, stale=stale) for code, week in weeks.items()]
        text = headline(cards, spoken)
        assert text is not None
        assert "{" not in text
        assert text[0] == text[0].upper()
        assert (spoken.day(DAY) in text) == stale
        return text

    tenge, som = spoken.short_name("KZT"), spoken.short_name("KGS")
    up, down = said(KZT="1.62", KGS="0.04", TJS="-0.02"), said(KZT="-1.62", KGS="0.04", TJS="-0.02")
    for text, sign, other in ((up, gains, loses), (down, loses, gains)):
        assert tenge in text.lower()
        assert spoken.percent("1.62") in text
        assert sign in text.lower()
        assert other not in text.lower()
        assert som.lower() not in text.lower()
    both = said(KZT="-1.62", KGS="0.2", TJS="0.1")  # That the others barely move would not be true.
    assert both.lower().index(tenge) < both.lower().index(som.lower())
    assert gains in both.lower()
    assert loses in both.lower()
    assert spoken.percent("0.2", padded=True) in both
    alike = said(KZT="-1.62", KGS="-0.9")
    assert gains not in alike.lower()
    # Of another base than the dollar it says which.
    cards = [card(spoken, code, week, stale=stale) for code, week in (("KZT", "1.62"), ("KGS", "0.04"))]
    others = [str(headline(cards, spoken, base)) for base in ("EUR", "RUB", "CNY")]
    assert len({other.removesuffix(up[1:]) for other in others}) == 3
    assert all(other.endswith(up[1:]) and other != up for other in others)
    still = said(KZT="0.09", KGS="-0.05")
    assert not any(sign in still.lower() for sign in (gains, loses))


def test_a_change_that_rounds_to_zero_is_no_zero() -> None:
    english = Words("en")
    assert [english.change("0", change) for change in (0.0, 0.004, -0.004)] == ["0.00%", "<0.01%", "<0.01%"]
    assert english.signed("<0.01%") == "<0.01%"
    assert english.change(None, None) is None


def test_a_headline_says_nothing_of_what_is_not_known() -> None:
    english = Words("en")
    assert headline([], english) is None
    calm = [card(english, "KZT", "0.01")]
    assert headline(calm, english, "RUB") == "Against the rouble, the five currencies barely move this week"
    assert headline([card(english, "KZT", None)], english) is None
    waiting = card(english, "KGS", "0.1", waiting="The bank printed 97.45; this is not confirmed yet.")
    assert headline([card(english, "KZT", "1.62"), waiting], english) == waiting["waiting"].rstrip(".")
    # Nothing is said of a currency whose change is missing or old.
    tenge, old = card(english, "KZT", "1.62"), card(english, "TJS", "-3", stale=True)
    for unknown in (card(english, "KGS", None), old):
        assert headline([tenge, unknown], english) == "Tenge gains 1.62% this week"
        assert headline([card(english, "KZT", "0.01"), unknown], english) is None
    older = card(english, "KGS", "9", stale=True, observed_on=DAY - timedelta(days=9))
    assert headline([old, older], english) == f"Somoni lost 3.00% in the week to {english.day(DAY)}"
    pegged = card(english, "TMT", "0", pegged=True)
    assert (
        headline([pegged, card(english, "KZT", "0.3")], english)
        == "Tenge gains 0.30% this week; the others barely move"
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_title_of_a_year_is_its_finding(language: str) -> None:
    spoken = Words(language)

    def finding(values: list[float], **more: Any) -> str:
        line = [(DAY - timedelta(days=len(values) - place), value) for place, value in enumerate(values)]
        year = year_of(card(spoken, "KZT", "0", line=line, **more), spoken)
        assert year is not None
        assert "{" not in year.title
        assert year.drawing.ends[0].text == "437.22"
        return year.title

    found = {
        finding([500, 480, 437.22], year="14.1", place=0.0),
        finding([400, 420, 437.22], year="-9", place=100.0),
        finding([437, 438, 437.22], year="0.1", apart="0.23"),
        finding([500, 520, 430, 437.22], year="14.1"),
        finding([400, 390, 460, 437.22], year="-9"),
        finding([400, 437.22]),
    }
    assert len(found) == 6
    assert year_of(card(spoken, "TMT", "0", pegged=True, line=[(DAY, 3.5)]), spoken) is None


def test_the_page_says_what_the_views_say(client: FlaskClient, archive: Path) -> None:
    told = words(part(page(client, "/"), ".//h1"))
    assert told.startswith("The National Bank of the Kyrgyz Republic printed 97.45 som per dollar")
    views = Reader(newest(archive / "published"))
    question = """
    SELECT moves.quote, trimmed(inverse_change_shown) FROM moves JOIN pairs USING (pair)
    WHERE moves.base = 'USD' AND period = 'week' AND peg_rate IS NULL
    ORDER BY abs(inverse_change_pct) DESC NULLS LAST
    """
    (code, change), *_ = views.query(question).fetchall()
    english = Words("en")
    text = words(part(page(showing(archive), "/"), ".//h1"))
    verb = "gained" if float(change) > 0 else "lost"
    size = english.percent(change.lstrip("-"), padded=True)
    assert text.startswith(f"{english.capital(english.short_name(code))} {verb} {size} in the week to")
