"""Frankfurter API v2: rates as rows, currencies and providers."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Self

from babel.numbers import get_currency_symbol
from flask import Response
from pydantic import AliasChoices, Field, model_validator
from werkzeug.datastructures import MultiDict

from ratesvc.core.currencies import BY_CODE
from ratesvc.web.api.frankfurter import (
    CODES,
    Base,
    FrankfurterParams,
    Quotes,
    as_json,
    as_rows,
    blueprint,
    quotes_of,
    range_of,
    rates_between,
    rates_on,
    rounded,
)
from ratesvc.web.api.frankfurter_v1 import DayPath
from ratesvc.web.api.rows import sources_of
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Day, Interval, ParameterError, Params, Side, one_of, wrong

_PROVIDERS = """
SELECT
    source, title, kind, site, min(observed_on) AS start_date, max(observed_on) AS end_date,
    money,
    list(DISTINCT quote ORDER BY quote) AS currencies, any_value(missed) AS missed
FROM rates JOIN sources USING (source) LEFT JOIN freshness USING (source)
GROUP BY ALL ORDER BY source
"""
_SPANS = """
SELECT
    quote, min(rates.observed_on) AS start_date, max(rates.observed_on) AS end_date,
    list(DISTINCT upper(rates.source) ORDER BY upper(rates.source)) AS providers
