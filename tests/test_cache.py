"""What a worker keeps of its answers, and for how long."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from ratesvc.publish import publish
from ratesvc.publish.reader import Reader
from ratesvc.render import i18n
from ratesvc.store.database import Store
from ratesvc.web import create_app
from ratesvc.web.api import openapi
from ratesvc.web.api.operations import OPERATIONS
from ratesvc.web.http import cache as cache_module
from ratesvc.web.http.cache import Cache
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.responses import XLSX

from .conftest import See

ADDRESSES = (
    "/", "/currency/KGS", "/sources", "/embed/ticker", "/embed/chart/KGS", "/card/KGS.svg",
    "/embed/value.json?pair=KGS", "/api/ticker", "/api/rates?currency=KGS", "/api/rates.csv?currency=KGS",
    "/v1/latest", "/v2/rates", "/oxr/latest.json",
    "/ticker.json?lang=ru", "/ticker.html?lang=kk", "/dashboards/line.json?currency=KGS", "/openapi.json",
)  # fmt: skip


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query that a version is asked from now on."""
    queries: list[str] = []
    query = Reader.query

    def noted(self: Reader, sql: str, *values: object) -> object:
        queries.append(sql)
        return query(self, sql, *values)  # type: ignore[arg-type]

    monkeypatch.setattr(Reader, "query", noted)
    return queries


class Site:
    """An application that can be told to look for a new version."""

    def __init__(self) -> None:
        self.app = create_app(watch=False)
        self.current: Current = self.app.extensions["current"]
        self.client = self.app.test_client()

    def look(self) -> None:
        self.current.poll()


@pytest.fixture
def site(see: See, store: Store) -> Site:
    see("KGS", "2026-05-23", "87.45")
    see("KGS", "2026-05-24", "87.40")
    publish.publish(store, datetime.now(UTC) + timedelta(minutes=10))
    return Site()


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_answer_costs_no_query_once_it_is_kept(site: Site, asked: list[str], address: str) -> None:
    first, second = site.client.get(address), site.client.get(address)
    asked.clear()
    third = site.client.get(address)
    assert first.status_code == 200
    assert first.data == second.data == third.data
    of_the_moment = {"Cache-Control": "", "Date": ""}
    assert dict(first.headers) | of_the_moment == dict(third.headers) | of_the_moment
    again = site.client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert site.client.head(address).headers["ETag"] == first.headers["ETag"]
    assert asked == []


def test_a_new_version_is_answered_at_once(site: Site, see: See, store: Store) -> None:
    addresses = ("/", "/api/rates?currency=KGS", "/v1/latest", "/ticker.json?lang=ru", "/embed/chart/KGS")
    before = {}
    for address in addresses:
        for _ in range(3):
            before[address] = site.client.get(address).headers["ETag"]
    see("KGS", "2026-05-25", "80")
    publish.publish(store)
    site.look()
    for address in addresses:
        answer = site.client.get(address, headers={"If-None-Match": before[address]})
        assert answer.status_code == 200, address
        assert any(digits in answer.text for digits in ("80", "0.0125", "0,0125")), address


def test_forms_and_encodings_are_kept_apart(site: Site) -> None:
    address = "/api/rates?currency=KGS"
    told = set()
    for accepted in ("application/json", "text/csv", "application/x-ndjson", XLSX):
        for encoding in ("identity", "gzip", "br"):
            headers = {"Accept": accepted, "Accept-Encoding": encoding}
            bodies = {site.client.get(address, headers=headers).data for _ in range(3)}
            assert len(bodies) == 1
            told |= bodies
    assert len(told) == 10  # Excel files are compressed already.


def test_what_no_cache_may_keep_is_not_kept(site: Site, asked: list[str]) -> None:
    for address in ("/healthz", "/metrics", "/api/rates?currency=XXX", "/nowhere", "/?amount_text=abc"):
        for _ in range(3):
            answer = site.client.get(address)
        assert "max-age" not in answer.headers.get("Cache-Control", "")
    assert site.client.get("/readyz").headers["Cache-Control"] == "no-store"


Answer = Callable[[str], Response]


def kept(answer: Answer, tmp_path: Path) -> tuple[Client, list[str]]:
    """A cache before an app that answers by the path, and the paths that it was asked for."""
    asked: list[str] = []

    @Request.application
    def app(request: Request) -> Response:
        asked.append(request.full_path.rstrip("?"))
        return answer(request.path)

    rows = object()
    return Client(Cache(app, Current(tmp_path), lambda: rows)), asked


