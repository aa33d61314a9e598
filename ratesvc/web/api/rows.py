"""Row endpoints: a function turns parameters into a query; the rest is shared here.

Shared: the current or past version (`as_known_at`), paging within one version, and JSON, NDJSON, CSV, Excel.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import orjson
from flask import Blueprint, Response, current_app, request

from ratesvc.publish import as_of
from ratesvc.publish.reader import Reader
from ratesvc.render import formats
from ratesvc.web.api.params import MAX_ROWS, PageParams, PastParams, RowsParams
from ratesvc.web.api.schemas import Row
from ratesvc.web.http import past_versions, ticker_rows
from ratesvc.web.http.params import SOURCE_WORDS, ParameterError
from ratesvc.web.http.responses import XLSX, cacheable, requested_form, seconds_left

blueprint = Blueprint("api", __name__, url_prefix="/api")

SETTLED_SECONDS = 86_400
"""Cache time of responses from past versions, which never change."""
FORMS = {
    "json": "application/json",
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "xlsx": XLSX,
}


PAGE = "/* page */"


@dataclass(frozen=True)
class Query:
    """A SQL query with named values. PAGE in it is where its rows are limited to those of a page, else its end.

    otherwise: a query with the same columns and values, in place of no rows: it says why there are none.
    """

    sql: str
    values: dict[str, object] = field(default_factory=dict)
    otherwise: str | None = None


@dataclass(frozen=True)
class Endpoint:
    """One endpoint: its path, parameters, query function, row schema and example."""

    path: str
    params: type[RowsParams]
    query: Callable[[Any], Query]
    row: type[Row]
    example: dict[str, str]


ENDPOINTS: list[Endpoint] = []


def rows_at(
    path: str, params: type[RowsParams], row: type[Row], *, example: dict[str, str] | None = None
) -> Callable[[Callable[[Any], Query]], Callable[[Any], Query]]:
    """Register a function as an endpoint; the first line of its docstring is the summary in OpenAPI.

    It is served at /api<path> by the Accept header, and at /api<path>.json, .ndjson, .csv and .xlsx.
    """

    def register(query: Callable[[Any], Query]) -> Callable[[Any], Query]:
        endpoint = Endpoint(f"/api{path}", params, query, row, example or {})
        ENDPOINTS.append(endpoint)

        @wraps(query)
        def view(form: str | None = None) -> Response:
            return _answer(endpoint, params.parse(), form or requested_form())

        name = path.strip("/")
        blueprint.get(path, endpoint=name)(view)
        blueprint.get(f"{path}.<any(json,ndjson,csv,xlsx):form>", endpoint=f"{name}_as")(view)
        return query

    return register


def version_of(params: PastParams) -> Reader:
    """Return the newest version, or that of a moment or a cursor. Raises ParameterError (404, 422 or 503)."""
    as_known_at, version = params.as_known_at, params.version if isinstance(params, PageParams) else None
    newest = ticker_rows.reader()
    if not as_known_at and not version:
        return newest
    if version and version > newest.published.version:
        # Another worker may have opened the newer version first.
        current_app.extensions["current"].look()
        newest = ticker_rows.reader()
    try:
        publications = [as_of.of(newest, version)] if version else []
        publications += [as_of.at(newest, as_known_at)] if as_known_at else []
    except as_of.NeverPublishedError as unknown:
        raise ParameterError(404, str(unknown), "cursor" if version else params.sent_as("as_known_at")) from None
    if len({publication.version for publication in publications}) > 1:
        raise ParameterError(422, "cursor belongs to another version than as_known_at", "cursor")
    return past_versions.reader_of(newest, publications[0].version)


def _answer(endpoint: Endpoint, params: RowsParams, form: str) -> Response:
    params.check_decimal(form)
    paged = params if isinstance(params, PageParams) else None
    version = version_of(params)
    check_source(getattr(params, "source", "headline"), version)
    query = endpoint.query(params)
    sql, values = query.sql, query.values
    limit = 0
    if paged:
        # A spreadsheet does not show `Link`, so its user would take the first page for everything.
        limit = paged.limit if form == "json" or "limit" in paged.model_fields_set else MAX_ROWS
        page = f"LIMIT {limit + 1} OFFSET {paged.offset}"
        sql = sql.replace(PAGE, page) if PAGE in sql else f"{sql}\n{page}"
    answer = version.query(sql, values)
    names, rows = [column[0] for column in answer.description or ()], answer.fetchall()
    if not rows and query.otherwise:
        rows = version.query(query.otherwise, values).fetchall()
    following = None
    if paged and len(rows) > limit:
        rows.pop()
        following = f"{version.published.version}.{paged.offset + limit}"
    return respond(version, form, names, rows, following, comma=params.decimal == "comma")


def check_source(source: str, version: Reader) -> None:
    """Raise ParameterError (422) for a source that the version does not have."""
    if source not in SOURCE_WORDS and source not in (known := sources_of(version)):
        raise ParameterError(422, f"source is one of {', '.join(['headline', *known])}", "source")


def sources_of(version: Reader) -> list[str]:
    """List the names of the sources of a version."""
    return [row["source"] for row in version.rows("SELECT source FROM sources ORDER BY source")]


def respond(
    version: Reader,
    form: str,
    names: list[str],
    rows: list[tuple[Any, ...]],
    following: str | None = None,
    *,
    comma: bool = False,
) -> Response:
    """Build a response of rows in one of the formats."""
    if form == "csv":
        texts = ([_digits(value) if isinstance(value, Decimal) else value for value in row] for row in rows)
        body = formats.as_csv(names, texts, comma=comma).encode()
    elif form == "xlsx":
        body = formats.as_xlsx(names, rows, version.published.published_at)
    else:
        objects = [as_object(names, row) for row in rows]
        if form == "ndjson":
            body = b"".join(formats.dumped(each) for each in objects)
        else:
            stamp = {"version": version.published.version, "published_at": version.published.published_at}
            body = formats.dumped({**stamp, "next_cursor": following, "rows": objects})
    headers = {"Rates_Version": version.published.version}
    if following:
        query = urlencode({**request.args.to_dict(), "cursor": following})
        headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    answer = cacheable(body, FORMS[form], seconds_for(version), **headers)
    answer.vary.add("Accept")
    return answer


def seconds_for(version: Reader) -> int:
    """Cache time of a response in seconds."""
    return SETTLED_SECONDS if version.settled else seconds_left(version.published)


def as_object(names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    """Build the object of a row; `exact` has its decimals as text, because JSON numbers may lose digits."""
    texts = {name: _digits(value) for name, value in zip(names, row, strict=True) if isinstance(value, Decimal)}
    values = {
        name: orjson.Fragment(texts[name]) if name in texts else formats.exact(value)
        for name, value in zip(names, row, strict=True)
    }
    return {**values, "exact": texts} if texts else values


def _digits(number: Decimal) -> str:
    """Write every digit except trailing zeros."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
