"""Response schemas as pydantic models.

The OpenAPI document is built from them, and tests validate real responses against them; the responses themselves are
serialised from the rows. A field without a description gets that of its column in the views of `explained_by`.
"""

from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, create_model

Digits = Annotated[str, Field(pattern=r"^-?\d+(\.\d+)?$")]
Period = Literal["previous", "week", "month", "quarter", "year", "ytd"]
Reason = Literal["schedule", "manual", "backfill", "reparse", "archive"]
SourceKind = Literal["official", "market"]
Count = Annotated[int, Field(ge=0)]


class Answer(BaseModel):
    """An object in a response; additional fields are forbidden."""

    model_config = ConfigDict(extra="forbid", strict=True)


# Errors -------------------------------------------------------------------------------------------


class ErrorDetail(Answer):
    """Details of an error."""

    status: int = Field(description="The HTTP status")
    message: str = Field(description="The error in a sentence")
    parameter: str | None = Field(description="The invalid parameter")


class Error(Answer):
    """An error of this service."""

    error: ErrorDetail


class FrankfurterError(Answer):
    """An error in Frankfurter's format."""

    message: str = Field(description="The error in a sentence")


class OxrError(Answer):
    """An error in the format of Open Exchange Rates."""

    error: Literal[True]
    status: int = Field(description="The HTTP status")
    message: str = Field(description="A code such as invalid_base or not_available")
    description: str = Field(description="The error in a sentence")


# Rows of /api -------------------------------------------------------------------------------------


class Row(Answer):
    """A row. Decimals are numbers; `exact` has them as text with every digit."""

    explained_by: ClassVar[tuple[str, ...]] = ()


R = TypeVar("R", bound=Row)


class Page(Answer, Generic[R]):
    """Rows of one version."""

    version: str = Field(description="The version of the data")
    published_at: datetime = Field(description="Publication time of the version")
    next_cursor: str | None = Field(
        description="Value of the parameter `cursor` for the next page; null on the last page"
    )
    rows: list[R]


@cache
def page_of(row: type[R]) -> type[Page[R]]:
    """Create the model of a page of rows under its own name, such as RatePage."""
    # pydantic's generic models support subscripting at run time.
    parent: type[Page[R]] = Page[row]  # type: ignore[valid-type]
    return create_model(f"{row.__name__}Page", __base__=parent, __doc__=Page.__doc__)


class TickerFields(Row):
    """Fields of a ticker row common to /ticker.json and /api/ticker."""

    explained_by = ("ticker",)

    pair: str
    rate: str
    change: str
    text: str
    rate_precise: str | None
    value: float | None
    change_pct: float | None
    observed_on: date | None
    previous_on: date | None
    source: str | None
    kind: SourceKind | None
    pegged: bool
    fallback: bool
    stale: bool
    note: str | None
    stale_after: datetime | None
    unconfirmed: bool
    unconfirmed_source: str | None
    unconfirmed_on: date | None
    unconfirmed_rate: str | None
    unconfirmed_change: str | None
    unconfirmed_change_pct: float | None
    unconfirmed_reason: str | None
    unconfirmed_rate_precise: str | None
    unconfirmed_value: float | None
    unconfirmed_ahead: bool | None
    ahead: bool
    base: str
    quote: str
    inverted: bool
    computed: bool


class TickerRow(TickerFields):
    """A row of /api/ticker, with decimals as numbers."""

    printed: float | None
    unconfirmed_printed: float | None
    previous_printed: float | None
    unconfirmed_previous_printed: float | None
    exact: dict[
        Literal["printed", "unconfirmed_printed", "previous_printed", "unconfirmed_previous_printed"], Digits
    ] = Field(default_factory=dict)


class Rate(Row):
    """The rates of a source over a day, a week or a month."""

    explained_by = ("rates",)

    pair: str
    base: str
    quote: str
    source: str
    since: date = Field(description="The first day of the interval")
    observed_on: date = Field(description="The day that the rate is for: the last day of the interval that has one")
    open: float = Field(description="First rate of the interval")
    high: float = Field(description="Highest rate of the interval, the quote at its weakest")
    low: float = Field(description="Lowest rate of the interval, the quote at its strongest")
    close: float = Field(description="Last rate of the interval")
    inverse: float
    inverse_shown: str = Field(description="The inverse with five decimals, as the ticker prints it")
    inverse_precise: str = Field(description="The inverse with six significant digits, no exponent")
    computed: bool
    days: Count = Field(description="Number of days of the interval with a rate")
    sightings: Count
    carried: bool
    exact: dict[Literal["open", "high", "low", "close"], Digits]


