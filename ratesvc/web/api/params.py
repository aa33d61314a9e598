"""Parameters that several endpoints of the API share."""

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

# A version and the number of rows that were given before.
Cursor = Annotated[str, matching(r"2[0-9]{7}T[0-9]{9}Z\.[0-9]{1,7}", "is the next_cursor of the page before")]


class PastParams(Params):
    """Parameters of every endpoint."""

    as_known_at: PastMoment | None = Field(
        None,
        validation_alias=AS_KNOWN_AT_NAMES,
        description="Answer from what was published last at this moment: what came or was corrected since is left out. "
        "What is known of currencies, sources and calendars is as of today.",
    )


class PageParams(PastParams):
    """Parameters of an endpoint with many rows."""

    order: Annotated[str, one_of("asc", "desc")] = Field("desc", description="Whether the newest comes last or first.")
    limit: Annotated[int, whole(1, MAX_ROWS)] = Field(
        1000, description="How many rows at most; default for CSV and NDJSON: 10,000."
    )
    cursor: Cursor | None = Field(
        None,
        description="The `next_cursor` of the page before: the same question goes on there, on the same version.",
    )

    @property
    def offset(self) -> int:
        """How many rows were given before."""
        return int(self.cursor.partition(".")[2]) if self.cursor else 0

    @property
    def version(self) -> str | None:
        """The version that the page before was of."""
        return self.cursor.partition(".")[0] if self.cursor else None


class RangeParams(PageParams):
    """The same, for a range of days."""

    first: Day | None = Field(None, validation_alias="from", description="The first day.")
    last: Day | None = Field(None, validation_alias="to", description="The last day; default: the newest.")

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.first and self.last and self.first > self.last:
            raise wrong("from", "is later than to")
        if self.first and (self.last or datetime.now(UTC).date()) - self.first > LONGEST_RANGE:
            raise wrong("from", f"is too far back: a range has at most {LONGEST_RANGE.days:,} days")
        return self


class SeriesParams(RangeParams):
    """The same, for some currencies and sources."""

    pairs: Codes = Field(
        (), validation_alias=PAIRS_NAMES, description="Pairs as KZT/USD or KZT, separated by commas; default: all."
    )
    source: Sources = Field(
        "headline",
        description="A source by its name; `headline`: of each currency and day the one that was in force; or `all`.",
    )
    kind: Kind | None = Field(
        None, description="Only the official, or only the market source of each; with `source` both must fit."
    )
