"""The addresses under /api, each a function over a view."""

from datetime import timedelta
from decimal import Decimal
from typing import Annotated, get_args

from pydantic import Field

from ratesvc.web.api import schemas
from ratesvc.web.api.params import PageParams, PastParams, RangeParams, SeriesParams
from ratesvc.web.api.rows import Query, rows_at
from ratesvc.web.http.params import (
    BASE_NAMES,
    PAIRS_NAMES,
    QUOTE_NAMES,
    Amount,
    Codes,
    Interval,
    Kind,
    PastDay,
    Side,
    Source,
    Sources,
    one_of,
)

_DAYS_OF_HEADLINE = (
    "(source, currency, observed_on) IN (SELECT (source, currency, day) FROM headline_daily WHERE day = observed_on)"
)
"""The headline of each day."""
_HEADLINE_NOW = "(source, currency) IN (SELECT (source, currency) FROM headline)"


def _wanted(headline: str = _DAYS_OF_HEADLINE) -> str:
    """The condition for the rows of the currencies and sources of SeriesParams."""
    return f"""
    ($currencies IS NULL OR list_contains($currencies::VARCHAR[], currency))
    AND ($kind IS NULL OR (source, currency) IN (
        SELECT (CASE $kind WHEN 'official' THEN official_source ELSE market_source END, currency) FROM currencies
    ))
    AND CASE
        WHEN $source = 'all' THEN true
        WHEN $source = 'headline' THEN $kind IS NOT NULL OR {headline}
        ELSE source = $source
    END
    """


class TickerParams(PastParams):
    """Parameters of /api/ticker."""

    pairs: Codes = Field(
        (), validation_alias=PAIRS_NAMES, description="Pairs as KZT/USD or KZT, separated by commas; default: all."
    )


@rows_at("/ticker", TickerParams, schemas.TickerRow, example={"pairs": "KZT"})
def ticker(params: TickerParams) -> Query:
    """What does the ticker say?

    The rows of /ticker.json, with numbers as numbers. `as_known_at` gives what it said at a moment.
    """
    sql = """
    SELECT * EXCLUDE (position) REPLACE (
        units_per_usd::DECIMAL(38, 10) AS units_per_usd,
        unconfirmed_units_per_usd::DECIMAL(38, 10) AS unconfirmed_units_per_usd
    )
    FROM ticker
    WHERE $currencies IS NULL OR list_contains($currencies::VARCHAR[], pair[:3])
    ORDER BY position
    """
    return Query(sql, {"currencies": list(params.pairs) or None})


class RatesParams(SeriesParams):
    """Parameters of /api/rates."""

    interval: Interval = Field(
        "day", description="What one row is; a week begins on Monday, and is whole even where the range cuts it."
    )


@rows_at("/rates", RatesParams, schemas.Rate, example={"pairs": "KZT", "interval": "week", "limit": "3"})
def rates(params: RatesParams) -> Query:
    """What was a currency worth, by the day, the week or the month?

    Open, high, low and close are units per US dollar, so that the currency was weakest at `high`; of a source that is
    seen once a day they are the same. A day without a rate has no row.
    """
    sql = f"""
    SELECT
        currency, source, since, observed_on, open, high, low, close, 1 / close::DOUBLE AS usd_per_unit,
        usd_text(close, 5) AS rate, usd_precise(close) AS rate_precise, days, sightings, carried
    FROM ohlc($interval)
    WHERE {_wanted()}
    AND since >= date_trunc($interval, coalesce($first, DATE '1900-01-01'))
    AND since <= coalesce($last, DATE '9999-12-31')
    ORDER BY since {params.order}, currency, source
    """
    return Query(sql, {"interval": params.interval, **_series(params)})


class ChangesParams(SeriesParams):
    """Parameters of /api/changes."""

    period: Annotated[str, one_of(*get_args(schemas.Period))] = Field(
        "previous", description="Against which rate: that of the previous publication, or so long before."
    )


@rows_at("/changes", ChangesParams, schemas.Change, example={"pairs": "UZS", "period": "month", "limit": "3"})
def changes(params: ChangesParams) -> Query:
    """By how much did a currency gain or lose against the dollar?

    Positive: it gained. Both rates are of one source. A day has no row where the rate to compare with would be more
    than ten days too old. Without `from` it is the year up to `to`.
    """
    first = params.first or (params.last - timedelta(days=366) if params.last and params.last.year > 2 else None)
    sql = f"""
    SELECT
        currency, source, observed_on, period, units_per_usd, previous_on, previous_units_per_usd,
        change_pct, change_shown
    FROM changes_from(coalesce($first, (SELECT max(observed_on) FROM rates) - 366)::DATE)
    WHERE {_wanted()} AND period = $period AND observed_on <= coalesce($last, DATE '9999-12-31')
    ORDER BY observed_on {params.order}, currency, source
    """
    return Query(sql, {"period": params.period, **_series(params), "first": first})


