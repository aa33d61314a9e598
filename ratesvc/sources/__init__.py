"""Who is asked: each file in this folder is one source, and its name is the file's.

A source is a module with the constants and the two pure functions of `Source`; dropping a file in
the folder is all that it takes to add one.
"""

from collections.abc import Mapping
from datetime import date
from typing import Literal, Protocol, cast

from ratesvc.errors import AskedWrongly
from ratesvc.folder import modules
from ratesvc.observation import Observation


class SourceError(Exception):
    """A document is not what its source documents; the message says what is strange in it."""


class Source(Protocol):
    """What every module in this folder offers."""

    TITLE: str
    """Who publishes, as a reader knows them."""
    KIND: Literal["official", "market"]
    """Official: set by the central bank of the currency. Market: everything else."""
    SITE: str
    """The page to send a curious reader to."""
    TERMS: str
    """What may be done with the figures, and what must be said with them."""
    CURRENCIES: tuple[str, ...]
    """The currencies that a whole document of this source quotes."""
    DUE_HOURS: int
    """How many hours after a day's midnight UTC the next day's document is normally out."""

    @staticmethod
    def urls(day: date | None = None) -> list[str]:
        """Where to ask for a day, or for the newest document: the ways in order of preference."""

    @staticmethod
    def parse(payload: bytes) -> list[Observation]:
        """The rates in a document. Pure. Raises SourceError or ValueError for a strange one."""


def load() -> Mapping[str, Source]:
    """Every source by its name."""
    return cast(Mapping[str, Source], modules(__name__))


def chosen(names: tuple[str, ...] = ()) -> Mapping[str, Source]:
    """The named sources, or all of them. Raises AskedWrongly for a name that there is not."""
    known = load()
    for name in names:
        if name not in known:
            raise AskedWrongly(f"there is no source {name!r}; there are {', '.join(known)}")
    return {name: known[name] for name in names} or known
