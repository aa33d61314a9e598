"""Every phrase of the code can be translated, and every translation fits its phrase."""

from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from ratesvc.render import i18n
from ratesvc.render.i18n import LANGUAGES, Words

from . import translations

OTHERS = LANGUAGES[1:]


def keys(catalog: Catalog) -> set[tuple[str | None, object]]:
    return {(message.context, message.id) for message in catalog if message.id}


def test_translators_find_every_phrase_of_the_code() -> None:
    with translations.TEMPLATE.open("rb") as file:
        assert keys(read_po(file)) == keys(translations.collected()), "run `make translations`"


@pytest.mark.parametrize("language", OTHERS)
def test_every_phrase_is_in_every_catalogue(language: str) -> None:
    catalog = translations.of_language(language)
    assert keys(catalog) == keys(translations.collected()), "run `make translations`"
    assert not translations.lacking(catalog)
    assert not [message for message in catalog if message.id and message.fuzzy]


def misfits(catalog: Catalog) -> Iterator[tuple[object, str]]:
    """The translations that fill in something else than their phrases do."""
    for message in catalog:
        if not message.id:
            continue
        [*_, phrase] = [message.id] if isinstance(message.id, str) else message.id
        forms = [message.string] if isinstance(message.string, str) else message.string or []
        yield from ((message.id, form) for form in forms if form and fields(form) != fields(phrase))


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text)} - {None}


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_fills_in_what_its_phrase_does(language: str) -> None:
    assert not list(misfits(translations.of_language(language)))


def test_a_slip_of_a_translator_is_noticed_and_costs_the_translation_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalog = Catalog(locale="az")
    catalog.add("since {day}", "{gün} tarixindən")
    catalog.add("Compare", "Müqayisə")
    path = tmp_path / "az" / i18n.CATALOGUE
    path.parent.mkdir(parents=True)
    path.write_bytes(translations.written(catalog))
    assert list(misfits(catalog)) == [("since {day}", "{gün} tarixindən")]
    monkeypatch.setattr(i18n, "LOCALE", tmp_path)
    words = Words("az")
    assert words.gettext("since {day}", day="1.1.") == "since 1.1."
    assert (words.gettext("Compare"), words.gettext("Sources")) == ("Müqayisə", "Sources")
    assert (words.name, words.currency("KZT")) == ("Azərbaycan", "Qazaxıstan tengesi")
    i18n._catalogue.cache_clear()


def test_a_count_has_the_form_of_its_language() -> None:
    russian = [Words("ru").ngettext("{count} day", "{count} days", count) for count in (1, 3, 11, 21)]
    assert russian == ["1 день", "3 дня", "11 дней", "21 день"]
    assert [Words("en").ngettext("{count} day", "{count} days", count) for count in (1, 2)] == ["1 day", "2 days"]


def test_the_som_has_one_name_in_each_language() -> None:
    assert Words("en").currency("KGS") == "Kyrgyzstani som"
    assert Words("ru").currency("KGS") == "кыргызский сом"