def answered(body: bytes, seconds: int = 60) -> Response:
    response = Response(body, headers={"Cache-Control": f"public, max-age={seconds}"})
    response.set_etag("e")
    return response


def test_an_address_that_nobody_repeats_fills_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_SEEN", 100)
    monkeypatch.setattr(cache_module, "MOST_BYTES", 10_000)
    client, asked = kept(lambda _: answered(b"x" * 1000), tmp_path)
    client.get("/")
    for number in range(1000):
        assert client.get(f"/page?fbclid={number}").status_code == 200
    assert len(asked) == 1001
    client.get("/")
    assert len(asked) == 1001
    cache = client.application
    assert isinstance(cache, Cache)
    # A little more than half of the memory, of which the addresses take some.
    assert len(cache._generation.answers) == 5
    assert len(cache._generation.requested_once) <= 100
    for _ in range(3):
        client.get("/popular")
    assert asked[-2:] == ["/popular", "/popular"]


def test_the_memory_has_a_limit_and_the_oldest_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "MOST_BYTES", 10_000)
    monkeypatch.setattr(cache_module, "LARGEST", 5_000)
    client, asked = kept(lambda path: answered(b"x" * int(path[1:])), tmp_path)
    for size in (4000, 4001, 4002, 6000):
        for _ in range(3):
            assert len(client.get(f"/{size}").data) == size
    assert asked == ["/4000", "/4001", "/4002", "/4002", *["/6000"] * 3]
    client.get("/4002")
    client.get("/4000")
    assert asked[-1] == "/4000"


def test_an_answer_is_kept_for_no_longer_than_it_says(tmp_path: Path) -> None:
    client, asked = kept(lambda _: answered(b"x", seconds=1), tmp_path)
    for _ in range(3):
        assert client.get("/").headers["Cache-Control"] == "public, max-age=1"
    time.sleep(1.1)
    client.get("/")
    assert len(asked) == 2


def test_the_time_that_is_left_runs_down(tmp_path: Path) -> None:
    client, _ = kept(lambda _: answered(b"x", seconds=60), tmp_path)
    client.get("/")
    time.sleep(1.1)
    assert client.get("/").headers["Cache-Control"] in ("public, max-age=59", "public, max-age=58")


def at_once(client: Client, path: str, times: int = 12) -> list[bytes]:
    """The answers to equal requests."""
    with ThreadPoolExecutor(times) as clients:
        return [response.data for response in clients.map(client.get, [path] * times)]


def test_equal_requests_at_once_are_answered_by_one(tmp_path: Path) -> None:
    def slowly(path: str) -> Response:
        time.sleep(0.3)
        return answered(path.encode())

    client, asked = kept(slowly, tmp_path)
    assert at_once(client, "/page") == [b"/page"] * 12
    assert asked == ["/page"]
    assert isinstance(client.application, Cache)
    assert client.application._generation.in_progress == {}


def test_the_documentation_is_built_once_for_those_who_come_first_together(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = []

    def noted(*given: Any) -> Any:
        built.append(given)
        return operation_of(*given)

    operation_of = openapi._operation
    monkeypatch.setattr(openapi, "_operation", noted)
    openapi._document.cache_clear()
    openapi._comments.cache_clear()
    paths = [f"/docs?lang={language}" for language in i18n.LANGUAGES] + ["/openapi.json"] * 4
    with ThreadPoolExecutor(len(paths)) as clients:
        statuses = clients.map(lambda path: site.app.test_client().get(path).status_code, paths)
        assert set(statuses) == {200}
    assert len(built) == len(OPERATIONS)


def test_what_may_not_be_kept_is_answered_at_the_same_time(tmp_path: Path) -> None:
    def slowly(_: str) -> Response:
        time.sleep(0.3)
        return Response("x")

    client, asked = kept(slowly, tmp_path)
    began = time.monotonic()
    assert at_once(client, "/") == [b"x"] * 12
    assert time.monotonic() - began < 2  # Twelve in turn would take 3.6 s.
    assert len(asked) == 12


def test_a_failure_keeps_nobody_waiting(tmp_path: Path) -> None:
    def fails(_: str) -> Response:
        time.sleep(0.1)
        raise LookupError

    client, asked = kept(fails, tmp_path)
    for _ in range(2):
        with pytest.raises(LookupError):
            at_once(client, "/", times=3)
    assert len(asked) == 6
    assert isinstance(client.application, Cache)
    assert client.application._generation.in_progress == {}
