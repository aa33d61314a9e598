"""The addresses and shapes of Frankfurter (https://frankfurter.dev), v1 and v2: its clients work here unchanged.

Three things differ, and are said in the documentation: the base is USD where none is asked for, a rate has ten
significant digits (Frankfurter rounds a som away), and two sources are never blended: a currency's headline source
answers, or the one that `providers` names.
"""

import csv
import io
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson
from babel.numbers import get_currency_symbol
from flask import Blueprint, Response, g

from ratesvc.core.currencies import CURRENCIES, DOLLAR
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Asked, Refused, refusal
from ratesvc.web.http.responses import cacheable, form_asked, seconds_left

blueprint = Blueprint("frankfurter", __name__)

MONEY = {money.code: money for money in (DOLLAR, *CURRENCIES)}
CODES = tuple(MONEY)
Which = tuple[str | None, str | None]
"""A source or a kind, official or market; neither for the headline."""
HEADLINE: Which = (None, None)
LONGEST = 40_000
"""Days of a range: more than a century."""
DIGITS = 10
_CODE = r"[A-Za-z]{3}"
_DAY = r"\d{4}-\d{2}-\d{2}"

_PROVIDERS = """
SELECT
    source, title, kind, site, min(observed_on) AS start_date, max(observed_on) AS end_date,
    list(DISTINCT currency ORDER BY currency) AS currencies, any_value(missed) AS missed
FROM rates JOIN sources USING (source) LEFT JOIN freshness USING (source)
GROUP BY ALL ORDER BY source
"""
_SPANS = """
SELECT
    currency, min(rates.observed_on) AS start_date, max(rates.observed_on) AS end_date,
    list(DISTINCT upper(rates.source) ORDER BY upper(rates.source)) AS providers
FROM rates GROUP BY currency
"""


@blueprint.errorhandler(Refused)
def refused(mistake: Refused) -> Response:
    """A refusal in Frankfurter's shape, {"message": "..."}."""
    answer = refusal(mistake)
    answer.set_data(orjson.dumps({"message": str(mistake)}))
    return answer


# Version 1 ---------------------------------------------------------------------------------------


@blueprint.get("/v1/currencies")
def v1_currencies() -> Response:
    """{"KZT": "Kazakhstani tenge", ...}."""
    Asked()
    return _json({code: MONEY[code].name for code in sorted(CODES)})


@blueprint.get("/v1/latest.csv", defaults={"day": "latest"})
@blueprint.get("/v1/history.csv", defaults={"day": "history"})
def ecb_shaped(day: str) -> Response:
    """Units per US dollar, a column for each currency, the newest day first, as in the European Central Bank's file.

    The dollar has a column too, because CurrencyConverter by its defaults takes the euro for the base, and knows no
    other currencies than those of the columns. The latest is one row with the last rate of each currency, under the
    newest of their days: CurrencyConverter needs both currencies of a pair on the same day.
    """
    Asked()
    quotes = [code for code in CODES if code != "USD"]
    rows: dict[date, dict[str, Decimal]] = {}
    if day == "latest":
        found = _last("USD", quotes, None)
        if found:
            rows[_newest(found)] = {row["quote"]: row["quote_units"] for row in found}
        days = list(rows)
    else:
        printed = set()
        for row in _cross("USD", quotes, date(1990, 1, 1), datetime.now(UTC).date() + timedelta(days=5)):
            rows.setdefault(row["observed_on"], {})[row["quote"]] = row["quote_units"]
            if row["quote_source"] != "peg":
                printed.add(row["observed_on"])
        days = sorted(printed or rows, reverse=True)  # Most days would hold nothing but a peg.
    return _csv(
        [
            ["Date", *CODES],
            *([str(each), "1", *(_plain(rows[each].get(code)) for code in quotes)] for each in days),
        ]
    )


@blueprint.get("/v1/latest")
@blueprint.get("/v1/current")
def v1_latest() -> Response:
    """The newest rates: {"amount", "base", "date", "rates": {"KZT": 517.3}}."""
    return _v1_on(None)