class ConvertParams(PastParams):
    """Parameters of /api/convert."""

    amount: Amount = Field(Decimal(1), description="How much.")
    base: Side = Field("USD", validation_alias=BASE_NAMES, description="The currency that it is in.")
    quote: Side = Field(validation_alias=QUOTE_NAMES, description="The currency that it is wanted in.")
    on: PastDay | None = Field(None, description="At the rates in force on this day; default: the newest.")
    source: Source = Field("headline", description="Both rates of one source, by its name; default: the headline's.")
    kind: Kind | None = Field(None, description="Both rates official, or both of the market; default: the headline.")


@rows_at("/convert", ConvertParams, schemas.Conversion, example={"amount": "1000", "base": "KGS", "quote": "KZT"})
def convert(params: ConvertParams) -> Query:
    """How much is an amount in another currency?

    At headline rates, with the two that it took, in units per US dollar. Without `on` at the newest, which may be for
    tomorrow; with today's date at the rates in force today. No row where a currency has no rate on that day or the ten
    days before it.
    """
    sql = """
    SELECT
        $amount::DOUBLE AS amount, from_currency, from_source, from_on, from_units,
        to_currency, to_source, to_on, to_units, rate, converted
    FROM conversion($amount, $base, $quote, $on, of_source := $source, of_kind := $kind)
    """
    values = {"base": params.base, "quote": params.quote, "on": params.on, "kind": params.kind}
    values["source"] = None if params.source == "headline" else params.source
    return Query(sql, {"amount": float(params.amount), **values})


@rows_at("/currencies", PastParams, schemas.Currency)
def currencies(_: PastParams) -> Query:
    """Which currencies are there, and which source is shown for each?"""
    return Query("""
    SELECT
        currency, name, official_source, market_source, preferred_kind, peg_units_per_usd, peg_since, peg_authority,
        source, kind, fallback, reason
    FROM currencies LEFT JOIN headline USING (currency)
    ORDER BY position
    """)


@rows_at("/sources", PastParams, schemas.Source)
def sources(_: PastParams) -> Query:
    """Who says so, and is it on time?"""
    return Query("""
    SELECT sources.*, freshness.* EXCLUDE (source)
    FROM sources LEFT JOIN freshness USING (source)
    ORDER BY source
    """)


@rows_at("/snapshots", RangeParams, schemas.Snapshot, example={"limit": "3"})
def snapshots(params: RangeParams) -> Query:
    """When were the sources asked, and what came of it?"""
    sql = f"""
    SELECT
        snapshot_id, taken_at, finished_at, reason, sources_asked, sources_new, sources_unchanged, sources_failed
    FROM snapshots
    LEFT JOIN (
        SELECT
            snapshot_id, count(*) AS sources_asked,
            count(*) FILTER (outcome = 'new') AS sources_new,
            count(*) FILTER (outcome = 'unchanged') AS sources_unchanged,
            count(*) FILTER (outcome = 'failed') AS sources_failed
        FROM fetches GROUP BY snapshot_id
    ) USING (snapshot_id)
    WHERE taken_at >= coalesce($first, DATE '1900-01-01') AND taken_at::DATE <= coalesce($last, DATE '9999-12-31')
    ORDER BY snapshot_id {params.order}
    """
    return Query(sql, {"first": params.first, "last": params.last})


@rows_at("/corrections", SeriesParams, schemas.Correction, example={"source": "all"})
def corrections(params: SeriesParams) -> Query:
    """Which figures were corrected after they were first seen?

    The days are those that the figures are for.
    """
    sql = f"""
    SELECT
        currency, source, observed_on, observed_at, previous_units_per_usd, units_per_usd, change_shown, seen_at
    FROM corrections_from(coalesce($first, DATE '1900-01-01'))
    WHERE {_wanted()} AND observed_on <= coalesce($last, DATE '9999-12-31')
    ORDER BY seen_at {params.order}, observed_at, currency, source
    """
    return Query(sql, _series(params))


class HeldParams(SeriesParams):
    """Parameters of /api/held."""

    source: Sources = Field(
        "all", description="A source by its name; `headline`: those that the ticker shows; or `all`."
    )


@rows_at("/held", HeldParams, schemas.Held)
def held(params: HeldParams) -> Query:
    """Which figures are not confirmed yet, and what would confirm them?

    Each was printed by its source and is held, with the reason. The days are those that the figures are for.
    """
    sql = f"""
    SELECT
        rejection_id, currency, source, observed_on, observed_at, units_per_usd, previous_on, previous_units_per_usd,
        change_pct, change_shown, doubt, reason, confirmed_by, seen_at
    FROM held
    WHERE {_wanted(_HEADLINE_NOW)}
    AND observed_on BETWEEN coalesce($first, DATE '1900-01-01') AND coalesce($last, DATE '9999-12-31')
    ORDER BY observed_at {params.order}, currency, source, units_per_usd
    """
    return Query(sql, _series(params))


@rows_at("/events", PageParams, schemas.Event)
def events(params: PageParams) -> Query:
    """What happened beside the moves?"""
    return Query(f"FROM events ORDER BY observed_on {params.order}, source")


def _series(params: SeriesParams) -> dict[str, object]:
    return {
        "currencies": list(params.pairs) or None,
        "source": params.source,
        "kind": params.kind,
        "first": params.first,
        "last": params.last,
    }
