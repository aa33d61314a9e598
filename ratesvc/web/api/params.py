"""Parameters shared by several API endpoints."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Self

from pydantic import Field, model_validator

from ratesvc.web.http.params import (
    AS_KNOWN_AT_NAMES,
    PAIRS_NAMES,
    Codes,
    Day,
    Kind,
    Params,
    PastMoment,
    Sources,
    matching,
    one_of,
    whole,
    wrong,
)

LONGEST_RANGE = timedelta(days=36_525)
"""A century."""
MAX_ROWS = 10_000

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


class PageParams(PastParams):
    """Parameters of an endpoint with many rows."""

    order: Annotated[str, one_of("asc", "desc")] = Field(
        "desc", description="`desc`: newest first; `asc`: oldest first."
    )
    limit: Annotated[int, whole(1, MAX_ROWS)] = Field(
        1000, description="Maximum number of rows; default for CSV and NDJSON: 10,000."
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
    """RangeParams with currencies and sources."""

    pairs: Codes = Field(
        (), validation_alias=PAIRS_NAMES, description="Pairs as KZT/USD or KZT, separated by commas; default: all."
    )
    source: Sources = Field(
        "headline",
        description="The name of a source; `headline`: the headline source of each currency and day; or `all`.",
    )
    kind: Kind | None = Field(
        None,
        description="Only the official, or only the market source of each currency; with `source`, both must match.",
    )
