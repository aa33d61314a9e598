"""Open Exchange Rates' shape (https://docs.openexchangerates.org), for programs that already read it.

Its clients work with another address. Three documented differences: no key is needed; an unknown parameter is refused
with 422; a rate for a base is the bank's own where one prints the pair, so it can differ from one that a client
crosses through the dollar.
"""

from datetime import UTC, date, datetime, time

import orjson
from flask import Blueprint, Response
from pydantic import Field
from werkzeug.datastructures import MultiDict

from ratesvc.core import settings
from ratesvc.core.currencies import BY_CODE
from ratesvc.web.api.frankfurter import (
    CODES,
    Base,
    FrankfurterParams,
    Quotes,
    as_json,
    name_provenance,
    rates_on,
    rounded,
)
from ratesvc.web.api.frankfurter_v1 import DayPath
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import ParameterError, Params, refusal

blueprint = Blueprint("oxr", __name__, url_prefix="/oxr")
blueprint.after_request(name_provenance)

IGNORED = "Accepted and ignored."
END_OF_DAY = time(23, 59, 59, tzinfo=UTC)


class OxrParams(Params):
    """Parameters that clients send everywhere."""

    app_id: str = Field("", description="Accepted and ignored: no key is needed.")
    prettyprint: str = Field("", description=IGNORED)
    show_alternative: str = Field("", description=IGNORED)
    show_inactive: str = Field("", description=IGNORED)


class OxrRatesParams(OxrParams, FrankfurterParams):
    """Parameters of rates."""

    base: Base = Field("USD", description="The base currency.")
    symbols: Quotes = Field((), description="The quote currencies, separated by commas; default: all.")
    base_currency: str = Field("", description="Accepted and ignored: django-money sends it beside `base`.")


@blueprint.get("/latest.json")
def latest() -> Response:
    """Get the latest rates.

    `timestamp` is the time at which the version of the data was published. Ask with the `base` that you convert from:
    a rate that a client crosses through the dollar can differ from the bank's own.
    """
    return _answer_on(None)


@blueprint.get("/historical/<day>.json")
def historical(day: str) -> Response:
    """Get the rates of a day.

    `timestamp` is 23:59:59 UTC of that day, or the time at which the version of the data was published if that is
    earlier.
    """
    return _answer_on(DayPath.parse(MultiDict({"date": day})).date)


@blueprint.get("/currencies.json")
def currencies() -> Response:
    """List the currencies: their names by code."""
    OxrParams.parse()
    return as_json({code: BY_CODE[code].name for code in sorted(CODES)})


@blueprint.get("/<path:path>")
def unknown(path: str) -> Response:  # noqa: ARG001
    """Refuse any other path in the format that clients read."""
    raise ParameterError(404, "not found: there are latest.json, historical/2026-05-24.json and currencies.json")


@blueprint.errorhandler(ParameterError)
def refused(mistake: ParameterError) -> Response:
    """Answer a refusal in the format of Open Exchange Rates."""
    answer = refusal(mistake)
    code = f"invalid_{mistake.parameter or 'parameter'}" if mistake.status == 422 else "not_available"
    body = {"error": True, "status": mistake.status, "message": code, "description": str(mistake)}
    answer.set_data(orjson.dumps(body))
    return answer


def _answer_on(day: date | None) -> Response:
    params = OxrRatesParams.parse()
    source, codes = params.checked_source(), [code for code in params.symbols or CODES if code in CODES]
    quotes = [code for code in codes if code != params.base]
    rows = rates_on(params.base, quotes, day, source, params.kind) if quotes else []
    if quotes and not rows:
        raise ParameterError(404, f"there are no rates of {day}" if day else "there are no rates")
    rates = {row["quote"]: rounded(row["rate"]) for row in rows}
    if params.base in codes:
        rates[params.base] = 1
    sources = f"{settings.load().address}/sources"
    return as_json(
        {
            "disclaimer": f"Rates as published by the sources listed at {sources}, without guarantee.",
            "license": f"The terms of use of each source are at {sources}.",
            "timestamp": int(_moment_of(day).timestamp()),
            "base": params.base,
            "rates": dict(sorted(rates.items())),
        }
    )


def _moment_of(day: date | None) -> datetime:
    published_at = ticker_rows.reader().published.published_at
    return min(published_at, datetime.combine(day, END_OF_DAY)) if day else published_at