FROM rates GROUP BY quote
"""


class V2Params(FrankfurterParams):
    """Parameters of every endpoint of v2 with rates."""

    providers: str | None = Field(
        None, description="The name of a source in capitals; cannot be combined with `source` and `kind`."
    )

    def checked_source(self) -> str | None:
        """Return the source that `providers` names in capitals, else as usual. Raises ParameterError (422)."""
        if self.providers is None:
            return super().checked_source()
        known = {source.upper(): source for source in sources_of(ticker_rows.reader())}
        if self.providers not in known:
            raise ParameterError(422, f"providers is one of {', '.join(known)}: sources are never mixed", "providers")
        return known[self.providers]


class V2RatesParams(V2Params):
    """Parameters of rates."""

    base: Base = Field("USD", description="The base currency.")
    quotes: Quotes = Field(
        (),
        validation_alias=AliasChoices("quotes", "quote"),
        description="The quote currencies, separated by commas; default: all.",
    )
    on: Day | None = Field(
        None, validation_alias=AliasChoices("date", "on"), description="A day; cannot be combined with `from` and `to`."
    )
    first: Day | None = Field(None, validation_alias="from", description="The first day of a range.")
    last: Day | None = Field(None, validation_alias="to", description="The last day of a range; requires `from`.")
    interval: Interval = Field(
        "day",
        validation_alias=AliasChoices("group", "interval"),
        description="The last rate of each day, week or month of a range.",
    )

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.on and (self.first or self.last):
            raise wrong("date", "cannot be combined with from and to")
        if self.last and not self.first:
            raise wrong("to", "requires from")
        if self.interval != "day" and not self.first:
            raise wrong("group", "requires a range")
        return self


class V2RateParams(V2Params):
    """Parameters of one rate."""

    on: Day | None = Field(
        None,
        validation_alias=AliasChoices("date", "on"),
        description="A day; if it has no rate, the last day before it that has one is used.",
    )


class CurrenciesParams(Params):
    """Parameters of the list of currencies."""

    scope: Annotated[str, one_of("all")] = Field("all", description="All currencies, including discontinued ones.")


class PairPath(Params):
    """A pair in the path."""

    base: Side = Field(description="The base currency; ISO 4217 code.")
    quote: Side = Field(description="The quote currency; ISO 4217 code.")


class PairOnDayPath(PairPath, DayPath):
    """A pair and a day in the path."""


class CodePath(Params):
    """A currency in the path."""

    code: Side = Field(description="ISO 4217 code.")


@blueprint.get("/v2/rates", defaults={"form": ""})
@blueprint.get("/v2/rates.<any(csv,ndjson,json):form>")
def v2_rates(form: str) -> Response:
    """Get the latest rates, or those of a day or a range.

    A range has one row for each day, week or month that has a rate.
    """
    params = V2RatesParams.parse()
    quotes, source = quotes_of(params.quotes, params.base), params.checked_source()
    if params.first:
        rates = rates_between(params.base, quotes, *range_of(params.first, params.last), source, params.kind)
        if params.interval != "day":
            rates = _grouped(rates, params.interval)
    else:
        rates = rates_on(params.base, quotes, params.on, source, params.kind)
    return as_rows([_rate(params.base, row) for row in rates], form, ("date", "base", "quote", "rate"))


@blueprint.get("/v2/rate/<base>/<quote>")
def v2_rate(base: str, quote: str) -> Response:
    """Get the latest rate of a pair, or that of a day. Codes may be in lower case."""
    params = V2RateParams.parse()
    return _answer_of_pair(base, quote, params, params.on)


@blueprint.get("/v2/rate/<base>/<quote>/<day>")
def v2_rate_on(base: str, quote: str, day: str) -> Response:
    """Get the rate of a pair on a day."""
    return _answer_of_pair(base, quote, V2Params.parse(), DayPath.parse(MultiDict({"date": day})).date)


@blueprint.get("/v2/currencies", defaults={"form": ""})
@blueprint.get("/v2/currencies.<any(csv,ndjson,json):form>")
def v2_currencies(form: str) -> Response:
    """List the currencies, with the first and last day of each."""
    CurrenciesParams.parse()
    rows = [_currency(code, row) for code, row in _spans().items()]
    return as_rows(rows, form, ("iso_code", "iso_numeric", "name", "symbol", "start_date", "end_date"))


@blueprint.get("/v2/currency/<code>")
def v2_currency(code: str) -> Response:
    """Get a currency, with its providers."""
    Params.parse()
    span = _spans().get(code.upper())
    if span is None:
        raise ParameterError(404, "not found")
    return as_json({**_currency(code.upper(), span), "providers": span["providers"]})


@blueprint.get("/v2/providers", defaults={"form": ""})
@blueprint.get("/v2/providers.<any(ndjson,json):form>")
def v2_providers(form: str) -> Response:
    """List the providers."""
    Params.parse()
    reader = ticker_rows.reader()
    countries = {row["source"]: row.get("country") for row in reader.rows("FROM sources")}  # Missing in old versions.
    rows = [
        {
            "key": row["source"].upper(),
            "name": row["title"],
            "base": row["money"],
            "country_code": countries[row["source"]],
            "rate_type": row["kind"],
            "pivot_currency": row["money"],
            "data_url": row["site"],
            "start_date": str(row["start_date"]),
            "end_date": str(row["end_date"]),
            "publishes_missed": row["missed"],
            "currencies": row["currencies"],
        }
        for row in reader.rows(_PROVIDERS)
    ]
    return as_rows(rows, form, ())


def _grouped(rows: Iterable[dict[str, Any]], group: str) -> list[dict[str, Any]]:
    """The last rate of each week (Monday to Sunday) or month, with the day of that rate."""
    last: dict[tuple[str, object], dict[str, Any]] = {}
    for row in rows:
        day: date = row["observed_on"]
        last[row["quote"], day.isocalendar()[:2] if group == "week" else (day.year, day.month)] = row
    return sorted(last.values(), key=lambda row: (row["observed_on"], row["quote"]))


def _answer_of_pair(base: str, quote: str, params: V2Params, day: date | None) -> Response:
    base, quote = base.upper(), quote.upper()
    if base not in CODES:
        raise ParameterError(404, "not found")
    rows = rates_on(base, quotes_of((quote,), base), day, params.checked_source(), params.kind)
    if not rows:
        raise ParameterError(404, "not found")
    return as_json(_rate(base, rows[0]))


def _rate(base: str, row: dict[str, Any]) -> dict[str, Any]:
    return {"date": str(row["observed_on"]), "base": base, "quote": row["quote"], "rate": rounded(row["rate"])}


def _spans() -> dict[str, dict[str, Any]]:
    spans = {row["quote"]: row for row in ticker_rows.reader().rows(_SPANS) if row["quote"] in CODES}
    providers = sorted({provider for row in spans.values() for provider in row["providers"]})
    if spans:
        spans["USD"] = {
            "start_date": min(row["start_date"] for row in spans.values()),
            "end_date": max(row["end_date"] for row in spans.values()),
            "providers": providers,
        }
    return dict(sorted(spans.items()))


def _currency(code: str, span: dict[str, Any]) -> dict[str, Any]:
    return {
        "iso_code": code,
        "iso_numeric": BY_CODE[code].number,
        "name": BY_CODE[code].name,
        "symbol": get_currency_symbol(code, locale="en"),
        "start_date": str(span["start_date"]),
        "end_date": str(span["end_date"]),
    }
