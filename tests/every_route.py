"""Asks every route of the URL map, with each typical value of its parameters, and prints the answers as JSON.

    python tests/every_route.py

{"address": [status, text]}. It stands alone, so that any copy of the package can be asked: the one that is imported.
ONLY=KZT leaves out the addresses of other currencies.
"""

import json
import os
from contextlib import suppress
from itertools import product

from werkzeug.routing import Map, Rule

from ratesvc.core import currencies
from ratesvc.render.i18n import LANGUAGES
from ratesvc.web import create_app
from ratesvc.web.charts import routes
from ratesvc.web.embed import scripts

CODES = [code for code in currencies.CODES if code == os.environ.get("ONLY", code)]
DAY = "2026-01-15"
PATHS = {
    "code": CODES,
    "currency": CODES,
    "day": ["latest", DAY, f"{DAY}.."],
    "digest": ["x"],
    "filename": ["icon.svg"],
    "form": ["json", "ndjson", "csv", "xlsx", "txt", "html", "svg", "png"],
    "part": ["questions", "schema"],
    "path": ["logo.svg"],
    "name": [*routes.load(), "rates.duckdb", "ticker.json"],
    "stem": list(scripts.newest()),
    "version": ["x"],
    "base": ["USD", "KZT"],
    "quote": ["KZT", "USD"],
}
"""What may stand in a path. A route with another parameter fails here, so that it gets its values."""
PAIRS = [f"pair={code}" for code in CODES]
EACH = [f"currency={code}" for code in CODES]
IN_LANGUAGES = [f"lang={language}" for language in LANGUAGES]
IN_TWO = IN_LANGUAGES[:2]
"""In English and in another one: for what differs by its texts alone."""
PAGES = ("/", "/compare", "/spread", "/sources", "/sql", "/docs", "/api", "/api/", "/dashboards")
QUERIES = {
    "/currency/": [*IN_LANGUAGES, "range=all&scale=log"],
    "/dashboards/": [*EACH, *IN_TWO, "grain=month&measure=percent"],
    "/card/all": ["lang=ru", "direction=local&theme=dark"],
    "/card/": ["lang=ru", "size=sparkline&lang=kk", "theme=dark"],
    "/embed/chart/": IN_TWO,
    "/embed/ticker": IN_TWO,
    "/embed/sentence": [f"{pair}&{language}" for pair, language in product(PAIRS, IN_LANGUAGES)],
    "/embed/value.json": [f"{pair}&{language}" for pair, language in product(PAIRS, IN_TWO)],
    "/embed": [*PAIRS, *IN_TWO],
    "/ticker": [*IN_TWO, "per=auto&sign=always", "digits=precise"],
    "/api/rates": [*EACH, "decimal=comma"],
    "/api/changes": EACH,
    "/api/convert": [f"amount=1&from={code}&to=USD" for code in CODES],
    "/oembed": [f"url=http://127.0.0.1:8000/embed/chart/{code}" for code in CODES],
    "/v1/": [f"base={code}" for code in CODES],
    "/v2/rates": [f"base={code}" for code in CODES],
    "/oxr/latest.json": [f"base={code}" for code in CODES],
}
"""What may stand behind a path, by its beginning; every path is also asked without."""


def addresses(url_map: Map) -> list[str]:
    """All of them."""
    return [
        f"{path}?{query}" if query else path
        for rule in url_map.iter_rules()
        for path in paths(rule)
        for query in ("", *queries(path))
    ]


def paths(rule: Rule) -> set[str]:
    """The paths of a route; values that it cannot have are left out."""
    names = sorted(rule.arguments - set(rule.defaults or {}))
    found = set()
    for values in product(*(PATHS[name] for name in names)):
        with suppress(ValueError):
            if built := rule.build(dict(zip(names, values, strict=True))):
                found.add(built[1])
    return found


def queries(path: str) -> list[str]:
    """The longest beginning decides. A dashboard's data is in no language, and one currency is enough for all."""
    if path.startswith("/dashboards/") and "." in path:
        return EACH
    found = [] if path not in PAGES else IN_LANGUAGES
    beginnings = [beginning for beginning in QUERIES if path.startswith(beginning)]
    found = [*found, *(QUERIES[max(beginnings, key=len)] if beginnings else [])]
    *others, _ = CODES
    if any(code in path for code in others):
        return [query for query in found if not query.startswith("lang=")]
    return found


def main() -> None:
    """Prints all answers."""
    app = create_app()
    client = app.test_client()
    answers = {}
    for address in addresses(app.url_map):
        if address.startswith("/api/sql"):
            answer = client.post(address, json={"sql": "FROM currencies"})
        else:
            answer = client.get(address)
        answers[address] = [answer.status_code, answer.get_data().decode("utf-8", "replace")]
    print(json.dumps(answers))


if __name__ == "__main__":
    main()
