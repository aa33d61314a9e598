"""Who is asked: each file in this folder is one source, and its name is the file's. README.md says how to add one.

A source is a module with the constants and the pure functions of `Source`; dropping a file in the
folder is all that it takes to add one.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal, Protocol, cast

from ratesvc.core.errors import AskedWrongly
from ratesvc.core.plugins import modules
from ratesvc.core.publication_calendar import Rhythm
from ratesvc.core.reading import Reading


class Source(Protocol):
    """What every module in this folder offers."""

    TITLE: str
    """Who publishes, as a reader knows them. The catalogues in render/locale/ translate it."""
    COUNTRY: str | None
    """The country of a central bank, ISO 3166-1 alpha-2; None for a market feed."""
    KIND: Literal["official", "market"]
    """Official: a central bank. Market: everything else. Whose official rate it is, currencies.py says."""
    SITE: str
    """The page to send a curious reader to."""
    TERMS: str
    """What may be done with the figures, and what must be said with them."""
    CURRENCIES: tuple[str, ...]
    """The currencies that a whole document of this source quotes."""
    RHYTHM: Rhythm
    """When it publishes."""
    PAUSE_SECONDS: float
    """The pause that it is owed between two requests."""
    BY_DEFAULT: bool
    """Whether a snapshot asks it unless the settings say otherwise."""
    FIRST_DAY: date | None
    """The first day that it can be asked for; None where it has only its newest document."""
    SPAN_DAYS: int
    """How many days, up to the one that is asked for, one document holds."""
    NOT_FOUND_IS_EMPTY: bool
    """Whether it answers 404 for a day on which nothing was published."""

    @staticmethod
    def newest(today: date) -> list[str]:
        """Where to ask for the newest document, on a day in UTC: the ways in order of preference.

        The next way is asked when one fails, or says that nothing is published there yet.
        """

    @staticmethod
    def of_day(day: date) -> list[str]:
        """Where to ask for a day from FIRST_DAY on: the ways in order of preference."""

    @staticmethod
    def parse(payload: bytes) -> Reading:
        """The content of a document; an empty Reading where it is known to mean that nothing was published.

        A wanted figure that is missing or illegible is in `unreadable`, and costs only its own currency.
        Pure. Raises SourceError or ValueError for a strange document, and where no wanted figure can be read.
        """


def load() -> Mapping[str, Source]:
    """Every source by its name."""
    return cast(Mapping[str, Source], modules(__name__))


def history_of(name: str) -> str | None:
    """The source that knows the past of a source: itself, or `<name>_archive` where it has only its newest document."""
    if named(name).FIRST_DAY:
        return name
    archive = f"{name}_archive"
    return archive if archive in load() else None


def named(name: str) -> Source:
    """One source. Raises AskedWrongly for a name that there is not."""
    known = load()
    if name not in known:
        raise AskedWrongly(f"there is no source {name!r}; there are {', '.join(known)}")
    return known[name]


def chosen(names: tuple[str, ...] = ()) -> Mapping[str, Source]:
    """The named sources, or all that are on by default. Raises AskedWrongly for a name that there is not."""
    by_default = tuple(name for name, source in load().items() if source.BY_DEFAULT)
    return {name: named(name) for name in names or by_default}
