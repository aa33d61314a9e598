"""Parameters shared by several API endpoints."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from ratesvc.core import currencies
from ratesvc.core.currencies import BASE_CODES, CODES, DOLLAR, WRITTEN
from ratesvc.web.http.params import (
    AS_KNOWN_AT_NAMES,
    PAIRS_NAMES,
    CsvParams,
    Day,
    Kind,
    ParameterError,
    Params,
    PastMoment,
    Rates,
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


class SelectionParams(Params):
    """Pairs, as such or by their sides."""

    DEFAULT: ClassVar[tuple[str, ...]] = tuple(f"{DOLLAR.code}/{code}" for code in CODES)
    """The pairs where none are asked for."""

    pairs: Rates = Field(
        (),
        validation_alias=PAIRS_NAMES,
        description="Pairs such as USD/KZT,KZT/EUR in any direction, or KZT for USD/KZT; default: those of `base` and "
        "`quote`, else those of the five currencies in dollars.",
    )
    base: Sides = Field(
        (), description="The currency that is priced; without `quote`, in every collected pair with it."
    )
    quote: Sides = Field((), description="The currency of the price; without `base`, in every collected pair with it.")

    @property
    def selected(self) -> list[str]:
        """The pairs that are asked for, in the direction that is asked for. Raises ParameterError (404) for none."""
        bases, quotes = self.base or ALL, self.quote or ALL
        every = self.pairs or (WRITTEN if self.base or self.quote else self.DEFAULT)
        found = [pair for pair in every if pair[:3] in bases and pair[4:] in quotes]
        if not found:
            raise ParameterError(
                404,
                f"no such pair is collected; those that are, in both directions: {', '.join(PRINTED)}",
                next((self.sent_as(name) for name in ("pairs", "base", "quote") if name in self.sent), None),
            )
        return found


class SeriesParams(RangeParams, SelectionParams):
    """RangeParams with pairs and sources."""

    source: Sources = Field(
        "headline",
        description="The name of a source; `headline`: the headline source of each currency and day; or `all`.",
    )
    kind: Kind | None = Field(
        None,
        description="Only the official, or only the market source of each currency; with `source`, both must match.",
    )


class EveryPairParams(SeriesParams):
    """SeriesParams of an endpoint with few rows: by default those of every pair."""

    DEFAULT: ClassVar[tuple[str, ...]] = PRINTED

    pairs: Rates = Field(
        (),
        validation_alias=PAIRS_NAMES,
        description="Pairs such as USD/KZT,KZT/EUR in any direction, or KZT for USD/KZT; default: those of `base` and "
        "`quote`, else all.",
    )
    source: Sources = Field(
        "all", description="The name of a source; `headline`: the sources that the ticker shows; or `all`."
    )
