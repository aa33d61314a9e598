"""Chart parameters in a page's URL: base, currencies, days and measure."""

from datetime import date
from typing import Annotated, Any, NamedTuple, Self

from pydantic import AliasChoices, Field, model_validator

from ratesvc.core.currencies import CURRENCIES
from ratesvc.publish.reader import Reader
from ratesvc.web.http.params import Codes, Day, PairParams, Params, one_of, wrong

FLOATING = tuple(currency.code for currency in CURRENCIES if currency.peg is None)
"""The currencies that are compared unless others are chosen: a peg hides how the others moved."""
RANGES = ("1w", "1m", "3m", "6m", "ytd", "1y", "all")
"""Ranges up to the newest day; the macro `range_start` computes where each begins."""


class ChartParams(PairParams):
    """Parameters of a chart: base and direction of a pair, days and measure."""

    range: Annotated[str, one_of(*RANGES)] | None = None
    first: Day | None = Field(None, validation_alias="from")
    last: Day | None = Field(None, validation_alias="to")
    scale: Annotated[str, one_of("linear", "log")] = "linear"
    measure: Annotated[str, one_of("index", "percent")] = "index"
    grain: Annotated[str, one_of("week", "month")] = Field("week", validation_alias=AliasChoices("grain", "interval"))

    @model_validator(mode="after")
    def _days(self) -> Self:
        if (self.first is None) != (self.last is None):
            raise wrong("to" if self.first else "from", "is missing: from and to are required together")
        if self.first and self.last:
            if self.first > self.last:
                raise wrong("from", "is later than to")
            if self.range:
                raise wrong("range", "cannot be combined with from and to")
        return self


class CurrenciesParams(Params):
    """Selection of currencies."""

    currencies: Codes = Field((), validation_alias=AliasChoices("currencies", "currency", "pairs", "pair"))


class SeveralParams(ChartParams, CurrenciesParams):
    """Parameters of a chart of several currencies."""


class Choice(NamedTuple):
    """The selected base, currencies and days, and how to draw them.

    range: the name of the range, None if the days were given explicitly.
    """

    base: str
    direction: str
    currencies: tuple[str, ...]
    first: date
    last: date
    range: str | None
    scale: str
    measure: str
    grain: str

    def values(self) -> dict[str, Any]:
        """Return the values for the parameters of a dashboard's SQL."""
        return {
            "base": self.base,
            "direction": self.direction,
            "quote": self.currencies[0],
            "quotes": list(self.currencies),
            "first": self.first,
            "last": self.last,
            "measure": self.measure,
            "grain": self.grain,
        }


def choice(params: ChartParams, reader: Reader, codes: tuple[str, ...]) -> Choice:
    """Resolve the parameters and their defaults for some currencies, or for those that float if none are given."""
    codes = codes or FLOATING
    first, last = params.first, params.last
    span: str | None = None
    if first is None or last is None:
        span = params.range or "1y"
        first, last = _range(reader, params.base, codes, span)
    return Choice(
        base=params.base,
        direction=params.direction,
        currencies=codes,
        first=first,
        last=last,
        range=span,
        scale=params.scale,
        measure=params.measure,
        grain=params.grain,
    )


def _range(reader: Reader, base: str, codes: tuple[str, ...], span: str) -> tuple[date, date]:
    """Return the days of a range up to the newest rate of any source.

    A peg, which holds on every day, counts only if there is nothing else.
    """
    sql = """
    SELECT range_start(?, last_on), last_on FROM (
        SELECT coalesce(max(observed_on) FILTER (source <> 'peg'), max(observed_on), current_date) AS last_on
        FROM latest JOIN pairs USING (base, quote)
        WHERE base = ? AND list_contains(?, quote) AND source IN (official_source, market_source)
    )
    """
    first, last = reader.query(sql, [span, base, list(codes)]).fetchall()[0]
    return first, last