class Change(Row):
    """The change of a rate against an earlier one."""

    explained_by = ("changes",)

    pair: str
    base: str
    quote: str
    source: str
    observed_on: date
    period: Period
    rate: float
    previous_on: date
    previous_rate: float
    change_pct: float
    change_shown: float
    inverse_change_pct: float
    inverse_change_shown: float
    exact: dict[Literal["rate", "previous_rate", "change_shown", "inverse_change_shown"], Digits]


class Conversion(Row):
    """A conversion, with the rates used."""

    amount: float = Field(description="The amount to convert")
    base: str = Field(description="ISO 4217 code of the currency of the amount")
    base_source: str | None = Field(
        description="The source of its rate; null where the other currency has one for both"
    )
    base_on: date | None = Field(description="The day of its rate")
    base_rate: float | None = Field(description="Its rate, as printed; 1 where the other currency has a rate for both")
    quote: str = Field(description="ISO 4217 code of the target currency")
    quote_source: str | None = Field(
        description="The source of its rate; null where the other currency has one for both"
    )
    quote_on: date | None = Field(description="The day of its rate")
    quote_rate: float | None = Field(description="Its rate, as printed; 1 where the other currency has a rate for both")
    rate: float | None = Field(description="Target currency per unit of the source currency, not rounded")
    converted: float | None = Field(description="The amount in the target currency, not rounded")
    computed: bool | None = Field(description="Whether no source prints the rate: it is computed from two figures")
    reason: str | None = Field(description="Why there is no rate: then it and what was used are null")
    exact: dict[Literal["base_rate", "quote_rate"], Digits] = Field(default_factory=dict)


class Currency(Row):
    """A currency and its headline source."""

    explained_by = ("currencies", "pairs", "headline")

    currency: str
    name: str
    official_source: str | None
    market_source: str | None
    preferred_kind: SourceKind
    peg_rate: float | None
    peg_since: date | None
    peg_authority: str | None
    source: str | None
    kind: SourceKind | None
    fallback: bool | None
    reason: str | None
    exact: dict[Literal["peg_rate"], Digits] = Field(default_factory=dict)


class Source(Row):
    """A source, and whether it is on time."""

    explained_by = ("sources", "freshness")

    source: str
    kind: SourceKind
    money: str
    title: str
    site: str | None
    terms: str | None
    collected: bool
    country: str | None
    state: str | None
    last_observed_on: date | None
    expected_next_on: date | None
    expected_next_at: datetime | None
    overdue_on: date | None
    overdue_since: datetime | None
    missed: Count | None
    last_asked_at: datetime | None
    last_outcome: Literal["new", "unchanged", "failed"] | None
    last_success_at: datetime | None
    last_way: str | None
    last_error: str | None
    unreachable_since: datetime | None
    history_failures: Count | None
    history_error: str | None


class Snapshot(Row):
    """A snapshot of the sources, with the outcome of its fetches."""

    explained_by = ("snapshots",)

    snapshot_id: int
    taken_at: datetime
    finished_at: datetime
    reason: Reason
    sources_asked: Count | None = Field(description="Number of sources fetched; null if its fetches were not logged")
    sources_new: Count | None = Field(description="Number of sources with new data")
    sources_unchanged: Count | None = Field(description="Number of sources without new data")
    sources_failed: Count | None = Field(description="Number of sources that failed")


class Correction(Row):
    """A figure that was corrected after it was first seen."""

    explained_by = ("corrections",)

    pair: str
    base: str
    quote: str
    source: str
    observed_on: date
    observed_at: datetime
    previous_rate: float
    rate: float
    change_shown: float
    inverse_change_shown: float
    seen_at: datetime
    exact: dict[Literal["previous_rate", "rate", "change_shown", "inverse_change_shown"], Digits]


class Held(Row):
    """An unconfirmed figure."""

    explained_by = ("held",)

    rejection_id: int
    pair: str
    base: str
    quote: str
    source: str
    observed_on: date
    observed_at: datetime
    rate: float
    previous_on: date | None
    previous_rate: float | None
    change_pct: float | None
    change_shown: float | None
    inverse_change_pct: float | None
    inverse_change_shown: float | None
    doubt: str
    reason: str
    confirmed_by: str
    seen_at: datetime
    exact: dict[Literal["rate", "previous_rate", "change_shown", "inverse_change_shown"], Digits]