@blueprint.get("/v1/<day>")
def v1(day: str) -> Response:
    """A day, or a range as 2024-01-01..2024-01-31 or 2024-01-01..; with base, symbols and amount."""
    if re.fullmatch(_DAY, day, re.ASCII):
        return _v1_on(_day(day, "date"))
    if not re.fullmatch(rf"{_DAY}\.\.({_DAY})?", day, re.ASCII):
        raise Refused(404, "not found")
    begin, _, end = day.partition("..")
    first, last = _span(_day(begin, "start_date"), _day(end, "end_date") if end else None)
    base, quotes, amount, which = _v1_asked()
    days: dict[str, dict[str, float]] = {}
    for row in _cross(base, quotes, first, last, which):
        days.setdefault(str(row["observed_on"]), {})[row["quote"]] = _rounded(row["rate"] * float(amount))
    if not days:
        raise Refused(404, "not found")
    edges = {"start_date": min(days), "end_date": max(days)}
    return _json({"amount": float(amount), "base": base, **edges, "rates": days})


def _v1_on(day: date | None) -> Response:
    base, quotes, amount, which = _v1_asked()
    rows = _last(base, quotes, day, which)
    if not rows:
        raise Refused(404, "not found")
    rates = {row["quote"]: _rounded(row["rate"] * float(amount)) for row in rows}
    return _json(
        {"amount": float(amount), "base": base, "date": str(_newest(rows)), "rates": dict(sorted(rates.items()))}
    )


def _newest(rows: list[dict[str, Any]]) -> date:
    """The newest day on which somebody printed one of the rates; a peg holds on every day."""
    newest: date = max((row["printed_on"] for row in rows if row["printed_on"]), default=rows[0]["observed_on"])
    return newest


def _v1_asked() -> tuple[str, list[str], Decimal, Which]:
    # `from` and `to` are what they were called before.
    asked = Asked("base", "symbols", "from", "to", "amount", "source", "kind")
    text = asked.text("amount") or "1"
    if not re.fullmatch(r"\d{1,15}(\.\d{1,8})?", text, re.ASCII) or not Decimal(text):
        raise Refused(422, "amount is a number greater than 0", "amount")
    base = _code(asked.text("base") or asked.text("from") or "USD", "base")
    quotes = _quotes(asked.text("symbols") or asked.text("to"), base, "symbols")
    return base, quotes, Decimal(text), _which(asked)


# Version 2 ---------------------------------------------------------------------------------------


@blueprint.get("/v2/rates", defaults={"form": ""})
@blueprint.get("/v2/rates.<any(csv,ndjson,json):form>")
def v2_rates(form: str) -> Response:
    """[{"date", "base", "quote", "rate"}]: the newest, of a date, or of a range, by week or month if asked for."""
    asked = Asked("date", "from", "to", "base", "quotes", "providers", "source", "kind", "group")
    base = _code(asked.text("base") or "USD", "base")
    quotes = _quotes(asked.text("quotes"), base, "quotes")
    which = _which(asked)
    day, first, last = asked.day("date"), asked.day("from"), asked.day("to")
    group = asked.word("group", ("day", "week", "month"), "day")
    if day and (first or last):
        raise Refused(422, "date goes without from and to", "date")
    if last and not first:
        raise Refused(422, "to goes with from", "to")
    if first:
        found = _cross(base, quotes, *_span(first, last), which)
        if group != "day":
            found = _grouped(found, group)
    else:
        if group != "day":
            raise Refused(422, "group goes with a range", "group")
        found = _last(base, quotes, day, which)
    rows = [
        {"date": str(row["observed_on"]), "base": base, "quote": row["quote"], "rate": _rounded(row["rate"])}
        for row in found
    ]
    return _formed(rows, form, ("date", "base", "quote", "rate"))


