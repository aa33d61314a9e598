"""What an endpoint may be asked: its parameters, what each means, and what is refused.

The OpenAPI document is made from these, so that a bound is written once, enforced and told.
"""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from ratesvc.web.http.params import CODES, codes_of, day_of, moment_of

LONGEST = timedelta(days=36_525)
"""The longest range of days that is answered: a century."""
CHOICES = ("headline", "all")
"""What can be asked for instead of a source; which sources there are is told by the version that answers."""
MOST_ROWS = 10_000
MOST = 10**15
"""No amount is larger."""
CURSOR = r"2[0-9]{7}T[0-9]{9}Z\.[0-9]{1,7}"
"""A version and the number of rows that were given before."""

_AMOUNT = re.compile(r"\d{1,40}(\.\d{1,400})?([eE][+-]?\d{1,3})?", re.ASCII)
_CODE = rf"({'|'.join(CODES)})(/USD)?"
_CODES = f"{_CODE}(,{_CODE})*"
_WHOLE = re.compile(r"-?\d{1,9}", re.ASCII)


def _day(text: object) -> object:
    try:
        return day_of(str(text))
    except ValueError:
        raise PydanticCustomError("day", "is a day, such as 2026-05-24") from None


def _moment(text: object) -> object:
    try:
        return moment_of(str(text))
    except (ValueError, OverflowError):
        raise PydanticCustomError(
            "moment", "is a moment, such as 2026-05-24T12:00Z (a plus sign is written %2B in an address)"
        ) from None


def _whole(text: object) -> object:
    if isinstance(text, str) and _WHOLE.fullmatch(text):
        return int(text)
    raise PydanticCustomError("whole", "is a whole number")


def _amount(text: object) -> object:
    if isinstance(text, str) and _AMOUNT.fullmatch(text):
        return Decimal(text)
    raise PydanticCustomError("amount", "is a number that is not negative, such as 1000 or 12.50")


def _codes(text: object) -> object:
    try:
        return codes_of(str(text))
    except ValueError:
        raise PydanticCustomError(
            "codes",
            "is one or more of {known}, in capitals, separated by commas",
            {"known": ", ".join(CODES)},
        ) from None


def _cursor(text: object) -> object:
    if isinstance(text, str) and re.fullmatch(CURSOR, text, re.ASCII):
        return text
    raise PydanticCustomError("cursor", "is what next_cursor of the page before said")


def _source(text: object) -> object:
    if isinstance(text, str) and re.fullmatch(r"[a-z_]{1,30}", text, re.ASCII):
        return text
    raise PydanticCustomError("source", "is the name of a source, headline, or all")


def _word(words: tuple[str, ...]) -> BeforeValidator:
    def known(text: object) -> object:
        if text in words:
            return text
        raise PydanticCustomError("word", "is one of {known}", {"known": ", ".join(words)})

    return BeforeValidator(known)


Day = Annotated[date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
Amount = Annotated[Decimal, BeforeValidator(_amount), WithJsonSchema({"type": "number", "minimum": 0, "maximum": MOST})]
Whole = Annotated[int, BeforeValidator(_whole)]
Codes = Annotated[
    tuple[str, ...], BeforeValidator(_codes), WithJsonSchema({"type": "string", "pattern": f"^{_CODES}$"})
]
Cursor = Annotated[str, BeforeValidator(_cursor), WithJsonSchema({"type": "string", "pattern": f"^{CURSOR}$"})]
Code = Annotated[str, _word(CODES), WithJsonSchema({"type": "string", "enum": list(CODES)})]
Side = Annotated[str, _word(("USD", *CODES)), WithJsonSchema({"type": "string", "enum": ["USD", *CODES]})]
Source = Annotated[str, BeforeValidator(_source), WithJsonSchema({"type": "string", "enum": list(CHOICES)})]


Kind = Literal["official", "market"]


class Asked(BaseModel):
    """What every endpoint takes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    as_known_at: Moment | None = Field(
        None,
        description="Answer from what was published last at this moment: what came or was corrected since is left out. "
        "What is known of currencies, sources and calendars is as of today.",
    )

    @model_validator(mode="after")
    def _of_the_past(self) -> Self:
        if self.as_known_at and self.as_known_at > datetime.now(UTC):
            raise wrong("as_known_at", "is in the future: what will be known then is not known now")
        return self


class Paged(Asked):
    """What an endpoint takes whose rows are many."""

    order: Literal["asc", "desc"] = Field("desc", description="Whether the newest comes last or first.")
    limit: Whole = Field(
        1000, ge=1, le=MOST_ROWS, description="How many rows at most; default for CSV and NDJSON: 10,000."
    )
    cursor: Cursor | None = Field(
        None,
        description="What `next_cursor` of the page before said: the same question goes on there, on the same version.",
    )

    @property
    def offset(self) -> int:
        """How many rows were given before."""
        return int(self.cursor.partition(".")[2]) if self.cursor else 0

    @property
    def version(self) -> str | None:
        """The version that the page before was of."""
        return self.cursor.partition(".")[0] if self.cursor else None


class Days(Paged):
    """The same, for days of a range."""

    first: Day | None = Field(None, alias="from", description="The first day.")
    last: Day | None = Field(None, alias="to", description="The last day; default: the newest.")

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.first and self.last and self.first > self.last:
            raise wrong("from", "is later than to")
        if self.first and (self.last or datetime.now(UTC).date()) - self.first > LONGEST:
            raise wrong("from", f"is too far back: a range has at most {LONGEST.days:,} days")
        return self


class Series(Days):
    """The same, of some currencies and sources."""

    currency: Codes | None = Field(None, description="Codes, separated by commas; default: all.")
    source: Source = Field(
        "headline",
        description="A source by its name; `headline`: of each currency and day the one that was in force; or `all`.",
    )
    kind: Kind | None = Field(
        None, description="Only the official, or only the market source of each; with `source` both must fit."
    )


def wrong(name: str, message: str) -> PydanticCustomError:
    """A refusal that names the parameter."""
    return PydanticCustomError("wrong", "{message}", {"message": message, "parameter": name})
