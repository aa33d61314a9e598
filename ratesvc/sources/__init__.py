"""Source adapters, one module each, named after the source. README.md explains how to add one.

An adapter is a module with the constants and the pure functions of `Source`. Nothing else lists them.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal, Protocol, cast

from ratesvc.core.errors import UsageError
from ratesvc.core.plugins import modules
from ratesvc.core.publication_calendar import Rhythm
from ratesvc.core.reading import Reading


class Source(Protocol):
    """Interface of every module in this folder."""

    TITLE: str
    """The publisher, for readers. The catalogues in render/locale/ translate it."""
    COUNTRY: str | None
    """The country of a central bank, ISO 3166-1 alpha-2; None for a market feed."""
    KIND: Literal["official", "market"]
    """official: a central bank. market: everything else. currencies.py assigns official sources to currencies."""
    SITE: str
    """The publisher's page, for readers."""
    TERMS: str
    """Terms of use and attribution."""
    MONEY: str
    """The currency in which its documents state prices, or for a market feed the one that they price."""
    CURRENCIES: tuple[str, ...]
    """The currencies that a complete document of this source quotes: the quotes of its pairs."""
    RHYTHM: Rhythm
    """Publication calendar."""
    PAUSE_SECONDS: float
    """Pause between two requests, in seconds."""
    BY_DEFAULT: bool
    """Whether snapshots fetch it unless the settings select others."""
    FIRST_DAY: date | None
    """First day that can be requested; None if only the latest document is available."""
    SPAN_DAYS: int
    """Number of days in one document, up to the requested one."""
    NOT_FOUND_IS_EMPTY: bool
    """Whether status 404 means that nothing was published for the day."""

    @staticmethod
    def newest(today: date) -> list[str]:
        """Return the URLs of the latest document, on a day in UTC, in order of preference.

        The next one is tried if one fails, or if nothing is published there yet.
        """

    @staticmethod
    def of_day(day: date) -> list[str]:
        """Return the URLs for a day from FIRST_DAY on, in order of preference."""

    @staticmethod
    def parse(payload: bytes) -> Reading:
        """Parse a document; an empty Reading if it is known to mean that nothing was published. Pure.

        A wanted figure that is missing or illegible goes into `unreadable` and does not affect other currencies.
        Raises SourceError or ValueError for an unexpected format, or if no wanted figure can be read.
        """


def load() -> Mapping[str, Source]:
    """Load all sources, by name."""
    return cast(Mapping[str, Source], modules(__name__))


def history_of(name: str) -> str | None:
    """Return the name of the source of past days: itself, or `<name>_archive` if it has only its latest document."""
    if named(name).FIRST_DAY:
        return name
    archive = f"{name}_archive"
    return archive if archive in load() else None


def named(name: str) -> Source:
    """Return one source. Raises UsageError for an unknown name."""
    known = load()
    if name not in known:
        raise UsageError(f"there is no source {name!r}; there are {', '.join(known)}")
    return known[name]


def select(names: tuple[str, ...] = ()) -> Mapping[str, Source]:
    """Return the named sources, or all that are on by default. Raises UsageError for an unknown name."""
    by_default = tuple(name for name, source in load().items() if source.BY_DEFAULT)
    return {name: named(name) for name in names or by_default}
