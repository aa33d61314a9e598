"""Code shared by v1 and v2 of the Frankfurter-compatible API (https://frankfurter.dev): parameters, rates, formats.

Frankfurter clients work unchanged. Three documented differences: the default base is USD; rates have ten significant
digits (Frankfurter's rounding loses a som); sources are never blended: rates come from the headline source of a
currency, or from the one that `providers` or `source` names.
"""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Self

import orjson
from flask import Blueprint, Response, g, request
from pydantic import Field, model_validator
from werkzeug.datastructures import MultiDict

from ratesvc.core.currencies import BY_CODE, DOLLAR
from ratesvc.web.api.rows import check_source
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Kind, ParameterError, Params, Rule, Source, refusal, wrong
from ratesvc.web.http.responses import cacheable, requested_form, seconds_left

blueprint = Blueprint("frankfurter", __name__)

CODES = (DOLLAR.code, *(code for code in BY_CODE if code != DOLLAR.code))
FIRST_DAY = date(1900, 1, 1)
LONGEST_RANGE = 40_000
"""Days in a range, more than a century."""
DIGITS = 10
MAY_BE_EMPTY = ("base", "symbols", "quotes", "amount")
_CODE = "[A-Za-z]{3}"


# Parameters ---------------------------------------------------------------------------------------


def _read_base(text: str) -> str:
    if text.upper() not in CODES:
        raise ValueError(text)
    return text.upper()


def _read_quotes(text: str) -> tuple[str, ...]:
    if not re.fullmatch(f"{_CODE}(,{_CODE})*", text, re.ASCII):
        raise ValueError(text)
    return tuple(dict.fromkeys(text.upper().split(",")))


Base = Annotated[str, Rule(_read_base, f"is one of {', '.join(CODES)}", {"type": "string", "enum": list(CODES)})]
"""A currency code in upper or lower case, as in Frankfurter."""
Quotes = Annotated[
    tuple[str, ...],
    Rule(
        _read_quotes,
        f"are some of {', '.join(CODES)}, separated by commas",
        {"type": "string", "pattern": f"^{_CODE}(,{_CODE})*$"},
    ),
]
"""Currency codes in upper or lower case; unknown ones are ignored, as in Frankfurter."""


class FrankfurterParams(Params):
    """Parameters of every endpoint with rates."""

    source: Source = Field(
        "headline", description="The source of all rates; default: the headline source of each currency."
    )
    kind: Kind | None = Field(
        None, description="Only official, or only market rates; cannot be combined with `source`."
    )

    @classmethod
    def parse(cls, args: MultiDict[str, str] | None = None) -> Self:
        """Parse as Frankfurter does: an empty base, list or amount counts as not sent."""
        args, names = request.args if args is None else args, cls.names()
        sent = [(name, text) for name, text in args.items(multi=True) if text or names.get(name) not in MAY_BE_EMPTY]
        return super().parse(MultiDict(sent))

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        # Generated clients send defaults too.
        selectors = [
            name for name in ("providers", "source", "kind") if getattr(self, name, None) not in (None, "headline")
        ]
        if len(selectors) > 1:
            raise wrong(selectors[1], f"cannot be combined with {selectors[0]}: both select the source")
        return self

    def checked_source(self) -> str | None:
        """Return the name of the source, None for the headline. Raises ParameterError (422) for an unknown one."""
        check_source(self.source, ticker_rows.reader())
        return None if self.source == "headline" else self.source


def quotes_of(quotes: tuple[str, ...], base: str) -> list[str]:
    """Return the known currencies, by default all but the base. Raises ParameterError (404) if none is left."""
    known = [code for code in quotes or CODES if code in CODES and code != base]
    if not known:
        raise ParameterError(404, "not found")
    return known


def range_of(first: date, last: date | None) -> tuple[date, date]:
    """Return the range with a default end. Raises ParameterError (422) if it is too long or reversed."""
    # A bank may have published a rate for one of the next days.
    last = last or datetime.now(UTC).date() + timedelta(days=5)
    if last < first:
        raise ParameterError(422, "the first day must not be after the last", "from")
    if (last - first).days > LONGEST_RANGE:
        raise ParameterError(422, f"a range has at most {LONGEST_RANGE} days", "from")
    return first, last


# Rates --------------------------------------------------------------------------------------------


def rates_between(
    base: str, quotes: list[str], first: date, last: date, source: str | None = None, kind: str | None = None
) -> list[dict[str, Any]]:
    """Return the rates of each day of a range: of a source, a kind, or by default the headline of each day."""
    sql = "FROM cross_rates(?, ?, ?, ?, of_source := ?, of_kind := ?)"
    values = [base, quotes, max(first, FIRST_DAY), last, source, kind]
    return _record_provenance(ticker_rows.reader().rows(sql, values))


def rates_on(
    base: str, quotes: list[str], day: date | None, source: str | None = None, kind: str | None = None
) -> list[dict[str, Any]]:
    """Return the rate of each quote in force on a day; without a day the latest, however old."""
    on_day = day and min(max(day, date(1900, 2, 1)), date(9999, 1, 1))
    sql = "FROM cross_on(?, ?, ?::DATE, of_source := ?, of_kind := ?)"
    return _record_provenance(ticker_rows.reader().rows(sql, [base, quotes, on_day, source, kind]))


def _record_provenance(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows unchanged, and record where they come from for the headers X-Source and X-Computed."""
    g.provenance = {
        "X-Source": {row[side] for row in rows for side in ("base_source", "quote_source")} - {None},
        "X-Computed": {row["quote"] for row in rows if row["computed"]},
    }
    return rows


def rounded(rate: float) -> float:
    """Round to ten significant digits."""
    return float(f"{rate:.{DIGITS}g}")


# Answers ------------------------------------------------------------------------------------------


@blueprint.errorhandler(ParameterError)
def refused(mistake: ParameterError) -> Response:
    """Answer a refusal in Frankfurter's format, {"message": "..."}."""
    answer = refusal(mistake)
    answer.set_data(orjson.dumps({"message": str(mistake)}))
    return answer


@blueprint.after_request
def name_provenance(answer: Response) -> Response:
    """Name the sources, and the quotes whose rates are computed, in headers: the formats have no field for them."""
    for name, words in g.get("provenance", {}).items():
        if words:
            answer.headers[name] = ", ".join(sorted(words))
    return answer


def as_json(body: object) -> Response:
    """Build a JSON response, cacheable until the next snapshot."""
    return cacheable(orjson.dumps(body), "application/json", seconds_left(ticker_rows.reader().published))


def as_csv(lines: list[list[str]]) -> Response:
    """Build a CSV response, cacheable until the next snapshot."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    answer = cacheable(
        text.getvalue().encode(), "text/csv; charset=utf-8", seconds_left(ticker_rows.reader().published)
    )
    answer.vary.add("Accept")
    return answer


def as_rows(rows: list[dict[str, Any]], form: str, columns: tuple[str, ...]) -> Response:
    """Build a response in the format of the suffix, else of the Accept header, else JSON."""
    if not form and columns:
        form = requested_form()
    if form == "csv":
        return as_csv([list(columns), *([_cell(row[name]) for name in columns] for row in rows)])
    if form == "ndjson":
        body = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        answer = cacheable(body, "application/x-ndjson", seconds_left(ticker_rows.reader().published))
    else:
        answer = as_json(rows)
    answer.vary.add("Accept")
    return answer


def _cell(value: object) -> str:
    return f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)
