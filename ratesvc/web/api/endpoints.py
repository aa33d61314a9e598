"""The addresses under /api, each a function over a view."""

from datetime import timedelta
from decimal import Decimal
from typing import Literal, Self

from pydantic import Field, model_validator

from ratesvc.web.api.parameters import (
    MOST,
    Amount,
    Asked,
    Codes,
    Day,
    Days,
    Kind,
    Paged,
    Series,
    Side,
    Source,
    wrong,
)
from ratesvc.web.api.rows import Query, rows_at

_DAYS_OF_HEADLINE = (
    "(source, currency, observed_on) IN (SELECT (source, currency, day) FROM headline_daily WHERE day = observed_on)"
)
"""The headline of each day."""
_HEADLINE_NOW = "(source, currency) IN (SELECT (source, currency) FROM headline)"


def _wanted(headline: str = _DAYS_OF_HEADLINE) -> str:
    """The condition for the rows of the currencies and sources of a Series."""
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


class Ticker(Asked):
    """Of /api/ticker."""

    currency: Codes | None = Field(None, description="Codes, separated by commas; default: all.")


@rows_at("/ticker", Ticker, explained_by=("ticker",), example={"currency": "KZT"})
def ticker(asked: Ticker) -> Query:
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
    return Query(sql, {"currencies": list(asked.currency) if asked.currency else None})


class Rates(Series):
    """Of /api/rates."""

    interval: Literal["day", "week", "month"] = Field(
        "day", description="What one row is; a week begins on Monday, and is whole even where the range cuts it."
    )


@rows_at("/rates", Rates, explained_by=("rates",), example={"currency": "KZT", "interval": "week", "limit": "3"})
def rates(asked: Rates) -> Query:
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
    ORDER BY since {asked.order}, currency, source
    """
    return Query(sql, {"interval": asked.interval, **_series(asked)})


class Changes(Series):
    """Of /api/changes."""

    period: Literal["previous", "week", "month", "quarter", "year", "ytd"] = Field(
        "previous", description="Against which rate: that of the previous publication, or so long before."
    )


@rows_at("/changes", Changes, explained_by=("changes",), example={"currency": "UZS", "period": "month", "limit": "3"})
def changes(asked: Changes) -> Query:
    """By how much did a currency gain or lose against the dollar?

    Positive: it gained. Both rates are of one source. A day has no row where the rate to compare with would be more
    than ten days too old. Without `from` it is the year up to `to`.
    """
    first = asked.first or (asked.last - timedelta(days=366) if asked.last and asked.last.year > 2 else None)
    sql = f"""
    SELECT
        currency, source, observed_on, period, units_per_usd, previous_on, previous_units_per_usd,
        change_pct, change_shown
    FROM changes_from(coalesce($first, (SELECT max(observed_on) FROM rates) - 366)::DATE)
    WHERE {_wanted()} AND period = $period AND observed_on <= coalesce($last, DATE '9999-12-31')
    ORDER BY observed_on {asked.order}, currency, source
    """
    return Query(sql, {"period": asked.period, **_series(asked), "first": first})


class Convert(Asked):
    """Of /api/convert."""

    amount: Amount = Field(Decimal(1), le=MOST, description="How much.")
    have: Side = Field("USD", alias="from", description="The currency that it is in.")
    want: Side = Field(alias="to", description="The currency that it is wanted in.")
    on: Day | None = Field(None, description="At the rates in force on this day; default: the newest.")
    source: Source = Field("headline", description="Both rates of one source, by its name; default: the headline's.")
    kind: Kind | None = Field(None, description="Both rates official, or both of the market; default: the headline.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.source == "all":
            raise wrong("source", "is one source, or headline")
        return self


@rows_at("/convert", Convert, explained_by=("rates",), example={"amount": "1000", "from": "KGS", "to": "KZT"})
def convert(asked: Convert) -> Query:
    """How much is an amount in another currency?

    At headline rates, with the two that it took, in units per US dollar. Without `on` at the newest, which may be for
    tomorrow; with today's date at the rates in force today. No row where a currency has no rate on that day or the ten
    days before it.
    """
    sql = """
    SELECT
        $amount::DOUBLE AS amount, from_currency, from_source, from_on, from_units,
        to_currency, to_source, to_on, to_units, rate, converted
    FROM conversion($amount, $have, $want, $on, of_source := $source, of_kind := $kind)
    """
    values = {"have": asked.have, "want": asked.want, "on": asked.on, "kind": asked.kind}
    values["source"] = None if asked.source == "headline" else asked.source
    return Query(sql, {"amount": float(asked.amount), **values})


@rows_at("/currencies", Asked, explained_by=("currencies", "headline"))
def currencies(_: Asked) -> Query:
    """Which currencies are there, and which source is shown for each?"""
    return Query("""
    SELECT
        currency, name, official_source, market_source, preferred_kind, peg_units_per_usd, peg_since, peg_authority,
        source, kind, fallback, reason
    FROM currencies LEFT JOIN headline USING (currency)
    ORDER BY position
    """)


@rows_at("/sources", Asked, explained_by=("sources", "freshness"))
def sources(_: Asked) -> Query:
    """Who says so, and is it on time?"""
    return Query("""
    SELECT sources.*, freshness.* EXCLUDE (source)
    FROM sources LEFT JOIN freshness USING (source)
    ORDER BY source
    """)


@rows_at("/snapshots", Days, explained_by=("snapshots",), example={"limit": "3"})
def snapshots(asked: Days) -> Query:
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
    ORDER BY snapshot_id {asked.order}
    """
    return Query(sql, {"first": asked.first, "last": asked.last})


@rows_at("/corrections", Series, explained_by=("corrections",), example={"source": "all"})
def corrections(asked: Series) -> Query:
    """Which figures were corrected after they were first seen?

    The days are those that the figures are for.
    """
    sql = f"""
    SELECT
        currency, source, observed_on, observed_at, previous_units_per_usd, units_per_usd, change_shown, seen_at
    FROM corrections_from(coalesce($first, DATE '1900-01-01'))
    WHERE {_wanted()} AND observed_on <= coalesce($last, DATE '9999-12-31')
    ORDER BY seen_at {asked.order}, observed_at, currency, source
    """
    return Query(sql, _series(asked))


class Held(Series):
    """Of /api/held."""

    source: Source = Field(
        "all", description="A source by its name; `headline`: those that the ticker shows; or `all`."
    )


@rows_at("/held", Held, explained_by=("held",))
def held(asked: Held) -> Query:
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
    ORDER BY observed_at {asked.order}, currency, source, units_per_usd
    """
    return Query(sql, _series(asked))


@rows_at("/events", Paged, explained_by=("events",))
def events(asked: Paged) -> Query:
    """What happened beside the moves?"""
    return Query(f"FROM events ORDER BY observed_on {asked.order}, source")


def _series(asked: Series) -> dict[str, object]:
    return {
        "currencies": list(asked.currency) if asked.currency else None,
        "source": asked.source,
        "kind": asked.kind,
        "first": asked.first,
        "last": asked.last,
    }
