"""The OpenAPI document tells the truth: each kind of answer fits its model strictly, and every address is in it."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from types import UnionType
from typing import Any, get_args

import pytest
from flask.testing import FlaskClient
from pydantic import TypeAdapter

from ratesvc.core import settings
from ratesvc.publish import publish
from ratesvc.publish.reader import Reader
from ratesvc.store.database import Store
from ratesvc.web import create_app
from ratesvc.web.api import schemas
from ratesvc.web.api.operations import JSON, OPERATIONS
from ratesvc.web.api.rows import ENDPOINTS, Endpoint

from .serving import publish_the_archive

ANSWERS: dict[str, tuple[str, ...]] = {
    "/ticker.json": ("/ticker.json", "/ticker.json?lang=ru&per=auto&unconfirmed=show", "/ticker.json?pairs=TMT"),
    "/api/rates": ("/api/rates?source=all&limit=10000", "/api/rates?interval=month&limit=10000"),
    "/api/changes": tuple(f"/api/changes?source=all&limit=10000&period={each}" for each in get_args(schemas.Period)),
    "/api/convert": (
        "/api/convert?quote=KZT", "/api/convert?base=TMT&quote=USD&amount=0.5", "/api/convert?quote=USD",
        "/api/convert?pair=KGS/KZT&on=2001-01-01",
    ),
    "/api/corrections": ("/api/corrections?source=all",),
    "/api/why/{currency}/{day}": (
        "/api/why/KZT/{day}", "/api/why/KGS/{day}", "/api/why/TJS/{day}", "/api/why/UZS/{day}", "/api/why/TMT/{day}",
    ),
    "/v1/{date}": ("/v1/{day}", "/v1/{day}?base=KZT"),
    "/v1/{start_date}..{end_date}": ("/v1/2026-01-01..{day}", "/v1/2026-01-01..{day}?symbols=TMT&amount=2.5"),
    "/v2/rates": ("/v2/rates", "/v2/rates?base=UZS", "/v2/rates?from=2026-01-01&group=month"),
    "/v2/rate/{base}/{quote}": ("/v2/rate/USD/KZT", "/v2/rate/kzt/uzs?date={day}"),
    "/v2/rate/{base}/{quote}/{date}": ("/v2/rate/KGS/USD/{day}",),
    "/v2/currency/{code}": ("/v2/currency/KZT", "/v2/currency/USD"),
    "/oxr/latest.json": ("/oxr/latest.json", "/oxr/latest.json?base=kzt&symbols=USD,KZT,GBP"),
    "/oxr/historical/{date}.json": ("/oxr/historical/{day}.json",),
    "/data/{version}/{name}": (),
    "/data/{name}": (),
}  # fmt: skip
ERRORS = schemas.FrankfurterError | schemas.OxrError | schemas.Error
TYPES = {
    "VARCHAR": str, "DATE": date, "TIMESTAMP": datetime, "BOOLEAN": bool, "DOUBLE": float, "DECIMAL": float,
    "INTEGER": int, "BIGINT": int, "HUGEINT": int,
}  # fmt: skip


def answers() -> Iterator[tuple[str, Any]]:
    for operation in OPERATIONS:
        if operation.method == "get" and JSON in operation.answers:
            for address in ANSWERS.get(operation.path, (operation.path,)):
                yield address, operation.answers[JSON]


def valid(client: FlaskClient, day: str) -> int:
    """How many answers were valid; an address may have nothing of a store."""
    found = 0
    for address, model in answers():
        answer = client.get(address.replace("{day}", day))
        assert answer.status_code in (200, 404), (address, answer.text)
        expected: Any = model if answer.status_code == 200 else ERRORS
        TypeAdapter(expected).validate_json(answer.data, strict=True)
        found += answer.status_code == 200
    return found


def test_every_answer_of_a_busy_year_is_as_its_model_says(client: FlaskClient, views: Reader) -> None:
    [row] = views.rows("SELECT observed_on FROM ticker WHERE pair = 'KZT/USD'")
    assert valid(client, str(row["observed_on"])) == len(list(answers()))


@pytest.mark.soak
def test_every_answer_of_other_stores_is_too(every_state: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    publish.publish(store)
    assert valid(create_app().test_client(), "2026-11-02") > 5  # Nothing is known but the peg.
    publish_the_archive(store)
    assert valid(create_app().test_client(), "2026-09-01") > 20
    monkeypatch.setenv("RATESVC_DATA", str(every_state))
    settings.load.cache_clear()
    assert valid(create_app().test_client(), "2026-09-01") > 20


def test_an_answer_that_is_another_is_noticed(client: FlaskClient) -> None:
    text = client.get("/api/rates?limit=1").text
    model = TypeAdapter(schemas.Page[schemas.Rate])
    model.validate_json(text, strict=True)
    for was, becomes in (
        ('"close":', '"close":"1","x":'),
        ('"inverse_shown":"', '"inverse_shown":1,"x":"'),
        ('"days":1', '"days":null'),
    ):
        assert was in text
        with pytest.raises(ValueError, match="validation error"):
            model.validate_json(text.replace(was, becomes), strict=True)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.path)
def test_a_row_has_the_columns_and_types_of_its_query(views: Reader, endpoint: Endpoint) -> None:
    query = endpoint.query(endpoint.params.model_validate(endpoint.example))
    columns = {
        name: str(kind).partition("(")[0] for name, kind, *_ in views.query(query.sql, query.values).description or ()
    }
    fields = {name: field.annotation for name, field in endpoint.row.model_fields.items()}
    exact = fields.pop("exact", None)
    assert set(fields) == set(columns)
    for name, annotation in fields.items():
        of = [each for each in get_args(annotation) if each is not type(None)][:1] if _union(annotation) else []
        kind: Any = of[0] if of else annotation
        kind = str if "Literal" in str(kind) else int if kind is schemas.Count else kind
        assert TYPES[columns[name]] is getattr(kind, "__origin__", kind), name
    decimals = {name for name, kind in columns.items() if kind == "DECIMAL"}
    assert set(get_args(get_args(exact)[0]) if exact else ()) == decimals


def _union(annotation: Any) -> bool:
    return isinstance(annotation, UnionType) or "Union" in str(annotation) or "Optional" in str(annotation)


def test_every_address_for_programs_is_in_the_document(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json
    assert document
    documented = {re.sub(r"\{\w+\}", "{}", re.sub(r"^/ticker\.\w+$", "/ticker", path)) for path in document["paths"]}
    documented |= {"/v1/current", "/api/", "/data/", "/oxr/{}"}  # Another name of /v1/latest, two pages, a refusal.
    for rule in client.application.url_map.iter_rules():
        path = re.sub(r"<[^>]+>", "{}", re.sub(r"\.<any\([^)]*\):form>$", "", rule.rule))
        if path.startswith(("/api/", "/v1/", "/v2/", "/oxr/", "/data/", "/ticker")):
            assert path in documented


def test_every_field_and_parameter_is_described_and_every_form_has_its_schema(client: FlaskClient) -> None:
    document = client.get("/openapi.json").json
    assert document
    for name, component in document["components"]["schemas"].items():
        assert re.fullmatch(r"[A-Z]\w+", name)
        for field, shape in component.get("properties", {}).items():
            if issubclass(getattr(schemas, name, schemas.Answer), schemas.Row):
                assert shape.get("description"), (name, field)
    operations = [each for methods in document["paths"].values() for each in methods.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)
    for operation in operations:
        assert operation["summary"].endswith("."), operation["operationId"]
        assert operation["tags"] and operation["tags"][0] in [tag["name"] for tag in document["tags"]]
        for media, content in operation["responses"]["200"]["content"].items():
            assert "schema" in content, (operation["operationId"], media)
