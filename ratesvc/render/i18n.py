"""Each language: phrases from the gettext catalogues in locale/, with Babel's numbers, dates and names of currencies.

A phrase is looked up by its English sentence, and is English where a language lacks it. `{name}` in it is filled in.
A language is a folder of locale/ that is named by its code; translations are read from the .po file itself.

A number arrives as the digits to be shown, and only its decimal mark and its thousands become those
of the language.
"""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Any

import jinja2
from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal, format_percent, get_currency_name

from ratesvc.core.currencies import BY_CODE
from ratesvc.render.labels import LABELS

LOCALE = Path(__file__).parent / "locale"
CATALOGUE = "LC_MESSAGES/ratesvc.po"
"""Where a language's catalogue is in its folder."""
LANGUAGES = ("en", *sorted(path.parents[1].name for path in LOCALE.glob(f"*/{CATALOGUE}")))
"""Their codes, as Babel knows them: English, and each that has a catalogue."""
_SPACES = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
"""A language that divides thousands by one of them takes any: keyboards have only the first."""
_DAYS = {"en": ("d MMM y", "d MMMM y"), "tg": ("d MMM y", "d MMMM y")}
"""Where Babel's order, month before day, or its leading zero, is not what readers of this region expect."""
_SMALL_MONTHS = {"tg"}
"""Where Babel writes the names of months with a capital, and people do not."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language. The methods of gettext fill in what a phrase names in braces."""

    language: str

    def gettext(self, message: str, **filled: object) -> str:
        """A phrase."""
        return _filled(self._catalogue.gettext(message), message, filled)

    def pgettext(self, context: str, message: str, **filled: object) -> str:
        """A phrase that means this in one context, and may mean something else in another."""
        return _filled(self._catalogue.pgettext(context, message), message, filled)

    def ngettext(self, one: str, many: str, count: int, **filled: object) -> str:
        """A phrase with a {count} in it, in the form that the language has for so many."""
        english = one if count == 1 else many
        return _filled(self._catalogue.ngettext(one, many, count), english, {"count": count, **filled})

    def label(self, kind: str, word: str) -> str:
        """What a word of the database or of an address is called: the state `dead` is "no data"."""
        return self.pgettext(kind, LABELS[kind].get(word, word))

    @property
    def direction(self) -> str:
        """ltr or rtl."""
        return str(self._locale.text_direction)

    @property
    def name(self) -> str:
        """What the language calls itself."""
        known = None if self.language == "en" else self._translated("language", "English")
        return known or str(self._locale.display_name).capitalize()

    def bank(self, title: str) -> str:
        """The publisher of a source, by its English title."""
        return self.pgettext("bank", title)

    def currency(self, code: str) -> str:
        """The name of a currency, as in the middle of a sentence."""
        name = BY_CODE[code].name
        if self.language == "en":
            return name
        of_babel = str(get_currency_name(code, count=1, locale=self._locale))
        return self._translated("currency", name) or (name if of_babel == code else of_babel)

    def unit(self, code: str) -> str:
        """A currency as it stands after a number with decimals."""
        return self.pgettext(f"unit of {code}", BY_CODE[code].unit)

    def number(self, digits: str) -> str:
        """Printed digits with this language's marks, all of them."""
        decimals = len(digits.partition(".")[2])
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(Decimal(digits), pattern, locale=self._locale)

    def parse(self, text: str) -> Decimal:
        """A number that is typed with this language's marks, its thousands divided or not: the inverse of `number`.

        Raises ValueError for anything else: 1.000 is not guessed at where the mark is a comma.
        """
        marks = self._locale.number_symbols["latn"]
        group = f"[{_SPACES}]" if marks["group"] in _SPACES else re.escape(marks["group"])
        shape = rf"(\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{re.escape(marks['decimal'])}(\d*))?"
        found = re.fullmatch(shape, text.strip(), re.ASCII)
        if not found:
            raise ValueError("not a number in this language")
        whole, decimals = re.sub(group, "", found[1]), found[2]
        return Decimal(f"{whole}.{decimals}" if decimals else whole)

    def percent(self, digits: str) -> str:
        """-0.11 as -0.11%, with this language's marks."""
        pattern = self._locale.percent_formats[None].pattern.replace("#,##0", "#,##0.##")
        return format_percent(Decimal(digits) / 100, pattern, locale=self._locale)

    def day(self, day: date, *, long: bool = False) -> str:
        """29 Sep 2026; 29 September 2026 where it is long."""
        patterns = _DAYS.get(self.language, ("medium", "long"))
        shown = format_date(day, patterns[long], locale=self._locale)
        return shown.lower() if self.language in _SMALL_MONTHS else shown

    def tick(self, day: date, skeleton: str) -> str:
        """A day at an axis: MMMd is 14 Dec, MMM is Dec, y is 2024, in this language's order."""
        if skeleton == "MMMd" and self.language in _DAYS:
            shown = format_date(day, "d MMM", locale=self._locale)
        else:
            shown = format_skeleton(skeleton, day, locale=self._locale)
        return shown.lower() if self.language in _SMALL_MONTHS else shown

    def _translated(self, context: str, message: str) -> str | None:
        """None where the language lacks it."""
        found = self._catalogue.pgettext(context, message)
        return None if found == message else found

    @property
    def _catalogue(self) -> NullTranslations:
        return _catalogue(self.language)

    @property
    def _locale(self) -> Locale:
        return _locale(self.language)


def N_(message: str) -> str:  # noqa: N802 - gettext's name
    """Mark a phrase that is translated elsewhere, so that it gets into the catalogues."""
    return message


@cache
def names() -> dict[str, str]:
    """What each language calls itself, by its code."""
    return {language: Words(language).name for language in LANGUAGES}


def install(templates: jinja2.Environment) -> None:
    """Give templates `_`, `pgettext`, `ngettext` and `label`, in the language of their `words`."""
    for name, method in {"_": "gettext", "pgettext": "pgettext", "ngettext": "ngettext", "label": "label"}.items():
        templates.globals[name] = _in_language_of_page(method)


def _in_language_of_page(method: str) -> Any:
    @jinja2.pass_context
    def function(context: jinja2.runtime.Context, *arguments: Any, **filled: object) -> str:
        return str(getattr(context["words"], method)(*arguments, **filled))

    return function


def _filled(phrase: str, english: str, filled: dict[str, object]) -> str:
    try:
        return phrase.format(**filled)
    except (LookupError, ValueError):  # A translator's slip costs the translation, not the page.
        return english.format(**filled)


@cache
def _catalogue(language: str) -> NullTranslations:
    path = LOCALE / language / CATALOGUE
    if not path.exists():
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(path.read_bytes()), locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)
