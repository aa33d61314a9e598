"""What v1 and v2 of Frankfurter (https://frankfurter.dev) share: parameters, rates, and forms of answers.

Its clients work here unchanged. Three things differ, and are in the documentation: the base is USD where none is sent,
a rate has ten significant digits (Frankfurter rounds a som away), and two sources are never blended: a currency's
headline source answers, or the one that `providers` or `source` names.
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

from ratesvc.core.currencies import CURRENCIES, DOLLAR
from ratesvc.web.api.rows import check_source
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Kind, Params, Refused, Rule, Source, refusal, wrong
from ratesvc.web.http.responses import cacheable, form_asked, seconds_left

blueprint = Blueprint("frankfurter", __name__)

MONEY = {money.code: money for money in (DOLLAR, *CURRENCIES)}
CODES = tuple(MONEY)
FIRST_DAY = date(1900, 1, 1)
LONGEST_RANGE = 40_000
"""Days of a range: more than a century."""
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
"""A currency, in any case, as Frankfurter takes it."""
Quotes = Annotated[
    tuple[str, ...],
    Rule(
        _read_quotes,
        f"are some of {', '.join(CODES)}, separated by commas",
        {"type": "string", "pattern": f"^{_CODE}(,{_CODE})*$"},
    ),
]
"""Currencies, in any case; unknown ones are passed over, as Frankfurter does."""


class FrankfurterParams(Params):
    """Parameters of every address with rates."""

    source: Source = Field("headline", description="The source of all rates; default: of each its headline source.")
    kind: Kind | None = Field(None, description="Only official, or only market rates; goes without `source`.")

    @classmethod
    def parse(cls, args: MultiDict[str, str] | None = None) -> Self:
        """As Frankfurter takes them: an empty base, list or amount is one that was not sent."""
        args, names = request.args if args is None else args, cls.names()
        sent = [(name, text) for name, text in args.items(multi=True) if text or names.get(name) not in MAY_BE_EMPTY]
        return super().parse(MultiDict(sent))

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        # A generated client sends defaults too.
        given = [
            name for name in ("providers", "source", "kind") if getattr(self, name, None) not in (None, "headline")
        ]
        if len(given) > 1:
            raise wrong(given[1], f"goes without {given[0]}: either of them names which rates are meant")
        return self

    def checked_source(self) -> str | None:
        """The source by its name, None for the headline. Raises Refused for an unknown one."""
        check_source(self.source, ticker_rows.reader())
        return None if self.source == "headline" else self.source


def quotes_of(quotes: tuple[str, ...], base: str) -> list[str]:
    """The currencies that are known, all but the base by default. Raises Refused where none is left."""
    known = [code for code in quotes or CODES if code in CODES and code != base]
    if not known:
        raise Refused(404, "not found")
    return known


def range_of(first: date, last: date | None) -> tuple[date, date]:
    """A range with its end. Raises Refused where it is too long or runs backwards."""
    # A bank may have printed the rate of one of the next days.
    last = last or datetime.now(UTC).date() + timedelta(days=5)
    if last < first:
        raise Refused(422, "the first day is before the last", "from")
    if (last - first).days > LONGEST_RANGE:
        raise Refused(422, f"a range has at most {LONGEST_RANGE} days", "from")
    return first, last


# Rates --------------------------------------------------------------------------------------------


def rates_between(
    base: str, quotes: list[str], first: date, last: date, source: str | None = None, kind: str | None = None
) -> list[dict[str, Any]]:
    """The rates of each day of a range, of a source or a kind, or of the headline of each day."""
    sql = "FROM cross_rates(?, ?, ?, ?, of_source := ?, of_kind := ?)"
    values = [base, quotes, max(first, FIRST_DAY), last, source, kind]
    return _noting_sources(ticker_rows.reader().rows(sql, values))


def rates_on(
    base: str, quotes: list[str], day: date | None, source: str | None = None, kind: str | None = None
) -> list[dict[str, Any]]:
    """The rate of each quote in force on a day; without a day the newest that there is, however old."""
    on_day = day and min(max(day, date(1900, 2, 1)), date(9999, 1, 1))
    sql = "FROM cross_on(?, ?, ?::DATE, of_source := ?, of_kind := ?)"
    return _noting_sources(ticker_rows.reader().rows(sql, [base, quotes, on_day, source, kind]))


def _noting_sources(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows; the header X-Source will name their sources."""
    g.sources = {row[side] for row in rows for side in ("base_source", "quote_source")} - {None}
    return rows


def rounded(rate: float) -> float:
    """To ten significant digits."""
    return float(f"{rate:.{DIGITS}g}")


# Answers ------------------------------------------------------------------------------------------


@blueprint.errorhandler(Refused)
def refused(mistake: Refused) -> Response:
    """A refusal in Frankfurter's shape, {"message": "..."}."""
    answer = refusal(mistake)
    answer.set_data(orjson.dumps({"message": str(mistake)}))
    return answer


@blueprint.after_request
def name_sources(answer: Response) -> Response:
    """Frankfurter's shapes have no place for sources, and its clients pass over headers."""
    if g.get("sources"):
        answer.headers["X-Source"] = ", ".join(sorted(g.sources))
        answer.headers["Access-Control-Expose-Headers"] = "X-Source"
    return answer


def as_json(body: object) -> Response:
    """An answer that caches keep until the next snapshot."""
    return cacheable(orjson.dumps(body), "application/json", seconds_left(ticker_rows.reader().published))


def as_csv(lines: list[list[str]]) -> Response:
    """The same as CSV."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    answer = cacheable(
        text.getvalue().encode(), "text/csv; charset=utf-8", seconds_left(ticker_rows.reader().published)
    )
    answer.vary.add("Accept")
    return answer


def as_rows(rows: list[dict[str, Any]], form: str, columns: tuple[str, ...]) -> Response:
    """As JSON, or as the suffix or the header Accept says."""
    if not form and columns:
        form = form_asked()
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
