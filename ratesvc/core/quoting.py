"""Text of others in our messages: on one line, and no longer than it needs to be.

A document may hold a number of three million digits, and a message about it is stored and shown again every quarter
of an hour. So whatever a document, a server or a library says passes through here before it enters a message.
"""

from collections import Counter
from collections.abc import Iterable
from reprlib import Repr

LONGEST = 80
"""Most characters of one quotation."""
LONGEST_MESSAGE = 300
"""Most characters of one complaint, with its quotations."""
LONGEST_LINE = 1000
"""Most characters of all complaints of a fetch."""
MOST_CODES = 5
"""How many currencies to name before one reason."""

_brief = Repr()
_brief.maxlevel = 2  # repr() of deeply nested JSON would exceed the recursion limit.


def quoted(text: object) -> str:
    """Return a value of a document as Python writes it, `'12,5'`, cut to LONGEST characters."""
    return in_short(repr(text[:LONGEST]) if isinstance(text, str) else _brief.repr(text))


def in_short(text: object, most: int = LONGEST) -> str:
    """Return text without quotes, on one line of printable characters, cut to `most` of them."""
    start = str(text)[: 2 * most]
    line = " ".join("".join(each if each.isprintable() else " " for each in start).split())
    return line if len(line) <= most else f"{line[: most - 3]}..."


def by_reason(complaints: Iterable[tuple[str, str]], most: int | None = None) -> str:
    """Join pairs of a currency and a reason in one line, each reason once: "KGS, KZT: it has no figure; TJS: ...".

    most: how many reasons to state; the figures with other reasons are counted.
    """
    codes: dict[str, Counter[str]] = {}
    for code, reason in complaints:
        codes.setdefault(reason, Counter())[code] += 1
    stated = [f"{_names(of)}: {reason}" for reason, of in list(codes.items())[:most]]
    more = sum(of.total() for of in list(codes.values())[len(stated) :])
    return "; ".join(stated) + (f"; and {more} more" if more else "")


def _names(codes: Counter[str]) -> str:
    names = [code if times == 1 else f"{code} ({times} times)" for code, times in codes.items()]
    more = len(names) - MOST_CODES
    return ", ".join(names[:MOST_CODES]) + (f" and {more} more" if more > 0 else "")
