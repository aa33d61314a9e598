"""The operations of the OpenAPI document, with their parameters, responses and errors.

The endpoints of rows.py are added automatically. A test reports missing endpoints.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import getdoc
from typing import Annotated, Any

from pydantic import Field

import ratesvc.web.api.endpoints  # noqa: F401 - fills ENDPOINTS
from ratesvc.publish.versions import TYPES
from ratesvc.web.api import files, frankfurter_v1, frankfurter_v2, oxr, public_sql, schemas, why
from ratesvc.web.api.rows import ENDPOINTS
from ratesvc.web.http import ticker_routes
from ratesvc.web.http.params import Params, matching
from ratesvc.web.http.responses import XLSX

JSON, CSV, NDJSON = "application/json", "text/csv", "application/x-ndjson"
TEXT: dict[str, Any] = {"type": "string"}
BINARY: dict[str, Any] = {"type": "string", "format": "binary"}

TAGS = {
    "api": "Rows of the views, with paging, past versions, and four formats.",
    "ticker": "The ticker.",
    "sql": "Your own SQL queries, if the installation allows them.",
    "data": "Published files, for DuckDB and for download.",
    "v1": "Frankfurter API v1: existing clients work unchanged.",
    "v2": "Frankfurter API v2: existing clients work unchanged.",
    "oxr": "The shape of Open Exchange Rates: existing clients work, without a key.",
}
FAILURES = {
    404: "Not found, or nothing had been published at that moment.",
    422: "A parameter is unknown, invalid or repeated.",
    503: "Nothing is published yet.",
}
SQL_FAILURES = {
    400: "The body is not valid JSON.",
    403: "Public SQL is disabled on this installation.",
    413: "The body is too large.",
    422: "The statement is not allowed, failed, or was stopped; the message says which.",
    503: "Too many queries are running, or nothing is published yet: try again after `Retry-After` seconds.",
}
ROW_HEADERS: dict[str, Any] = {
    "Rates-Version": {"description": "The version of the data", "schema": TEXT},
    "Link": {"description": 'The next page, as rel="next"', "schema": TEXT},
}
SOURCE_HEADERS: dict[str, Any] = {
    "X-Source": {"description": "The sources of the rates", "schema": TEXT},
    "X-Computed": {
        "description": "The quote currencies whose rates no source prints: they are computed from two figures",
        "schema": TEXT,
    },
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One path and method. answers: a model or a JSON Schema by media type."""

    path: str
    name: str
    tag: str
    view: Callable[..., Any]
    answers: dict[str, Any]
    answer: str = "The response."
    params: type[Params] = Params
    path_params: type[Params] = Params
    method: str = "get"
    body: Any = None
    error: Any = schemas.Error
    failures: dict[int, str] = field(default_factory=lambda: FAILURES)
    headers: dict[str, Any] = field(default_factory=dict)
    redirects: dict[str, Any] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The first line of its docstring."""
        return (getdoc(self.view) or "").partition("\n")[0]

    @property
    def description(self) -> str:
        """The rest of its docstring."""
        return (getdoc(self.view) or "").partition("\n")[2].strip().replace("\n", " ")

    @property
    def models(self) -> list[Any]:
        """Every model that it refers to."""
        answers = [answer for answer in self.answers.values() if not isinstance(answer, dict)]
        return [*answers, self.error, *([self.body] if self.body else [])]


def _rows() -> list[Operation]:
    return [
        Operation(
            path=endpoint.path,
            name=f"get{endpoint.path.removeprefix('/api/').capitalize()}",
            tag="api",
            view=endpoint.query,
            params=endpoint.params,
            answer="The rows.",
            answers={
                JSON: schemas.page_of(endpoint.row),
                NDJSON: {**TEXT, "description": "One row per line, as in `rows`"},
                CSV: {**TEXT, "description": "The columns of a row; decimals are exact"},
                XLSX: {**BINARY, "description": "An Excel file; its numbers have at most 15 significant digits"},
            },
            headers=ROW_HEADERS,
        )
        for endpoint in ENDPOINTS
    ]


_NEWEST_FILE = rf"({'|'.join(map(re.escape, files.STABLE))}|observations-[0-9]{{4}}-[0-9]{{2}}\.parquet)"


class FilePath(Params):
    """The name of a file of the newest version."""

    name: Annotated[str, matching(_NEWEST_FILE, "is the name of a file of a version")] = Field(
        description=f"{', '.join(files.STABLE)}, or the file of a month, such as observations-2026-04.parquet."
    )


class VersionPath(Params):
    """A file of a version."""

    version: str = Field(description="A version, as named in /data/latest.json.")
    name: str = Field(description="A file of the version, as listed in /data/latest.json, or manifest.json.")


FILE_TYPES = {media.partition(";")[0]: BINARY for media in TYPES.values() if media != JSON}

OPERATIONS = [
    Operation(
        path="/ticker.json", name="getTickerJson", tag="ticker", view=ticker_routes.rows,
        params=ticker_routes.TickerParams, answer="The rows.", answers={JSON: schemas.Ticker | schemas.StyledTicker},
    ),
    Operation(
        path="/ticker.txt", name="getTickerText", tag="ticker", view=ticker_routes.rows,
        params=ticker_routes.TickerParams, answer="One line per row.", answers={"text/plain": TEXT},
    ),
    Operation(
        path="/ticker.html", name="getTickerPage", tag="ticker", view=ticker_routes.rows,
        params=ticker_routes.TickerPageParams, answer="A page to embed in a frame.", answers={"text/html": TEXT},
    ),
    *_rows(),
    Operation(
        path="/api/why/{currency}/{day}", name="getWhy", tag="api", view=why.why, params=why.WhyParams,
        path_params=why.Place, answer="The rate and its derivation.", answers={JSON: schemas.Why},
    ),
    Operation(
        path="/api/sql", name="postSql", tag="sql", method="post", view=public_sql.sql, body=public_sql.Statement,
        answer="The rows.", answers={JSON: schemas.SqlResult}, failures=SQL_FAILURES,
    ),
    Operation(
        path="/data/latest.json", name="getLatestVersion", tag="data", view=files.latest, answer="The manifest.",
        answers={JSON: schemas.Manifest},
    ),
    Operation(
        path="/data/{name}", name="getNewestFile", tag="data", view=files.newest, path_params=FilePath,
        answer="The file, for clients that follow redirects.", answers=FILE_TYPES,
        redirects={
            "302": {
                "description": "Redirect to the file of the newest version.",
                "headers": {"Location": {"description": "The URL of the file", "schema": TEXT}},
            }
        },
    ),
    Operation(
        path="/data/{version}/{name}", name="getFile", tag="data", view=files.file, path_params=VersionPath,
        answer="The file, whole or in part (Range).", answers={**FILE_TYPES, JSON: {}},
    ),
    *(
        Operation(
            path=f"/v1/{path}", name=name, tag="v1", view=view, params=frankfurter_v1.V1Params, path_params=place,
            answer="The rates.", answers={JSON: model}, headers=SOURCE_HEADERS, error=schemas.FrankfurterError,
        )
        for path, name, view, place, model in (
            ("latest", "getV1Latest", frankfurter_v1.v1_latest, Params, schemas.V1Rates),
            ("{date}", "getV1Day", frankfurter_v1.v1_day, frankfurter_v1.DayPath, schemas.V1Rates),
            ("{start_date}..{end_date}", "getV1Range", frankfurter_v1.v1_range, frankfurter_v1.RangePath,
             schemas.V1History),
        )
    ),
    Operation(
        path="/v1/currencies", name="getV1Currencies", tag="v1", view=frankfurter_v1.v1_currencies, answer="The names.",
        answers={JSON: dict[str, str]}, error=schemas.FrankfurterError,
    ),
    *(
        Operation(
            path=f"/v1/{name}.csv", name=f"getV1{name.capitalize()}Csv", tag="v1", view=frankfurter_v1.ecb_shaped,
            answer="The file.", answers={CSV: TEXT}, headers=SOURCE_HEADERS, error=schemas.FrankfurterError,
        )
        for name in ("latest", "history")
    ),
    Operation(
        path="/v2/rates", name="getV2Rates", tag="v2", view=frankfurter_v2.v2_rates,
        params=frankfurter_v2.V2RatesParams, answer="The rates.",
        answers={JSON: list[schemas.V2Rate], NDJSON: TEXT, CSV: TEXT}, headers=SOURCE_HEADERS,
        error=schemas.FrankfurterError,
    ),
    *(
        Operation(
            path=f"/v2/rate/{{base}}/{{quote}}{rest}", name=name, tag="v2", view=view, params=params, path_params=place,
            answer="The rate.", answers={JSON: schemas.V2Rate}, headers=SOURCE_HEADERS, error=schemas.FrankfurterError,
        )
        for rest, name, view, params, place in (
            ("", "getV2Rate", frankfurter_v2.v2_rate, frankfurter_v2.V2RateParams, frankfurter_v2.PairPath),
            ("/{date}", "getV2RateOn", frankfurter_v2.v2_rate_on, frankfurter_v2.V2Params,
             frankfurter_v2.PairOnDayPath),
        )
    ),
    Operation(
        path="/v2/currencies", name="getV2Currencies", tag="v2", view=frankfurter_v2.v2_currencies,
        params=frankfurter_v2.CurrenciesParams, answer="The currencies.",
        answers={JSON: list[schemas.V2Currency], NDJSON: TEXT, CSV: TEXT}, error=schemas.FrankfurterError,
    ),
    Operation(
        path="/v2/currency/{code}", name="getV2Currency", tag="v2", view=frankfurter_v2.v2_currency,
        path_params=frankfurter_v2.CodePath, answer="The currency.",
        answers={JSON: schemas.V2CurrencyWithProviders}, error=schemas.FrankfurterError,
    ),
    Operation(
        path="/v2/providers", name="getV2Providers", tag="v2", view=frankfurter_v2.v2_providers,
        answer="The providers.", answers={JSON: list[schemas.V2Provider], NDJSON: TEXT}, error=schemas.FrankfurterError,
    ),
    *(
        Operation(
            path=f"/oxr/{path}.json", name=name, tag="oxr", view=view, params=oxr.OxrRatesParams, path_params=place,
            answer="The rates.", answers={JSON: schemas.OxrRates}, headers=SOURCE_HEADERS, error=schemas.OxrError,
        )
        for path, name, view, place in (
            ("latest", "getOxrLatest", oxr.latest, Params),
            ("historical/{date}", "getOxrHistorical", oxr.historical, frankfurter_v1.DayPath),
        )
    ),
    Operation(
        path="/oxr/currencies.json", name="getOxrCurrencies", tag="oxr", view=oxr.currencies, params=oxr.OxrParams,
        answer="The names.", answers={JSON: dict[str, str]}, error=schemas.OxrError,
    ),
]  # fmt: skip
