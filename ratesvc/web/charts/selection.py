"""What a page's address says of its charts: which currencies, which days, by which measure."""

from datetime import date
from typing import Any, NamedTuple

from ratesvc.publish.reader import Reader
from ratesvc.web.http.params import PAIRS, Asked, Refused

RANGES = ("1w", "1m", "3m", "6m", "ytd", "1y", "all")
"""The days up to the newest; the macro `range_start` says where each begins."""
CHOICES = ("currencies", "range", "from", "to", "scale", "measure", "grain")
"""The parameters of a Choice."""


class Choice(NamedTuple):
    """The currencies, the first and the last day, and the words for how they are drawn.

    range: the name of the range, None where the days themselves were given.
    """

    currencies: tuple[str, ...]
    first: date
    last: date
    range: str | None
    scale: str
    measure: str
    grain: str

    def values(self) -> dict[str, Any]:
        """For the parameters of a dashboard's SQL."""
        return {
            "currency": self.currencies[0],
            "currencies": list(self.currencies),
            "first": self.first,
            "last": self.last,
            "measure": self.measure,
            "grain": self.grain,
        }


def choice(asked: Asked, reader: Reader, codes: tuple[str, ...] = (), default: str = "1y") -> Choice:
    """What is asked for, of all currencies or of those that the page is about. Raises Refused."""
    codes = codes or tuple(pair[:3] for pair in asked.pairs("currencies")) or tuple(PAIRS)
    first, last = asked.day("from"), asked.day("to")
    if (first is None) != (last is None):
        raise Refused(422, "from and to go together", "to" if first else "from")
    span: str | None = None
    if first and last:
        if first > last:
            raise Refused(422, "from is a day before to", "from")
        if asked.text("range"):
            raise Refused(422, "range goes without from and to", "range")
    else:
        span = asked.word("range", RANGES, default)
        first, last = _range(reader, codes, span)
    return Choice(
        currencies=codes,
        first=first,
        last=last,
        range=span,
        scale=asked.word("scale", ("linear", "log"), "linear"),
        measure=asked.word("measure", ("index", "percent"), "index"),
        grain=asked.word("grain", ("week", "month"), "week"),
    )


def _range(reader: Reader, codes: tuple[str, ...], span: str) -> tuple[date, date]:
    """Up to the newest rate of any source; a peg, which holds on every day, counts where there is nothing else."""
    question = """
    SELECT range_start(?, last_on), last_on FROM (
        SELECT coalesce(max(observed_on) FILTER (source <> 'peg'), max(observed_on), current_date) AS last_on
        FROM latest JOIN currencies USING (currency)
        WHERE list_contains(?, currency) AND source IN (official_source, market_source)
    )
    """
    first, last = reader.query(question, [span, list(codes)]).fetchall()[0]
    return first, last