class Event(Row):
    """An event other than a move."""

    explained_by = ("events",)

    observed_on: date
    source: str
    base: str
    quote: str
    event: str
    rate: float
    from_peg: float | None
    confirmed: bool
    sentence: str
    seen_at: datetime
    exact: dict[Literal["rate", "from_peg"], Digits]


# /api/why and /api/sql ----------------------------------------------------------------------------


class WhyRate(Answer):
    """The rate and its derivation."""

    shown: str = Field(description="As the ticker prints it")
    precise: str = Field(description="With six significant digits")
    value: float = Field(description="Not rounded")
    formula: str = Field(description="The formula with its operand")
    rounding: str = Field(description="How it was rounded")


class WhyChange(Answer):
    """The change and its derivation."""

    shown: str = Field(description="As the ticker prints it")
    percent: float | None = Field(description="Not rounded")
    formula: str | None = Field(description="The formula with its operands")
    rounding: str = Field(description="How it was rounded, or why there is no change")


class WhySource(Answer):
    """Who publishes the rate."""

    source: str = Field(description="The name of the source")
    title: str | None = Field(description="The publisher")
    site: str | None = Field(description="The page of the publisher")
    kind: SourceKind
    pegged: bool = Field(description="Whether the rate is an announced peg")
    fallback: bool = Field(description="Whether it replaces the preferred source")
    peg: str | None = Field(description="Start of the peg, and the authority that announced it")


class Sighting(Answer):
    """One sighting of a figure."""

    rate: float = Field(description="Units of the quote for one of the base, with the digits as published")
    observed_at: datetime = Field(description="The time that the document is for")
    seen_at: datetime = Field(description="When this service received it")
    url: str = Field(description="The URL of the document")
    payload_sha256: str | None = Field(description="SHA-256 of the document")
    http_status: int | None = Field(description="The HTTP status of the response")
    reason: Reason = Field(description="Why the source was fetched")
    counts: bool = Field(description="Whether the number was computed from this sighting")
    exact: dict[Literal["rate"], Digits]


class Quote(Answer):
    """One operand as published."""

    rate: float = Field(description="Units of the quote for one of the base, as published")
    observed_on: date = Field(description="The day that the document is for")
    exact: dict[Literal["rate"], Digits]
    sightings: list[Sighting] = Field(
        description="Every sighting of that day, oldest first; the last one of each moment counts"
    )


class WhyHeld(Answer):
    """An unconfirmed figure from the day of the rate to the requested day."""

    source: str = Field(description="The name of the source")
    observed_on: date = Field(description="The day that the figure is for")
    rate: float = Field(description="Units of the quote for one of the base, with the digits as published")
    change_shown: float | None = Field(description="The change since the previous publication, in percent")
    reason: str = Field(description="Why it is held")
    confirmed_by: str = Field(description="What would confirm it")
    seen_at: datetime = Field(description="When it was first seen")
    exact: dict[Literal["rate", "change_shown"], Digits]


class Why(Answer):
    """Provenance of one number."""

    version: str = Field(description="The version of the data")
    published_at: datetime = Field(description="Publication time of the version")
    text: str = Field(description="The ticker line")
    rate: WhyRate
    change: WhyChange
    source: WhySource
    quote: Quote
    previous_quote: Quote | None
    held: list[WhyHeld]


class SqlColumn(Answer):
    """A column of a query."""

    name: str
    type: str = Field(description="The DuckDB type")


class SqlResult(Answer):
    """The result of a query."""

    version: str = Field(description="The version of the data")
    published_at: datetime = Field(description="Publication time of the version")
    columns: list[SqlColumn]
    rows: list[list[Any]] = Field(description="Each row is a list in the order of the columns")
    truncated: bool = Field(description="Whether rows were cut off at the limit")


# /ticker.json -------------------------------------------------------------------------------------


class PublishedTickerRow(TickerFields):
    """A row of /ticker.json."""

    printed: Digits | None
    unconfirmed_printed: Digits | None
    previous_printed: Digits | None
    unconfirmed_previous_printed: Digits | None


