"""The row endpoints under /api, each a query over a view."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, ClassVar, Self, get_args

from pydantic import Field, model_validator

from ratesvc.core.currencies import as_printed
from ratesvc.web.api import schemas
from ratesvc.web.api.params import EveryPairParams, RangeParams, RowsParams, SelectionParams, SeriesParams
from ratesvc.web.api.rows import PAGE, Query, rows_at
from ratesvc.web.http.params import (
    BASE_NAMES,
    PAIRS_NAMES,
    QUOTE_NAMES,
    TICKER_PAIRS,
    Amount,
    AnyPair,
    Interval,
    Kind,
    Pairs,
    PastDay,
    Side,
    Source,
    one_of,
    wrong,
)

_DAYS_OF_HEADLINE = (
    "(source, base, quote, observed_on) IN ("
    "SELECT (source, base, quote, day) FROM headline_daily WHERE day = observed_on)"
)
"""Rows of the headline rate of each day."""
_HEADLINE_NOW = "(source, base, quote) IN (SELECT (source, base, quote) FROM headline)"


_WANTED = """
JOIN (
    SELECT
        unnest($pairs::VARCHAR[]) AS written, unnest($printed::VARCHAR[]) AS printed, written <> printed AS inverted,
        generate_subscripts($pairs::VARCHAR[], 1) AS place
) ON base || '/' || quote = printed
"""
"""The pairs of SeriesParams, in the direction that is asked for and as they are printed."""
_PAIR = "written AS pair, left(written, 3) AS base, right(written, 3) AS quote"


def _as_written(*columns: str) -> str:
    """The SQL for rates in the direction that is asked for."""
    return ", ".join(f"as_written({each}, inverted) AS {each}" for each in columns)


def _changes(*endings: str) -> str:
    """The SQL for changes of the pair in the direction that is asked for, and the other way round."""
    both = [(f"change_{ending}", f"inverse_change_{ending}") for ending in endings]
    return ", ".join(
        f"CASE WHEN inverted THEN {inverse} ELSE {own} END AS {own}, CASE WHEN inverted THEN {own} ELSE {inverse} END"
        f" AS {inverse}"
        for own, inverse in both
    )


def _filter(headline: str = _DAYS_OF_HEADLINE) -> str:
    """The SQL condition for the sources of SeriesParams."""
    return f"""
    ($kind IS NULL OR (source, base, quote) IN (
        SELECT (CASE $kind WHEN 'official' THEN official_source ELSE market_source END, base, quote) FROM pairs
    ))
    AND CASE
        WHEN $source = 'all' THEN true
        WHEN $source = 'headline' THEN $kind IS NOT NULL OR {headline}
        ELSE source = $source
    END
    """


class TickerParams(RowsParams, SelectionParams):
    """Parameters of /api/ticker."""

    DEFAULT: ClassVar[tuple[str, ...]] = TICKER_PAIRS

    pairs: Pairs = Field(
        (),
        validation_alias=PAIRS_NAMES,
        description="Pairs in any direction and order, such as USD/KZT,EUR/KZT,KZT/RUB; default: those of `base` and "
        "`quote`, else the five in dollars.",
    )


@rows_at("/ticker", TickerParams, schemas.TickerRow, example={"pairs": "KZT"})
def ticker(params: TickerParams) -> Query:
    """Get the ticker rows.

    The rows of /ticker.json, with numbers as JSON numbers. `as_known_at` returns the ticker as of a moment.
    """
    sql = """
    SELECT * EXCLUDE (position, in_ticker) REPLACE (
        printed::DECIMAL(38, 13) AS printed, unconfirmed_printed::DECIMAL(38, 13) AS unconfirmed_printed,
        previous_printed::DECIMAL(38, 13) AS previous_printed,
        unconfirmed_previous_printed::DECIMAL(38, 13) AS unconfirmed_previous_printed
    )
    FROM all_pairs
    WHERE list_contains($pairs::VARCHAR[], pair)
    ORDER BY list_position($pairs::VARCHAR[], pair)
    """
    return Query(sql, {"pairs": params.selected})


class RatesParams(SeriesParams):
    """Parameters of /api/rates."""

    interval: Interval = Field(
        "day", description="The period of a row. Weeks begin on Monday; a period that the range cuts is returned whole."
    )


@rows_at("/rates", RatesParams, schemas.Rate, example={"pairs": "KZT", "interval": "week", "limit": "3"})
def rates(params: RatesParams) -> Query:
    """Get rates by day, week or month.

    Open, high, low and close are units of the quote for one of the base, so the quote was weakest at `high`. They are
    equal for a day with one sighting. A day without a rate has no row. A pair that is asked for in the other direction
    than it is printed in, such as KZT/USD, has the inverse rates, sixteen decimals.
    """
    sql = f"""
    SELECT
        {_PAIR}, source, since, observed_on, {_as_written("open")},
        as_written(CASE WHEN inverted THEN low ELSE high END, inverted) AS high,
        as_written(CASE WHEN inverted THEN high ELSE low END, inverted) AS low,
        {_as_written("close")},
        CASE WHEN inverted THEN bar.close::DOUBLE ELSE 1 / bar.close::DOUBLE END AS inverse,
        CASE WHEN inverted THEN rate_text(bar.close, 5) ELSE inverse_text(bar.close, 5) END AS inverse_shown,
        CASE WHEN inverted THEN rate_precise(bar.close) ELSE inverse_precise(bar.close) END AS inverse_precise,
        computed, days, sightings, carried
    FROM ohlc($interval) AS bar {_WANTED}
    WHERE {_filter()}
    AND since >= date_trunc($interval, coalesce($first, DATE '1900-01-01'))
    AND since <= coalesce($last, DATE '9999-12-31')
    ORDER BY since {params.order}, place, source
    """
    return Query(sql, {"interval": params.interval, **_series(params)})


class ChangesParams(SeriesParams):
    """Parameters of /api/changes."""

    period: Annotated[str, one_of(*get_args(schemas.Period))] = Field(
        "previous", description="The rate to compare with: that of the previous publication, or that of a period ago."
    )


@rows_at("/changes", ChangesParams, schemas.Change, example={"pairs": "UZS", "period": "month", "limit": "3"})
def changes(params: ChangesParams) -> Query:
    """Get changes in percent, of each pair and of the pair the other way round.

    Both rates are from one source. A day has no row if the rate to compare with would be
    more than ten days too old. Default of `from`: a year before `to`.
    """
    first = params.first or (params.last - timedelta(days=366) if params.last and params.last.year > 2 else None)
    sql = f"""
    SELECT
        {_PAIR}, source, observed_on, period, {_as_written("rate")}, previous_on, {_as_written("previous_rate")},
        {_changes("pct", "shown")}
    FROM changes_from(coalesce($first, (SELECT max(observed_on) FROM rates) - 366)::DATE) {_WANTED}
    WHERE {_filter()} AND period = $period AND observed_on <= coalesce($last, DATE '9999-12-31')
    ORDER BY observed_on {params.order}, place, source
    """
    return Query(sql, {"period": params.period, **_series(params), "first": first})


class ConvertParams(RowsParams):
    """Parameters of /api/convert."""

    amount: Amount = Field(Decimal(1), description="The amount to convert.")
    base: Side = Field("USD", validation_alias=BASE_NAMES, description="The currency of the amount.")
    quote: Side | None = Field(None, validation_alias=QUOTE_NAMES, description="The currency to convert to.")
    pair: AnyPair | None = Field(None, description="Both in one, such as KGS/KZT.")
    on: PastDay | None = Field(None, description="Use the rates in force on this day; default: the latest rates.")
    source: Source = Field(
        "headline", description="Take both rates from this source; default: the headline source of each currency."
    )
    kind: Kind | None = Field(
        None, description="Take both rates from official, or both from market sources; default: the headline."
    )

    @model_validator(mode="after")
    def _sides(self) -> Self:
        if self.pair and {"base", "quote"} & self.model_fields_set:
            raise wrong("pair", "is base and quote in one: give either pair, or base and quote")
        if not self.pair and not self.quote:
            raise wrong("quote", "is missing")
        return self


@rows_at("/convert", ConvertParams, schemas.Conversion, example={"amount": "1000", "base": "KGS", "quote": "KZT"})
def convert(params: ConvertParams) -> Query:
    """Convert an amount to another currency.

    Uses the pair's own rate where it is collected, in either direction; else both currencies' rates in dollars.
    Without `on` these are the latest rates, which may be for tomorrow; with today's date, the rates in force today. If
    there is no rate on that day or the ten days before it, `rate` is null and `reason` says why. A currency in itself
    costs 1.
    """
    sql = """
    SELECT
        $amount::DOUBLE AS amount, base, base_source, base_on, base_rate, quote, quote_source, quote_on, quote_rate,
        rate, converted, computed, NULL::VARCHAR AS reason
    FROM conversion($amount, $base, $quote, $on, of_source := $source, of_kind := $kind)
    """
    no_rate = """
    SELECT $amount::DOUBLE, base, NULL, NULL, NULL, quote, NULL, NULL, NULL, NULL, NULL, NULL, reason
    FROM rate_in_force($base, $quote, coalesce($on, current_date), of_source := $source, of_kind := $kind)
    """
    base, quote = params.pair.split("/") if params.pair else (params.base, params.quote)
    values = {"base": base, "quote": quote, "on": params.on, "kind": params.kind}
    values["source"] = None if params.source == "headline" else params.source
    return Query(sql, {"amount": float(params.amount), **values}, otherwise=no_rate)


@rows_at("/currencies", RowsParams, schemas.Currency)
def currencies(_: RowsParams) -> Query:
    """List the currencies, with the headline source of each in dollars."""
    return Query("""
    SELECT
        currency, name, official_source, market_source, preferred_kind, peg_rate, peg_since, peg_authority,
        source, kind, fallback, reason
    FROM currencies
    JOIN pairs ON pairs.quote = currency AND pairs.base = 'USD'
    LEFT JOIN headline ON headline.quote = currency AND headline.base = 'USD'
    WHERE NOT is_base
    ORDER BY currencies.position
    """)


@rows_at("/sources", RowsParams, schemas.Source)
def sources(_: RowsParams) -> Query:
    """List the sources, and whether each is on time."""
    return Query("""
    SELECT sources.*, freshness.* EXCLUDE (source)
    FROM sources LEFT JOIN freshness USING (source)
    ORDER BY source
    """)


@rows_at("/snapshots", RangeParams, schemas.Snapshot, example={"limit": "3"})
def snapshots(params: RangeParams) -> Query:
    """List the snapshots, with the outcome of their fetches."""
    sql = f"""
    WITH page AS MATERIALIZED (
        FROM snapshots
        WHERE taken_at >= coalesce($first, DATE '1900-01-01') AND taken_at::DATE <= coalesce($last, DATE '9999-12-31')
        ORDER BY snapshot_id {params.order}
        {PAGE}
    )
    SELECT
        snapshot_id, taken_at, finished_at, reason, sources_asked, sources_new, sources_unchanged, sources_failed
    FROM page
    LEFT JOIN (
        SELECT
            snapshot_id, count(*) AS sources_asked,
            count(*) FILTER (outcome = 'new') AS sources_new,
            count(*) FILTER (outcome = 'unchanged') AS sources_unchanged,
            count(*) FILTER (outcome = 'failed') AS sources_failed
        FROM fetches
        WHERE snapshot_id BETWEEN (SELECT min(snapshot_id) FROM page) AND (SELECT max(snapshot_id) FROM page)
        GROUP BY snapshot_id
    ) USING (snapshot_id)
    ORDER BY snapshot_id {params.order}
    """
    return Query(sql, {"first": params.first, "last": params.last})


@rows_at("/corrections", EveryPairParams, schemas.Correction)
def corrections(params: EveryPairParams) -> Query:
    """List figures that were corrected after they were first seen.

    `from` and `to` are days that the figures are for.
    """
    sql = f"""
    SELECT
        {_PAIR}, source, observed_on, observed_at, {_as_written("previous_rate", "rate")}, {_changes("shown")}, seen_at
    FROM corrections {_WANTED}
    WHERE {_filter()}
    AND observed_on BETWEEN coalesce($first, DATE '1900-01-01') AND coalesce($last, DATE '9999-12-31')
    ORDER BY seen_at {params.order}, observed_at, place, source
    """
    return Query(sql, _series(params))


@rows_at("/held", EveryPairParams, schemas.Held)
def held(params: EveryPairParams) -> Query:
    """List unconfirmed figures, with the reason and what would confirm each.

    Each was published by its source and is held. `from` and `to` are days that the figures are for.
    """
    sql = f"""
    SELECT
        rejection_id, {_PAIR}, source, observed_on, observed_at, {_as_written("rate")}, previous_on,
        {_as_written("previous_rate")}, {_changes("pct", "shown")}, doubt, reason, confirmed_by, seen_at
    FROM held {_WANTED}
    WHERE {_filter(_HEADLINE_NOW)}
    AND observed_on BETWEEN coalesce($first, DATE '1900-01-01') AND coalesce($last, DATE '9999-12-31')
    ORDER BY observed_at {params.order}, place, source, held.rate
    """
    return Query(sql, _series(params))


@rows_at("/events", EveryPairParams, schemas.Event)
def events(params: EveryPairParams) -> Query:
    """List events other than moves, such as a contradicted peg.

    `from` and `to` are days that the figures are for. A pair is written as its source prints it.
    """
    sql = f"""
    FROM events
    WHERE list_contains($printed::VARCHAR[], base || '/' || quote) AND {_filter(_HEADLINE_NOW)}
    AND observed_on BETWEEN coalesce($first, DATE '1900-01-01') AND coalesce($last, DATE '9999-12-31')
    ORDER BY observed_on {params.order}, source
    """
    return Query(sql, {name: value for name, value in _series(params).items() if name != "pairs"})


def _series(params: SeriesParams) -> dict[str, object]:
    return {
        "pairs": params.selected,
        "printed": [as_printed(pair) for pair in params.selected],
        "source": params.source,
        "kind": params.kind,
        "first": params.first,
        "last": params.last,
    }
