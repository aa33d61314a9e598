"""Parameters: every address judges the same text alike, and only those that people open may be added to."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from ratesvc.web import create_app
from ratesvc.web.http.params import ParameterError, Params

FOR_PEOPLE = (
    "/", "/currency/KZT", "/compare", "/spread", "/sources", "/sql", "/sql/schema", "/docs", "/data/", "/ticker.html",
    "/embed",
    "/embed/demo", "/embed/ticker", "/embed/chart/KZT", "/embed/value.json?pair=KZT", "/embed/sentence?pair=KZT",
    "/dashboards", "/dashboards/line", "/card/KZT.svg", "/card/KZT.png", "/card/all.svg", "/card/all.png",
    "/oembed?url=http://127.0.0.1:8000/embed/ticker",
)  # fmt: skip
FOR_PROGRAMS = (
    "/ticker.json", "/ticker.txt", "/dashboards/line.json", "/dashboards/line.csv", "/dashboards/line.xlsx",
    "/openapi.json", "/feeds/moves.atom", "/feeds/publications.ics", "/data/latest.json", "/data/rates.duckdb",
    "/data/20260101T000000000Z/rates.duckdb", "/api/why/KZT/2026-11-02",
    *(f"/api/{name}{form}" for form in ("", ".csv", ".xlsx") for name in (
        "ticker", "rates", "changes", "convert?quote=KZT", "currencies", "sources", "snapshots", "corrections", "held",
        "events") if not (form and "?" in name)),
    "/api/convert.csv?quote=KZT",
    "/v1/currencies", "/v1/history.csv", "/v1/latest.csv", "/v1/current", "/v1/latest", "/v1/2026-11-02",
    "/v1/2026-11-02..", "/v2/rates", "/v2/rates.csv", "/v2/currencies", "/v2/currencies.csv", "/v2/currency/KZT",
    "/v2/providers", "/v2/providers.ndjson", "/v2/rate/USD/KZT", "/v2/rate/USD/KZT/2026-11-02",
    "/oxr/latest.json", "/oxr/historical/2026-11-02.json", "/oxr/currencies.json",
)  # fmt: skip
WITHOUT_PARAMETERS = (
    "/robots.txt", "/sitemap.xml", "/favicon.ico", "/llms.txt",
    "/static/x", "/assets/x/icon.svg", "/plotly-x.js", "/embed/ticker.js", "/healthz", "/readyz", "/metrics", "/api",
    "/api/", "/oxr/usage.json", "/pair/EUR/KZT",
)  # fmt: skip
"""Files, redirects, refusals, and what probes ask: nothing is parsed there."""

# By documented name: a text that is right, and some that are wrong.
DAYS = ("2026-11-02", ("2026-13-01", "2026-02-30", "20261102", "02.11.2026", "yesterday"))
MOMENTS = ("2026-11-02T12:00:00+05:00", ("2026-11-02T12:00:00", "2026-11-02", "2126-01-01T00:00:00Z", "now"))
SEVERAL = ("KZT/USD,KGS", ("XXX", "KZT/XXX", "KZT,,KGS", "USD/EUR/KZT", "KZT/USD,", "KGS/KZT"))
ONE = ("KZT/USD", ("XXX", "KZT/XXX", "KZT,,KGS", "KGS/KZT"))
SIDES = ("kzt", ("XXX", "KZT/USD"))
TEXTS: dict[str, tuple[str, tuple[str, ...]]] = {
    **dict.fromkeys(("on", "date", "from", "to", "day", "start_date", "end_date"), DAYS),
    "as_known_at": MOMENTS,
    **dict.fromkeys(("pairs", "currencies"), SEVERAL),
    "pair": ONE,
    **dict.fromkeys(("of", "in", "quote", "currency", "code"), SIDES),
    "base": ("EUR", ("XXX", "KZT/USD")),
    **dict.fromkeys(("symbols", "quotes"), ("KZT,kgs,EUR", ("KZT,,KGS", "KZT/USD", "TENGE"))),
    "source": ("nbk", ("NBK", "nbk,nbt", "1")),
    "kind": ("market", ("all", "Market")),
    "amount": ("12.50", ("1,000", "-1", "NaN", "1_0", "9e99")),
    "pin": ("20260101T000000000Z", ("1", "20260101", "latest")),
    "cursor": ("20260101T000000000Z.5", ("1", "20260101T000000000Z")),
    "limit": ("5", ("0", "10001", "1_0", "५")),
    "threshold": ("0.05", ("0", "0.049", "50.1", "x", "-1", "NaN")),
    "speed": ("50", ("9", "301", "fast")),
    "fontsize": ("18", ("11", "33", "large")),
    "sources": ("info", ("none", "all")),
    "labels": ("KGS:Сом,usd/kzt:Тенге", ("TJS:", "XXX:Name", "TJS:a,,KGS:b", "USD/EUR/KZT:a", "TJS")),
    **dict.fromkeys(("maxwidth", "maxheight"), ("300", ("0", "1e3"))),
    "lang": ("ru", ("xxx", "RU", "ru-RU")),
    "ui": ("ru", ("xxx", "RU", "ru-RU")),
    "theme": ("dark", ("blue",)),
    "order": ("asc", ("up",)),
    "interval": ("week", ("year",)),
    "group": ("day", ("year",)),
    "grain": ("week", ("day",)),
    "period": ("month", ("decade",)),
    "range": ("1m", ("2y",)),
    "scale": ("log", ("cubic",)),
    "measure": ("percent", ("euro",)),
    "digits": ("precise", ("7",)),
    "per": ("100", ("07", "-1", "2")),
    "sign": ("always", ("never",)),
    "unconfirmed": ("show", ("yes",)),
    "change": ("both", ("none",)),
    "direction": ("local", ("up",)),
    "size": ("social", ("large",)),
    "show": ("units", ("nothing",)),
    "scope": ("all", ("some",)),
    "decimal": ("comma", ("dot", "Comma", ",")),
    "name": ("rates.duckdb", ("secrets",)),
}
ANYTHING = {
    "url", "format", "keep", "version", "providers", "app_id", "prettyprint", "show_alternative", "show_inactive",
    "base_currency",
}  # fmt: skip
"""Texts that their address judges by itself, or passes over."""


def classes(parent: type[Params] = Params) -> Iterator[type[Params]]:
    for child in parent.__subclasses__():
        yield child
        yield from classes(child)


CASES = sorted(
    {(each, name, documented) for each in classes() for name, documented in each.names().items()},
    key=lambda case: (case[0].__qualname__, case[1]),
)


@pytest.mark.parametrize(("params", "name", "documented"), CASES)
def test_the_same_text_has_the_same_judgement(params: type[Params], name: str, documented: str) -> None:
    if documented in ANYTHING or (params.__name__, documented) == ("VersionPath", "name"):
        return
    right, wrong = TEXTS[documented]
    if (params.__name__, documented) == ("ConvertParams", "pair"):  # It converts what no source prints too.
        right, wrong = "KGS/KZT", tuple({*wrong} - {"KGS/KZT"})
    assert _refused(params, name, right) != name, right
    for text in wrong:
        assert _refused(params, name, text) == name, text
        if len(text) > 3:
            with pytest.raises(ParameterError) as refused:
                params.parse(MultiDict({name: text}))
            assert text not in str(refused.value)


def _refused(params: type[Params], name: str, text: str) -> str | None:
    """The parameter that is refused, where those that must be there beside it are."""
    names = params.names()
    beside = {"from": ["to"], "to": ["from"]}.get(names[name], []) if name in ("from", "to") else []
    beside += params.model_json_schema().get("required", [])
    needed = {other: TEXTS.get(other, ("x",))[0] for other in beside if other in names and names[other] != names[name]}
    try:
        params.parse(MultiDict({**needed, name: text}))
    except ParameterError as refused:
        assert refused.status == 422
        return refused.parameter
    return None


def test_two_names_of_one_parameter_are_refused_together() -> None:
    for params in classes():
        names = params.names()
        for name, documented in names.items():
            if name != documented and documented in TEXTS:
                right = TEXTS[documented][0]
                with pytest.raises(ParameterError, match="are the same parameter"):
                    params.parse(MultiDict({documented: right, name: right}))


def test_every_route_is_in_one_of_the_tables(client: FlaskClient) -> None:
    adapter = client.application.create_url_adapter(None) or client.application.url_map.bind("127.0.0.1")
    addresses = (*FOR_PEOPLE, *FOR_PROGRAMS, *WITHOUT_PARAMETERS)
    listed = {adapter.match(address.partition("?")[0], method="GET", return_rule=True)[0].rule for address in addresses}
    asked = {rule.rule for rule in client.application.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert listed == asked


ADDED = ("fbclid", "ysclid", "yclid", "utm_source", "a[b]", "<script>")


@pytest.mark.proof
@pytest.mark.parametrize("address", FOR_PEOPLE)
def test_an_address_that_people_open_ignores_what_others_added(client: FlaskClient, address: str) -> None:
    between = "&" if "?" in address else "?"
    plain = client.get(address)
    assert plain.status_code == 200
    added = client.get(f"{address}{between}{'&'.join(f'{name}=1&{name}=2' for name in ADDED)}")
    assert (added.status_code, added.data) == (200, plain.data)
    for name, text in (("on", "2026-13-01"), ("currency", "XXX"), ("lang", "xxx"), ("pin", "1"), ("range", "2y")):
        answer = client.get(f"{address}{between}{name}={text}")
        assert answer.status_code == 422 or (answer.status_code, answer.data) == (200, plain.data), name


@pytest.mark.parametrize("address", FOR_PROGRAMS)
def test_an_address_that_programs_ask_refuses_what_it_does_not_know(client: FlaskClient, address: str) -> None:
    between = "&" if "?" in address else "?"
    assert client.get(address).status_code in (200, 302, 404)
    for name, text in (*((each, "1") for each in ADDED), ("on", "2026-13-01"), ("currency", "XXX"), ("at", "now")):
        answer = client.get(f"{address}{between}{name}={text}")
        assert (answer.status_code, answer.headers["Cache-Control"]) == (422, "no-store"), name
        told: dict[str, Any] = json.loads(answer.data)
        if name.replace("_", "").isalpha():
            words = told.get("description") or told.get("message") or told["error"]["parameter"]
            assert name in words
        else:
            assert name not in answer.text


def test_a_name_that_is_there_twice_is_refused_by_programs_addresses() -> None:
    assert create_app().test_client().get("/ticker.json?lang=ru&lang=en").status_code == 422