class StyledTickerRow(PublishedTickerRow):
    """A formatted ticker row, with the labels that a widget shows."""

    per: int = Field(description="Units of the currency that the rate is for")
    rate_per: str = Field(description="The rate with its number of units")
    pair_label: str | None = Field(None, description="What `labels` names it; absent without a name")
    name: str = Field(description="The name of the currency")
    direction: Literal["up", "down", "flat", "unknown", "no_rate"] = Field(description="Direction of the last change")
    status: str | None = Field(description="A caveat about the rate")
    mark: str | None = Field(description="Mark of an unconfirmed figure")
    label: str | None = Field(description="Status and mark")
    spoken: str = Field(description="The change and the mark, for a screen reader")
    sourced: str | None = Field(description="The source and the day")
    units: str | None = Field(description="The printed digits, formatted for the language")


class TickerWords(Answer):
    """Labels of a widget."""

    title: str
    pause: str
    play: str
    updated: str
    credit: str = Field(description="The sources")
    sources: str = Field(description="The word Sources")


class Ticker(Answer):
    """The ticker as published."""

    version: str = Field(description="The version of the data")
    published_at: datetime = Field(description="Publication time of the version")
    rows: list[PublishedTickerRow]


class StyledTicker(Answer):
    """The formatted ticker: the response if a parameter was sent."""

    version: str = Field(description="The version of the data")
    published_at: datetime = Field(description="Publication time of the version")
    language: str
    direction: Literal["ltr", "rtl"]
    words: TickerWords
    rows: list[StyledTickerRow]


# /data --------------------------------------------------------------------------------------------


class File(Answer):
    """A published file."""

    bytes: Count
    sha256: str


class ManifestSnapshot(Answer):
    """The newest snapshot of a version."""

    snapshot_id: int
    taken_at: datetime
    finished_at: datetime
    reason: Reason


class Month(Answer):
    """The sightings of a month."""

    sightings: Count
    last_fetch_id: Count = Field(description="The last fetch that brought one of them")


class Manifest(Answer):
    """Contents of a published version."""

    version: str
    layout: int = Field(description="Another number after a release that changed a column, a view or a macro")
    published_at: datetime
    snapshot: ManifestSnapshot | None
    rows: dict[str, Count] = Field(description="Number of rows of each table")
    months: dict[str, Month] = Field(description="By month, such as 2026-04, if there are millions of sightings")
    state: str = Field(description="The same for two versions that show the same")
    files: dict[str, File]
    checked_at: datetime = Field(description="When the jobs last found that nothing has changed since")
    checked_snapshot_id: Count = Field(description="The snapshot after which they did")
    next_snapshot_at: datetime | None = Field(description="When they look again, and the next version can be expected")
    seal: str = Field(description="SHA-256 of everything before it")


# Frankfurter --------------------------------------------------------------------------------------

CurrencyRates = dict[str, float]


class V1Rates(Answer):
    """Rates of a day in the format of Frankfurter v1."""

    amount: float
    base: str
    date: date
    rates: CurrencyRates = Field(description="Units of each currency for the amount, to ten significant digits")


class V1History(Answer):
    """Rates of a range in the format of Frankfurter v1."""

    amount: float
    base: str
    start_date: date
    end_date: date
    rates: dict[str, CurrencyRates] = Field(description="Rates by day")


class V2Rate(Answer):
    """A rate in the format of Frankfurter v2."""

    date: date
    base: str
    quote: str
    rate: float = Field(description="Units of `quote` for one of `base`, to ten significant digits")


class V2Currency(Answer):
    """A currency in the format of Frankfurter v2."""

    iso_code: str
    iso_numeric: str | None
    name: str
    symbol: str | None
    start_date: date = Field(description="The first day with a rate")
    end_date: date = Field(description="The last day with a rate")


class V2CurrencyWithProviders(V2Currency):
    """A currency with its providers."""

    providers: list[str]


class V2Provider(Answer):
    """A source in the format of Frankfurter v2."""

    key: str = Field(description="Its name in capitals, as in the parameter `providers`")
    name: str
    base: str
    country_code: str | None
    rate_type: SourceKind
    pivot_currency: str
    data_url: str | None
    start_date: date
    end_date: date
    publishes_missed: Count | None = Field(description="Number of overdue rates")
    currencies: list[str]


# Open Exchange Rates ------------------------------------------------------------------------------


class OxrRates(Answer):
    """Rates in the format of Open Exchange Rates."""

    disclaimer: str
    license: str
    timestamp: int = Field(description="Unix time in seconds")
    base: str
    rates: CurrencyRates = Field(description="Units of each currency for one of `base`, to ten significant digits")