@blueprint.get("/v2/currencies", defaults={"form": ""})
@blueprint.get("/v2/currencies.<any(csv,ndjson,json):form>")
def v2_currencies(form: str) -> Response:
    """What there is, with the days that have rates."""
    Asked("scope").word("scope", ("all",), "all")
    rows = [_currency(code, row) for code, row in _spans().items()]
    return _formed(rows, form, ("iso_code", "iso_numeric", "name", "symbol", "start_date", "end_date"))


@blueprint.get("/v2/currency/<code>")
def v2_currency(code: str) -> Response:
    """One currency, and who has rates of it."""
    Asked()
    span = _spans().get(code)
    if span is None:
        raise Refused(404, "not found")
    return _json({**_currency(code, span), "providers": span["providers"]})


@blueprint.get("/v2/providers", defaults={"form": ""})
@blueprint.get("/v2/providers.<any(ndjson,json):form>")
def v2_providers(form: str) -> Response:
    """Who publishes rates that are here."""
    Asked()
    reader = ticker_rows.reader()
    facts = {row["source"]: row for row in reader.rows("FROM sources")}
    rows = [
        {
            "key": row["source"].upper(),
            "name": row["title"],
            "base": "USD",
            "country_code": facts[row["source"]].get("country"),  # Old versions do not have it.
            "rate_type": row["kind"],
            "pivot_currency": "USD",
            "data_url": row["site"],
            "start_date": str(row["start_date"]),
            "end_date": str(row["end_date"]),
            "publishes_missed": row["missed"],
            "currencies": row["currencies"],
        }
        for row in reader.rows(_PROVIDERS)
    ]
    return _formed(rows, form, ())


def _grouped(rows: Iterable[dict[str, Any]], group: str) -> list[dict[str, Any]]:
    """The last rate of each week (Monday to Sunday) or month, under its own day."""
    last: dict[tuple[str, object], dict[str, Any]] = {}
    for row in rows:
        day: date = row["observed_on"]
        last[row["quote"], day.isocalendar()[:2] if group == "week" else (day.year, day.month)] = row
    return sorted(last.values(), key=lambda row: (row["observed_on"], row["quote"]))


def _spans() -> dict[str, dict[str, Any]]:
    spans = {row["currency"]: row for row in ticker_rows.reader().rows(_SPANS) if row["currency"] in CODES}
    everybody = sorted({provider for row in spans.values() for provider in row["providers"]})
    if spans:
        spans["USD"] = {
            "start_date": min(row["start_date"] for row in spans.values()),
            "end_date": max(row["end_date"] for row in spans.values()),
            "providers": everybody,
        }
    return dict(sorted(spans.items()))


def _currency(code: str, span: dict[str, Any]) -> dict[str, Any]:
    return {
        "iso_code": code,
        "iso_numeric": MONEY[code].number,
        "name": MONEY[code].name,
        "symbol": get_currency_symbol(code, locale="en"),
        "start_date": str(span["start_date"]),
        "end_date": str(span["end_date"]),
    }


# What is asked -----------------------------------------------------------------------------------


def _code(text: str, parameter: str) -> str:
    if not re.fullmatch(_CODE, text, re.ASCII) or text.upper() not in CODES:
        raise Refused(422, f"{parameter} is one of {', '.join(CODES)}", parameter)
    return text.upper()


def _quotes(text: str | None, base: str, parameter: str) -> list[str]:
    if not text:
        return [code for code in CODES if code != base]
    parts = text.split(",")
    if not all(re.fullmatch(_CODE, part, re.ASCII) for part in parts):
        raise Refused(422, f"{parameter} are some of {', '.join(CODES)}, separated by commas", parameter)
    # As Frankfurter does: codes in any case, and those that are not known are passed over.
    known = [code for code in dict.fromkeys(part.upper() for part in parts) if code in CODES and code != base]
    if not known:
        raise Refused(404, "not found")
    return known


