"""What a worker keeps of its answers, and for how long."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from ratesvc.publish import publish, versions
from ratesvc.publish.reader import Reader
from ratesvc.render import i18n
from ratesvc.store.database import Store
from ratesvc.web import create_app
from ratesvc.web.api import openapi
from ratesvc.web.api.operations import OPERATIONS
from ratesvc.web.http import cache as cache_module
from ratesvc.web.http import warming
from ratesvc.web.http.cache import Cache
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.responses import OVERDUE_SECONDS, XLSX

from .conftest import See
from .serving import until

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

    def __init__(self, *, warm: bool = False) -> None:
        self.app = create_app(watch=False, warm=warm)
        self.current: Current = self.app.extensions["current"]
        self.client = self.app.test_client()

    def look(self) -> None:
        self.current.poll()

    @property
    def version(self) -> str | None:
        return self.current.reader.published.version if self.current.reader else None

    def looks_until_it_serves(self, version: str) -> None:
        def served() -> bool:
            self.look()
            return self.version == version

        until(served)


@pytest.fixture
def site(see: See, store: Store) -> Site:
    see("KGS", "2026-05-23", "87.45")
    see("KGS", "2026-05-24", "87.40")
    publish.publish(store, datetime.now(UTC) + timedelta(minutes=10))
    return Site()


def test_an_answer_costs_no_query_once_it_is_kept(site: Site, asked: list[str]) -> None:
    of_the_moment = {"Cache-Control": "", "Date": ""}
    for address in ADDRESSES:
        first, second = site.client.get(address), site.client.get(address)
        asked.clear()
        third = site.client.get(address)
        assert first.status_code == 200, address
        assert first.data == second.data == third.data, address
        assert dict(first.headers) | of_the_moment == dict(third.headers) | of_the_moment, address
        again = site.client.get(address, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"]), address
        assert site.client.head(address).headers["ETag"] == first.headers["ETag"], address
        assert asked == [], address


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


@pytest.fixture
def warmed(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """An application that warms a new version, for as long as that takes."""
    monkeypatch.setattr(warming, "SECONDS_BEFORE", 60)
    monkeypatch.setattr(warming, "QUIET_SECONDS", 3600)
    warm = Site(warm=True)
    assert warm.current.warming
    yield warm
    warm.current.warming.end()
    assert warm.current.warming._thread
    warm.current.warming._thread.join(60)  # An interpreter that ends during a query aborts.


@pytest.fixture
def held_up(warmed: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """What lets a response be prepared that is being prepared: until then it takes for ever."""
    go_on = threading.Event()
    monkeypatch.setattr(Cache, "warm", lambda *_: go_on.wait(60))
    yield go_on
    go_on.set()


def next_version(see: See, store: Store, units: str = "80") -> str:
    see("KGS", "2026-05-25", units)
    return publish.publish(store, datetime.now(UTC) + timedelta(minutes=10))


def test_what_readers_ask_is_ready_when_a_new_version_is_served(
    warmed: Site, asked: list[str], see: See, store: Store
) -> None:
    addresses = ("/", "/api/rates?currency=KGS", "/api/rates.csv?currency=KGS", "/currency/KGS?lang=ru&range=3m")
    headers = {"Accept-Encoding": "br"}
    before = {each: warmed.client.get(each, headers=headers).data for each in addresses}
    last, version = warmed.version, next_version(see, store)
    warmed.look()
    assert warmed.version == last
    assert {each: warmed.client.get(each, headers=headers).data for each in addresses} == before
    warmed.looks_until_it_serves(version)
    asked.clear()
    for encoding in ("br", "gzip", "identity"):
        headers = {"Accept-Encoding": encoding}
        after = {each: warmed.client.get(each, headers=headers) for each in addresses}
        assert all(after[each].data != before[each] for each in addresses)
        for other in ("/currency/KZT", "/dashboards/line.json?currency=KGS", "/docs", "/ticker.txt"):
            assert warmed.client.get(other, headers=headers).status_code == 200
    assert not asked
    assert "80" in after["/"].text


def test_what_never_changes_is_not_warmed(warmed: Site, see: See, store: Store) -> None:
    moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    warmed.looks_until_it_serves(next_version(see, store))
    paths = ("/api/rates", f"/api/rates?currency=KGS&as_known_at={moment}", f"/ticker.txt?as_known_at={moment}")
    for path in paths:
        assert warmed.client.get(path).status_code == 200
    cache = warmed.app.wsgi_app._app  # type: ignore[attr-defined]
    assert [path for path, *_ in cache.asked_first()] == ["/api/rates"]


def test_the_next_version_served_is_always_the_newest(
    warmed: Site, held_up: threading.Event, see: See, store: Store
) -> None:
    last = warmed.version
    next_version(see, store, "80")
    warmed.look()
    assert warmed.version == last
    newest = next_version(see, store, "81")
    warmed.look()
    assert warmed.version == newest
    assert "81" in warmed.client.get("/").text
    # The thread is still with a response of the version that was passed over.
    newest = next_version(see, store, "82")
    warmed.look()
    assert warmed.version == newest
    held_up.set()
    for units in ("83", "84"):
        newest = next_version(see, store, units)
    warmed.look()
    assert warmed.version == newest, "a worker that has missed a version warmed the next"
    assert "84" in warmed.client.get("/").text


@pytest.mark.usefixtures("held_up")
def test_a_new_version_waits_for_a_second_at_most(
    warmed: Site, see: See, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "SECONDS_BEFORE", 0.5)
    last, version = warmed.version, next_version(see, store)
    began = time.monotonic()
    warmed.look()
    assert warmed.version == last
    warmed.looks_until_it_serves(version)
    assert 0.5 <= time.monotonic() - began < 3


@pytest.mark.usefixtures("held_up")
def test_trouble_ends_the_warming(warmed: Site, see: See, store: Store, data: Path) -> None:
    version = next_version(see, store)
    warmed.look()
    (data / "published" / "latest.json").write_text("{")
    warmed.look()
    assert warmed.version == version
    assert "damaged" in (warmed.current.problem or "")


def test_the_first_version_is_served_at_once_and_warmed_when_it_is_quiet(
    site: Site, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "QUIET_SECONDS", 0.2)
    monkeypatch.setattr(warming, "START_SECONDS", 0.5)
    warm = Site(warm=True)
    assert warm.version == site.version
    assert warm.current.warming
    assert warm.current.warming._thread
    warm.current.warming._thread.join(60)
    asked.clear()
    for address in ("/", "/currency/KZT", "/docs"):
        assert warm.client.get(address, headers={"Accept-Encoding": "br"}).status_code == 200
    assert not asked


def test_a_check_that_changes_nothing_prolongs_what_is_warmed(
    see: See, store: Store, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warming, "QUIET_SECONDS", 0)
    monkeypatch.setattr(warming, "START_SECONDS", 0)
    see("KGS", "2026-05-24", "87.40")
    publish.publish(store, datetime.now(UTC))
    warm = Site(warm=True)
    assert warm.client.get("/?lang=kk").headers["Cache-Control"] == f"public, max-age={OVERDUE_SECONDS}"
    assert publish.publish_changes(store, datetime.now(UTC) + timedelta(minutes=10)) is None
    warm.look()
    assert warm.current.warming
    assert warm.current.warming._thread
    warm.current.warming._thread.join(60)
    asked.clear()
    for address in ("/?lang=kk", "/currency/KZT"):
        assert int(warm.client.get(address).headers["Cache-Control"].rpartition("=")[2]) > 60
    assert not asked


def test_no_metric_counts_what_is_warmed(warmed: Site, see: See, store: Store) -> None:
    def counts() -> list[str]:
        lines = warmed.client.get("/metrics").text.splitlines()
        return [line for line in lines if line.startswith("ratesvc_http") and '="metrics.' not in line]

    version = next_version(see, store)
    before = counts()
    warmed.looks_until_it_serves(version)
    assert counts() == before


def test_another_encoding_of_a_cached_response_is_what_the_app_would_send(site: Site, asked: list[str]) -> None:
    addresses = ("/", "/api/rates?currency=KGS", "/api/rates.csv?currency=KGS", "/card/KGS.png", "/ticker.json?lang=ru")
    other = Site()
    for address in addresses:
        site.client.get(address, headers={"Accept-Encoding": "identity"})
    for encoding in ("gzip", "br"):
        headers = {"Accept-Encoding": encoding}
        made = [other.client.get(address, headers=headers) for address in addresses]
        asked.clear()
        derived = [site.client.get(address, headers=headers) for address in addresses]
        assert not asked
        of_the_moment = {"Cache-Control": "", "Date": ""}
        for one, two in zip(made, derived, strict=True):
            assert one.data == two.data
            assert dict(one.headers) | of_the_moment == dict(two.headers) | of_the_moment


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


@pytest.mark.proof
def test_no_request_fails_while_versions_come_and_are_removed(see: See, store: Store) -> None:
    see("KGS", "2026-05-24", "87.40")
    publish.publish(store, datetime.now(UTC) + timedelta(minutes=10))
    app = create_app(warm=True)
    current: Current = app.extensions["current"]
    ended = threading.Event()

    def read(seed: int) -> set[tuple[str, int]]:
        chance, statuses = random.Random(seed), set()
        while not ended.wait(0.02):
            moment = f"{datetime.now(UTC) - timedelta(seconds=chance.choice((0, 1, 5))):%Y-%m-%dT%H:%M:%S.%fZ}"
            paths = ("/", "/currency/KGS", "/ticker.json", "/ticker.txt?lang=ru", "/dashboards/line.json?currency=KGS")
            past = (f"/ticker.json?as_known_at={moment}", f"/api/rates?currency=KGS&as_known_at={moment}")
            address = chance.choice((*paths, *past))
            headers = {"Accept-Encoding": chance.choice(("br", "gzip", "identity"))}
            statuses.add((address.partition("?")[0], app.test_client().get(address, headers=headers).status_code))
        return statuses

    with ThreadPoolExecutor(3) as readers:
        reading = [readers.submit(read, seed) for seed in range(3)]
        for number in range(6):
            version = next_version(see, store, f"{80 + number / 100}")
            versions.remove_old(datetime.now(UTC) + timedelta(days=2))
            time.sleep((0, 0.3, 1.5)[number % 3])
        until(lambda: current.reader and current.reader.published.version == version)
        ended.set()
    # Before the second version nothing was known of an earlier moment.
    assert {status for each in reading for _, status in each.result()} <= {200, 404}
    assert {status for each in reading for path, status in each.result() if path in ("/", "/currency/KGS")} == {200}
    assert current.warming
    assert current.warming._thread
    current.warming.end()
    current.warming._thread.join(60)
