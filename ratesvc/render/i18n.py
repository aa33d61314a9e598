"""What is said in each language: the words of languages/, with Babel's numbers, dates and names of currencies.

A number arrives as the digits to be shown, and only its decimal mark and its thousands become those
of the language.
"""

import re
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal, format_percent, get_currency_name

LANGUAGES = ("en", "ru", "ky", "kk", "tg", "uz", "tk")
"""Their codes; each has a file in languages/."""
_CATALOGUE: dict[str, dict[str, Any]] = {
    code: tomllib.loads((Path(__file__).parent / "languages" / f"{code}.toml").read_text(encoding="utf-8"))
    for code in LANGUAGES
}
NAMES = {code: str(words["language"]) for code, words in _CATALOGUE.items()}
"""What each language calls itself."""
_SPACES = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}"
"""A language that divides thousands by one of them takes any: keyboards have only the first."""
_DAYS = {"en": ("d MMM y", "d MMMM y"), "tg": ("d MMM y", "d MMMM y")}
"""Where Babel's order, month before day, or its leading zero, is not what readers of this region expect."""
_SMALL_MONTHS = {"tg"}
"""Where Babel writes the names of months with a capital, and people do not."""


@dataclass(frozen=True, slots=True)
class Words:
    """One language."""

    language: str

    def say(self, key: str, **filled: str) -> str:
        """A phrase; `sentence.up` is that of a section. Raises KeyError for one that there is not."""
        found: Any = _CATALOGUE[self.language]
        for part in key.split("."):
            found = found[part]
        return str(found).format(**filled)

    @property
    def direction(self) -> str:
        """ltr or rtl."""
        return str(self._locale.text_direction)

    def bank(self, source: str) -> str:
        """The publisher behind a source; the source's own name where it has none in this language."""
        return str(_CATALOGUE[self.language]["banks"].get(source, source))

    def currency(self, code: str) -> str:
        """The name of a currency, as in the middle of a sentence."""
        names = _CATALOGUE[self.language].get("currencies", {})
        return str(names.get(code) or get_currency_name(code, count=1, locale=self._locale))

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

    @property
    def _locale(self) -> Locale:
        return _locale(self.language)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(language)
