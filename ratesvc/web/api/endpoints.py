"""The row endpoints under /api, each a query over a view."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, get_args

from pydantic import Field

from ratesvc.web.api import schemas
from ratesvc.web.api.params import PageParams, RangeParams, RowsParams, SeriesParams
from ratesvc.web.api.rows import PAGE, Query, rows_at
from ratesvc.web.http.params import (
    BASE_NAMES,
    PAIRS_NAMES,
    QUOTE_NAMES,
    Amount,
    Interval,
    Kind,
    Pairs,
    PastDay,
    Side,
    Source,
    Sources,
    one_of,
)

_DAYS_OF_HEADLINE = (
    "(source, base, quote, observed_on) IN ("
    "SELECT (source, base, quote, day) FROM headline_daily WHERE day = observed_on)"
)
"""Rows of the headline rate of each day."""
_HEADLINE_NOW = "(source, base, quote) IN (SELECT (source, base, quote) FROM headline)"


def _filter(headline: str = _DAYS_OF_HEADLINE) -> str:
    """The SQL condition for the pairs and sources of SeriesParams."""
    return f"""
    list_contains($pairs::VARCHAR[], base || '/' || quote)
    AND ($kind IS NULL OR (source, base, quote) IN (
        SELECT (CASE $kind WHEN 'official' THEN official_source ELSE market_source END, base, quote) FROM pairs
    ))
    AND CASE
        WHEN $source = 'all' THEN true
        WHEN $source = 'headline' THEN $kind IS NOT NULL OR {headline}
        ELSE source = $source
    END
    """


class TickerParams(RowsParams):
    """Parameters of /api/ticker."""

    pairs: Pairs = Field(
        (),
        validation_alias=PAIRS_NAMES,
        description="Pairs in any direction and order, such as USD/KZT,EUR/KZT,KZT/RUB; default: the five in dollars.",
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
    WHERE CASE WHEN $pairs IS NULL THEN in_ticker ELSE list_contains($pairs::VARCHAR[], pair) END
    ORDER BY list_position($pairs::VARCHAR[], pair), position
    """
    return Query(sql, {"pairs": list(params.pairs) or None})


class RatesParams(SeriesParams):
    """Parameters of /api/rates."""

    interval: Interval = Field(
        "day", description="The period of a row. Weeks begin on Monday; a period that the range cuts is returned whole."
    )


@rows_at("/rates", RatesParams, schemas.Rate, example={"pairs": "KZT", "interval": "week", "limit": "3"})
def rates(params: RatesParams) -> Query:
    """Get rates by day, week or month.

    Open, high, low and close are units of the quote for one of the base, so the quote was weakest at `high`. They are
    equal for a day with one sighting. A day without a rate has no row.
    """
    sql = f"""
    SELECT
        base || '/' || quote AS pair, base, quote, source, since, observed_on, open, high, low, close,
        1 / close::DOUBLE AS inverse, inverse_text(close, 5) AS inverse_shown,
        inverse_precise(close) AS inverse_precise, computed, days, sightings, carried
    FROM ohlc($interval)
    WHERE {_filter()}
    AND since >= date_trunc($interval, coalesce($first, DATE '1900-01-01'))
    AND since <= coalesce($last, DATE '9999-12-31')
    ORDER BY since {params.order}, list_position($pairs::VARCHAR[], pair), source
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
        pair, base, quote, source, observed_on, period, rate, previous_on, previous_rate,
        change_pct, change_shown, inverse_change_pct, inverse_change_shown
    FROM changes_from(coalesce($first, (SELECT max(observed_on) FROM rates) - 366)::DATE)
    WHERE {_filter()} AND period = $period AND observed_on <= coalesce($last, DATE '9999-12-31')
    ORDER BY observed_on {params.order}, list_position($pairs::VARCHAR[], pair), source
    """
    return Query(sql, {"period": params.period, **_series(params), "first": first})


class ConvertParams(RowsParams):
    """Parameters of /api/convert."""

    amount: Amount = Field(Decimal(1), description="The amount to convert.")
    base: Side = Field("USD", validation_alias=BASE_NAMES, description="The currency of the amount.")
    quote: Side = Field(validation_alias=QUOTE_NAMES, description="The currency to convert to.")
    on: PastDay | None = Field(None, description="Use the rates in force on this day; default: the latest rates.")
    source: Source = Field(
        "headline", description="Take both rates from this source; default: the headline source of each currency."
    )
    kind: Kind | None = Field(
        None, description="Take both rates from official, or both from market sources; default: the headline."
    )


@rows_at("/convert", ConvertParams, schemas.Conversion, example={"amount": "1000", "base": "KGS", "quote": "KZT"})
def convert(params: ConvertParams) -> Query:
    """Convert an amount to another currency.

    Uses the pair's own rate where it is collected, in either direction; else both currencies' rates in dollars.
    Without `on` these are the latest rates, which may be for tomorrow; with today's date, the rates in force today. No
    row if there is no rate on that day or the ten days before it.
    """
    sql = """
    SELECT
        $amount::DOUBLE AS amount, base, base_source, base_on, base_rate, quote, quote_source, quote_on, quote_rate,
        rate, converted, computed
    FROM conversion($amount, $base, $quote, $on, of_source := $source, of_kind := $kind)
    """
    values = {"base": params.base, "quote": params.quote, "on": params.on, "kind": params.kind}
    values["source"] = None if params.source == "headline" else params.source
    return Query(sql, {"amount": float(params.amount), **values})


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


@rows_at("/corrections", SeriesParams, schemas.Correction, example={"source": "all"})
def corrections(params: SeriesParams) -> Query:
    """List figures that were corrected after they were first seen.

    `from` and `to` are days that the figures are for.
    """
    sql = f"""
    SELECT
        pair, base, quote, source, observed_on, observed_at, previous_rate, rate, change_shown, inverse_change_shown,
        seen_at
    FROM corrections
    WHERE {_filter()}
    AND observed_on BETWEEN coalesce($first, DATE '1900-01-01') AND coalesce($last, DATE '9999-12-31')
    ORDER BY seen_at {params.order}, observed_at, list_position($pairs::VARCHAR[], pair), source
    """
    return Query(sql, _series(params))


class HeldParams(SeriesParams):
    """Parameters of /api/held."""

    source: Sources = Field(
        "all", description="The name of a source; `headline`: the sources that the ticker shows; or `all`."
    )


@rows_at("/held", HeldParams, schemas.Held)
def held(params: HeldParams) -> Query:
    """List unconfirmed figures, with the reason and what would confirm each.

    Each was published by its source and is held. `from` and `to` are days that the figures are for.
    """
    sql = f"""
    SELECT
        rejection_id, pair, base, quote, source, observed_on, observed_at, rate, previous_on, previous_rate,
        change_pct, change_shown, inverse_change_pct, inverse_change_shown, doubt, reason, confirmed_by, seen_at
    FROM held
    WHERE {_filter(_HEADLINE_NOW)}
    AND observed_on BETWEEN coalesce($first, DATE '1900-01-01') AND coalesce($last, DATE '9999-12-31')
    ORDER BY observed_at {params.order}, list_position($pairs::VARCHAR[], pair), source, rate
    """
    return Query(sql, _series(params))


@rows_at("/events", PageParams, schemas.Event)
def events(params: PageParams) -> Query:
    """List events other than moves, such as a contradicted peg."""
    return Query(f"FROM events ORDER BY observed_on {params.order}, source")


def _series(params: SeriesParams) -> dict[str, object]:
    return {
        "pairs": params.selected,
        "source": params.source,
        "kind": params.kind,
        "first": params.first,
        "last": params.last,
    }