def _which(asked: Asked) -> Which:
    """A source (`providers` as Frankfurter calls it, in capitals, or `source`), a kind, or neither: the headline."""
    given = [name for name in ("providers", "source", "kind") if asked.text(name) is not None]
    if len(given) > 1:
        raise Refused(422, f"{given[1]} goes without {given[0]}: either of them names which rates are meant", given[1])
    if given == ["kind"]:
        return None, asked.word("kind", ("official", "market"), "official")
    if not given:
        return None, None
    [name] = given
    known = [row["source"] for row in ticker_rows.reader().rows("SELECT DISTINCT source FROM rates ORDER BY source")]
    by_name = {source.upper() if name == "providers" else source: source for source in known}
    text = asked.text(name)
    if text not in by_name:
        raise Refused(422, f"{name} is one of {', '.join(by_name)}: sources are never mixed", name)
    return by_name[text], None


def _day(text: str, parameter: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused(422, f"{parameter} is a day, such as 2026-05-24", parameter) from None


def _span(first: date, last: date | None) -> tuple[date, date]:
    # A bank may have printed the rate of one of the next days.
    last = last or datetime.now(UTC).date() + timedelta(days=5)
    if last < first:
        raise Refused(422, "the first day is before the last", "from")
    if (last - first).days > LONGEST:
        raise Refused(422, f"a range has at most {LONGEST} days", "from")
    return first, last


def _cross(base: str, quotes: list[str], first: date, last: date, which: Which = HEADLINE) -> list[dict[str, Any]]:
    if first < date(1900, 1, 1):
        first = date(1900, 1, 1)
    sql = "FROM cross_rates(?, ?, ?, ?, of_source := ?, of_kind := ?)"
    return _noting_sources(ticker_rows.reader().rows(sql, [base, quotes, first, last, *which]))


def _last(base: str, quotes: list[str], day: date | None, which: Which = HEADLINE) -> list[dict[str, Any]]:
    """The rate of each quote in force on a day; without a day the newest that there is, however old."""
    on_day = day and min(max(day, date(1900, 2, 1)), date(9999, 1, 1))
    sql = "FROM cross_on(?, ?, ?::DATE, of_source := ?, of_kind := ?)"
    return _noting_sources(ticker_rows.reader().rows(sql, [base, quotes, on_day, *which]))


def _noting_sources(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows; the header X-Source will name their sources."""
    g.sources = {row[side] for row in rows for side in ("base_source", "quote_source")} - {None}
    return rows


@blueprint.after_request
def name_sources(answer: Response) -> Response:
    """Frankfurter's shapes have no place for who says so, and its clients pass over headers."""
    if g.get("sources"):
        answer.headers["X-Source"] = ", ".join(sorted(g.sources))
        answer.headers["Access-Control-Expose-Headers"] = "X-Source"
    return answer


# What is answered --------------------------------------------------------------------------------


def _rounded(rate: float) -> float:
    return float(f"{rate:.{DIGITS}g}")


def _plain(units: Decimal | None) -> str:
    return "N/A" if units is None else f"{units.normalize():f}"


def _json(body: object) -> Response:
    return cacheable(orjson.dumps(body), "application/json", seconds_left(ticker_rows.reader().published))


def _formed(rows: list[dict[str, Any]], form: str, columns: tuple[str, ...]) -> Response:
    """As JSON, or as the suffix or the header Accept says."""
    if not form and columns:
        form = form_asked()
    if form == "csv":
        return _csv([list(columns), *([_cell(row[name]) for name in columns] for row in rows)])
    if form == "ndjson":
        body = b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        answer = cacheable(body, "application/x-ndjson", seconds_left(ticker_rows.reader().published))
    else:
        answer = _json(rows)
    answer.vary.add("Accept")
    return answer


def _cell(value: object) -> str:
    return f"{Decimal(repr(value)):f}" if isinstance(value, float) else str(value)


def _csv(lines: list[list[str]]) -> Response:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(lines)
    answer = cacheable(
        text.getvalue().encode(), "text/csv; charset=utf-8", seconds_left(ticker_rows.reader().published)
    )
    answer.vary.add("Accept")
    return answer
