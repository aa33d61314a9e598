"""Translation: phrases from the gettext catalogues in locale/; numbers, dates and currency names from Babel.

The key of a phrase is its English sentence, which is also the fallback. `{name}` in it is a placeholder.
A language is a folder in locale/ named by its code; translations are read directly from the .po file.

Numbers are formatted from their final digits: only the decimal mark and the thousands separators change.
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

from ratesvc.core.currencies import BASE_CODES, BY_CODE
from ratesvc.render.labels import LABELS

LOCALE = Path(__file__).parent / "locale"
CATALOGUE = "LC_MESSAGES/ratesvc.po"
"""Path of a language's catalogue in its folder."""
LANGUAGES = ("en", *sorted(path.parents[1].name for path in LOCALE.glob(f"*/{CATALOGUE}")))
"""Codes of the languages, as in Babel: English, and each that has a catalogue."""
_SPACES = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
"""Interchangeable thousands separators: keyboards have only the first."""
MINUS = "\N{MINUS SIGN}"
_DAYS = {"en": ("d MMM y", "d MMMM y"), "tg": ("d MMM y", "d MMMM y")}
"""Date patterns where Babel's order, month before day, or its leading zero is unusual in this region."""
_SCRIPTS = {
    "ru": ("cyrillic",),
    "tk": ("latin-ext",),
    **dict.fromkeys(("kk", "ky", "tg"), ("cyrillic", "cyrillic-ext")),
}
_SMALL_MONTHS = {"tg"}
"""Languages whose month names Babel capitalizes, unlike common usage."""


