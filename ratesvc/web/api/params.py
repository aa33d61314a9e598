"""Parameters shared by several API endpoints."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from ratesvc.core import currencies
from ratesvc.core.currencies import BASE_CODES, CODES, WRITTEN, as_printed
from ratesvc.web.http.params import (
    AS_KNOWN_AT_NAMES,
    PAIRS_NAMES,
    CsvParams,
    Day,
    Kind,
    Pairs,
    ParameterError,
    Params,
    PastMoment,
    Sides,
    Sources,
    matching,
    one_of,
    whole,
    wrong,
)

LONGEST_RANGE = timedelta(days=36_525)
"""A century."""
MAX_ROWS = 10_000
ALL = (*BASE_CODES, *CODES)
PRINTED = tuple(f"{base}/{quote}" for base, quote in currencies.PAIRS)

# A version and the number of rows already returned.
Cursor = Annotated[str, matching(r"2[0-9]{7}T[0-9]{9}Z\.[0-9]{1,7}", "is the next_cursor of the previous page")]


class PastParams(Params):
    """Parameters of every endpoint."""

    as_known_at: PastMoment | None = Field(
        None,
        validation_alias=AS_KNOWN_AT_NAMES,
        description="Answer from the last version published at this moment, without later rates and corrections. "
        "Facts about currencies, sources and calendars are as of today.",
    )


class RowsParams(PastParams, CsvParams):
    """Parameters of every endpoint with rows."""


class PageParams(RowsParams):
    """Parameters of an endpoint with many rows."""

    order: Annotated[str, one_of("asc", "desc")] = Field(
        "desc", description="`desc`: newest first; `asc`: oldest first."
    )
    limit: Annotated[int, whole(1, MAX_ROWS)] = Field(
        1000, description="Maximum number of rows; default for CSV, NDJSON and Excel: 10,000."
    )
    cursor: Cursor | None = Field(
        None,
        description="The `next_cursor` of the previous page: continues the same query on the same version.",
    )

    @property
    def offset(self) -> int:
        """The number of rows already returned."""
        return int(self.cursor.partition(".")[2]) if self.cursor else 0

    @property
    def version(self) -> str | None:
        """The version of the previous page."""
        return self.cursor.partition(".")[0] if self.cursor else None


class RangeParams(PageParams):
    """PageParams with a range of days."""

    first: Day | None = Field(None, validation_alias="from", description="The first day.")
    last: Day | None = Field(None, validation_alias="to", description="The last day; default: the newest.")

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.first and self.last and self.first > self.last:
            raise wrong("from", "is later than to")
        if self.first and (self.last or datetime.now(UTC).date()) - self.first > LONGEST_RANGE:
            raise wrong("from", f"is too early: a range has at most {LONGEST_RANGE.days:,} days")
        return self


class SeriesParams(RangeParams):
    """RangeParams with pairs and sources."""

    pairs: Pairs = Field(
        (),
        validation_alias=PAIRS_NAMES,
        description="Pairs such as USD/KZT,EUR/KZT in any direction, or KZT for USD/KZT.",
    )
    base: Sides = Field((), description="One currency of each pair; default: USD.")
    quote: Sides = Field((), description="The other one; default: KGS, KZT, TJS, UZS and TMT.")
    source: Sources = Field(
        "headline",
        description="The name of a source; `headline`: the headline source of each currency and day; or `all`.",
    )
    kind: Kind | None = Field(
        None,
        description="Only the official, or only the market source of each currency; with `source`, both must match.",
    )

    @property
    def selected(self) -> list[str]:
        """The pairs that are asked for, as they are printed. Raises ParameterError (404) if there are none."""
        bases, quotes = set(self.base or ALL), set(self.quote or ALL)
        default = [f"{base}/{quote}" for base in self.base or ("USD",) for quote in self.quote or CODES]
        asked = [as_printed(pair) for pair in self.pairs or default if pair in WRITTEN]
        found = [pair for pair in asked if all(set(pair.split("/")) & codes for codes in (bases, quotes))]
        if not found:
            raise ParameterError(404, f"no such pair is collected; those that are: {', '.join(PRINTED)}", "pairs")
        return list(dict.fromkeys(found))
