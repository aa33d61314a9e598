"""Frankfurter API v1: rates of a day or a range as one object, and the European Central Bank's CSV format."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Self

from flask import Response
from pydantic import AliasChoices, Field, model_validator
from werkzeug.datastructures import MultiDict

from ratesvc.core.currencies import BY_CODE
from ratesvc.web.api.frankfurter import (
    CODES,
    Base,
    FrankfurterParams,
    Quotes,
    as_csv,
    as_json,
    blueprint,
    quotes_of,
    range_of,
    rates_between,
    rates_on,
    rounded,
)
from ratesvc.web.http.params import BASE_NAMES, Amount, Day, ParameterError, Params, wrong

_DAY = r"\d{4}-\d{2}-\d{2}"


class V1Params(FrankfurterParams):
    """Parameters of rates; `from` and `to` are old names of `base` and `symbols`."""

    base: Base = Field("USD", validation_alias=BASE_NAMES, description="The base currency.")
    symbols: Quotes = Field(
        (),
        validation_alias=AliasChoices("symbols", "to", "quotes", "quote"),
        description="The quote currencies, separated by commas; default: all.",
    )
    amount: Amount = Field(Decimal(1), description="The amount of the base currency; greater than 0.")

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if not self.amount:
            raise wrong("amount", "is a number greater than 0")
        return self


class DayPath(Params):
    """A day in the path."""

    date: Day = Field(description="A day; if it has no rate, the last day before it that has one is used.")


class RangePath(Params):
    """The days of a range in the path."""

    start_date: Day = Field(description="The first day.")
    end_date: Day | None = Field(None, description="The last day; default: the newest.")


@blueprint.get("/v1/currencies")
def v1_currencies() -> Response:
    """List the currencies: their names by code."""
    Params.parse()
    return as_json({code: BY_CODE[code].name for code in sorted(CODES)})


@blueprint.get("/v1/latest.csv", defaults={"day": "latest"})
@blueprint.get("/v1/history.csv", defaults={"day": "history"})
def ecb_shaped(day: str) -> Response:
    """Get all rates in the European Central Bank's CSV format.

    Units per US dollar, a column for each currency, the newest day first. The dollar has a column because
    CurrencyConverter assumes the euro as base and knows only the currencies of the columns. A cell is empty on a day
    without a rate. `latest` is one row with the last rate of each currency, dated by the newest of them, because
    CurrencyConverter needs both currencies of a pair on the same day.
    """
    Params.parse()
    quotes = [code for code in CODES if code != "USD"]
    rows: dict[date, dict[str, Decimal]] = {}
    if day == "latest":
        rates = rates_on("USD", quotes, None)
        if rates:
            rows[_newest(rates)] = {row["quote"]: row["quote_rate"] for row in rates}
        days = list(rows)
    else:
        published_days = set()
        for row in rates_between("USD", quotes, date(1990, 1, 1), datetime.now(UTC).date() + timedelta(days=5)):
            rows.setdefault(row["observed_on"], {})[row["quote"]] = row["quote_rate"]
            if row["quote_source"] != "peg":
                published_days.add(row["observed_on"])
        days = sorted(published_days or rows, reverse=True)  # Otherwise most days would hold only a peg.
    return as_csv(
        [
            ["Date", *CODES],
            *([str(each), "1", *(_plain(rows[each].get(code)) for code in quotes)] for each in days),
        ]
    )


@blueprint.get("/v1/latest")
@blueprint.get("/v1/current")
def v1_latest() -> Response:
    """Get the latest rates."""
    return _answer_on(None)


@blueprint.get("/v1/<path>")
def v1(path: str) -> Response:
    """Route a day, or a range such as 2024-01-01..2024-01-31 or 2024-01-01.. ."""
    if re.fullmatch(_DAY, path, re.ASCII):
        return v1_day(path)
    if re.fullmatch(rf"{_DAY}\.\.({_DAY})?", path, re.ASCII):
        return v1_range(*path.split(".."))
    raise ParameterError(404, "not found")


def v1_day(day: str) -> Response:
    """Get the rates of a day."""
    return _answer_on(DayPath.parse(MultiDict({"date": day})).date)


def v1_range(start: str, end: str) -> Response:
    """Get the rates of a range of days."""
    path = RangePath.parse(MultiDict({"start_date": start, **({"end_date": end} if end else {})}))
    first, last = range_of(path.start_date, path.end_date)
    params = V1Params.parse()
    quotes, source = quotes_of(params.symbols, params.base), params.checked_source()
    days: dict[str, dict[str, float]] = {}
    for row in rates_between(params.base, quotes, first, last, source, params.kind):
        days.setdefault(str(row["observed_on"]), {})[row["quote"]] = rounded(row["rate"] * float(params.amount))
    if not days:
        raise ParameterError(404, "not found")
    bounds = {"start_date": min(days), "end_date": max(days)}
    return as_json({"amount": float(params.amount), "base": params.base, **bounds, "rates": days})


def _answer_on(day: date | None) -> Response:
    params = V1Params.parse()
    quotes, source = quotes_of(params.symbols, params.base), params.checked_source()
    rows = rates_on(params.base, quotes, day, source, params.kind)
    if not rows:
        raise ParameterError(404, "not found")
    rates = {row["quote"]: rounded(row["rate"] * float(params.amount)) for row in rows}
    body = {"amount": float(params.amount), "base": params.base, "date": str(_newest(rows))}
    return as_json({**body, "rates": dict(sorted(rates.items()))})


def _newest(rows: list[dict[str, Any]]) -> date:
    """The newest day for which one of the rates was published; a peg holds on every day, so it does not count."""
    newest: date = max((row["printed_on"] for row in rows if row["printed_on"]), default=rows[0]["observed_on"])
    return newest


def _plain(units: Decimal | None) -> str:
    return "" if units is None else f"{units.normalize():f}"