@dataclass(frozen=True, slots=True)
class Words:
    """Texts in one language. The gettext methods fill in placeholders in braces."""

    language: str

    def gettext(self, message: str, **filled: object) -> str:
        """Translate a phrase."""
        return _filled(self._catalogue.gettext(message), message, filled)

    def pgettext(self, context: str, message: str, **filled: object) -> str:
        """Translate a phrase whose meaning depends on the context."""
        return _filled(self._catalogue.pgettext(context, message), message, filled)

    def ngettext(self, one: str, many: str, count: int, **filled: object) -> str:
        """Translate a phrase with a {count}, in the plural form for that number."""
        english = one if count == 1 else many
        return _filled(self._catalogue.ngettext(one, many, count), english, {"count": count, **filled})

    def label(self, kind: str, word: str) -> str:
        """Return the label of a database or URL value: the state `dead` is "no data"."""
        return self.pgettext(kind, LABELS[kind].get(word, word))

    def kind(self, kind: str, *, computed: bool) -> str:
        """Return the label of a kind of rate, and whether no source prints it: "market, computed"."""
        return ", ".join(self.label("kind", each) for each in (kind, *(["computed"] if computed else [])))

    @property
    def direction(self) -> str:
        """ltr or rtl."""
        return str(self._locale.text_direction)

    @property
    def scripts(self) -> tuple[str, ...]:
        """The parts of the bundled fonts that its texts need; digits are in the first."""
        return ("latin", *_SCRIPTS.get(self.language, ()))

    @property
    def name(self) -> str:
        """Name of the language in that language."""
        known = None if self.language == "en" else self._translated("language", "English")
        return known or str(self._locale.display_name).capitalize()

    def bank(self, title: str) -> str:
        """Translate the English title of a source."""
        return self.pgettext("bank", title)

    def currency(self, code: str) -> str:
        """Return the name of a currency, in the form used inside a sentence."""
        name = BY_CODE[code].name
        if self.language == "en":
            return name
        of_babel = str(get_currency_name(code, count=1, locale=self._locale))
        return self._translated("currency", name) or (name if of_babel == code else of_babel)

    def short_name(self, code: str) -> str:
        """Return the short name of a currency, in the form used inside a sentence."""
        return self.pgettext("short name", BY_CODE[code].short)

    @staticmethod
    def capital(phrase: str) -> str:
        """Return a phrase with a capital at its start."""
        return phrase[0].upper() + phrase[1:]

    def country(self, code: str) -> str:
        """Return the country of a currency."""
        country = BY_CODE[code].country
        return str(self._locale.territories.get(country, country))

    def unit(self, code: str) -> str:
        """Return the unit of a currency, in the form used after a number with decimals."""
        if code in BASE_CODES:
            return self.label("unit", code)
        return self.pgettext(f"unit of {code}", BY_CODE[code].unit)

    def number(self, digits: str) -> str:
        """Format digits with this language's decimal mark and separators, without rounding."""
        decimals = len(digits.partition(".")[2])
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return format_decimal(Decimal(digits), pattern, locale=self._locale)

    def parse(self, text: str) -> Decimal:
        """Parse a number in this language, with or without thousands separators: the inverse of `number`.

        Raises ValueError for anything else; 1.000 is not guessed if the decimal mark is a comma.
        """
        marks = self._locale.number_symbols["latn"]
        group = f"[{_SPACES}]" if marks["group"] in _SPACES else re.escape(marks["group"])
        shape = rf"(\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{re.escape(marks['decimal'])}(\d*))?"
        match = re.fullmatch(shape, text.strip(), re.ASCII)
        if not match:
            raise ValueError("not a number in this language")
        whole, decimals = re.sub(group, "", match[1]), match[2]
        return Decimal(f"{whole}.{decimals}" if decimals else whole)

    def percent(self, digits: str, *, padded: bool = False) -> str:
        """Format a percentage: -0.1 as -0.1%, or padded as -0.10%, with this language's marks."""
        pattern = self._locale.percent_formats[None].pattern.replace("#,##0", "#,##0.00" if padded else "#,##0.##")
        return format_percent(Decimal(digits) / 100, pattern, locale=self._locale)

    def change(self, shown: str | None, exact: float | None) -> str | None:
        """Format a change for a table: its two displayed decimals, or <0.01% if they hide that there was one."""
        if shown is None:
            return None
        return f"<{self.percent('0.01')}" if shown == "0" and exact else self.percent(shown, padded=True)

    @staticmethod
    def signed(percentage: str) -> str:
        """Return a formatted percentage with a plus sign or a true minus sign, for a table; 0% and <0.01% have none."""
        if any(digit in percentage for digit in "123456789") and not percentage.startswith("<"):
            return percentage.replace("-", MINUS) if "-" in percentage or MINUS in percentage else f"+{percentage}"
        return percentage

    def day(self, day: date, *, long: bool = False) -> str:
        """Format a day: 29 Sep 2026, or long: 29 September 2026."""
        patterns = _DAYS.get(self.language, ("medium", "long"))
        text = format_date(day, patterns[long], locale=self._locale)
        return text.lower() if self.language in _SMALL_MONTHS else text

    def tick(self, day: date, skeleton: str) -> str:
        """Format a day for an axis, in this language's order: MMMd is 14 Dec, MMM is Dec, y is 2024."""
        if skeleton == "MMMd" and self.language in _DAYS:
            text = format_date(day, "d MMM", locale=self._locale)
        else:
            text = format_skeleton(skeleton, day, locale=self._locale)
        return text.lower() if self.language in _SMALL_MONTHS else text

    @property
    def plotly(self) -> dict[str, Any]:
        """This language as Plotly writes dates and numbers: a locale of its configuration."""
        marks = self._locale.number_symbols["latn"]
        return {
            "name": self.language,
            "format": {
                "days": [self._locale.days["format"]["wide"][(day - 1) % 7] for day in range(7)],
                "shortDays": [self._locale.days["format"]["abbreviated"][(day - 1) % 7] for day in range(7)],
                "months": [self._month(number, "MMMM") for number in range(1, 13)],
                "shortMonths": [self._month(number, "MMM") for number in range(1, 13)],
                "year": "%Y",
                "month": "%b %Y",
                "dayMonth": "%-d %b",
                "dayMonthYear": "%-d %b %Y",
                "date": "%d.%m.%Y" if self.language != "en" else "%-d %b %Y",
                "decimal": marks["decimal"],
                "thousands": marks["group"],
            },
        }

    def _month(self, number: int, skeleton: str) -> str:
        return self.tick(date(2024, number, 1), skeleton)

    def _translated(self, context: str, message: str) -> str | None:
        """Return a translation, or None if the catalogue has none."""
        translation = self._catalogue.pgettext(context, message)
        return None if translation == message else translation

    @property
    def _catalogue(self) -> NullTranslations:
        return _catalogue(self.language)

    @property
    def _locale(self) -> Locale:
        return _locale(self.language)


def N_(message: str) -> str:  # noqa: N802 - gettext's name
    """Mark a phrase for extraction into the catalogues; it is translated elsewhere."""
    return message


@cache
def names() -> dict[str, str]:
    """Return the name of each language in that language, by code."""
    return {language: Words(language).name for language in LANGUAGES}


def install(templates: jinja2.Environment) -> None:
    """Add `_`, `pgettext`, `ngettext` and `label` to templates, in the language of their variable `words`."""
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
    except (LookupError, ValueError):  # A broken placeholder in a translation must not break the page.
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
