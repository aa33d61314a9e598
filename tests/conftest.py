"""A data folder of its own for each test, and short ways to fill it."""

import fcntl
import json
import logging
import os
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from ratesvc.__main__ import main
from ratesvc.core import settings
from ratesvc.core.observation import Observation, midnight
from ratesvc.publish.reader import Reader, newest
from ratesvc.store.database import Store, writing
from ratesvc.store.write import record
from ratesvc.validation.fetch_result import Answer, Fetch
from ratesvc.web import create_app

from . import clock
from .clock import set_clock
from .lakes import Lakes, lakes_in
from .postgres import PROGRAMS
from .serving import free_port, publish_a_busy_year, publish_every_state, publish_the_archive, record_unjudged, serving

See = Callable[..., Fetch]
Ask = Callable[..., None]
Respond = Callable[[BaseHTTPRequestHandler], None]
Published = Callable[[str, Callable[[Store], None]], Path]


ON_A_LAKE = os.environ.get("STORE") == "lake"
"""Whether the tests run on a lake in place of a file: `make test-lake`."""
about_a_file = pytest.mark.skipif(ON_A_LAKE, reason="it is about the file")
RUNS_A_PROCESS = {"ratesvc_process", "start", "site", "rates", "busy"}
"""The fixtures that start one."""


def pytest_configure() -> None:
    """Has versions take over the clock of their store, and gives DuckDB one thread in each worker of pytest-xdist."""
    clock.install()
    if "PYTEST_XDIST_WORKER" in os.environ:  # The other processors have workers of their own.
        duckdb.connect = partial(duckdb.connect, config={"threads": 1})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what `make test` leaves to `make test-all`."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker("browser")
        elif RUNS_A_PROCESS & set(getattr(item, "fixturenames", ())):
            item.add_marker("process")


@pytest.fixture(scope="session")
def lakes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lakes]:
    """Makes lakes."""
    with lakes_in(tmp_path_factory.mktemp("lakes")) as lakes:
        yield lakes


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Path]:
    """An empty data folder; no setting of the machine is in force. With STORE=lake the store is an empty lake."""
    for name in os.environ:
        if name.startswith("RATESVC_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RATESVC_DATA", str(tmp_path / "data"))
    if ON_A_LAKE:
        if PROGRAMS is None:
            pytest.skip("no PostgreSQL is installed (on Debian: apt install postgresql)")
        monkeypatch.setenv("RATESVC_STORE", request.getfixturevalue("lakes").copy(tmp_path / "data" / "lake"))
    monkeypatch.chdir(tmp_path)
    settings.load.cache_clear()
    yield tmp_path / "data"
    settings.load.cache_clear()


@pytest.fixture(scope="session")
def empty(published: Published) -> Path:
    """The file of an empty store, to copy: making the views takes as long as many a test."""
    return published("empty", lambda _: None) / "rates.duckdb"


@pytest.fixture
def store(data: Path, empty: Path) -> Iterator[Store]:
    """An open, empty store."""
    data.mkdir(exist_ok=True)
    if not ON_A_LAKE:
        shutil.copyfile(empty, data / "rates.duckdb")
    with writing() as opened:
        yield opened


@pytest.fixture
def see(store: Store) -> See:
    """Stores one sighting: see("KZT", "2026-05-24", "517.30", source="currency_api")."""
    clock = datetime(2026, 1, 1, tzinfo=UTC)

    def sighting(currency: str, day: str, units: str, source: str = "currency_api", base: str = "USD") -> Fetch:
        nonlocal clock
        clock += timedelta(minutes=1)
        observation = Observation(
            source=source, base=base, quote=currency, observed_at=midnight(day), rate=Decimal(units)
        )
        return record_unjudged(store, source, [observation], clock)

    return sighting


@pytest.fixture
def ask(store: Store) -> Ask:
    """Notes that sources were asked and had nothing new: ask("2026-05-24 12:00", "nbk", "cbu")."""

    def note(moment: str, *names: str, error: str | None = None) -> None:
        asked_at = datetime.fromisoformat(f"{moment}+00:00")
        answers = [
            Answer(
                source=name, url="npm:test", started_at=asked_at, finished_at=asked_at, failed=bool(error), error=error
            )
            for name in names
        ]
        record(store, "schedule", answers)

    return note


@pytest.fixture
def at(store: Store) -> Callable[[str], None]:
    """Sets the clock of the views: at("2026-05-24 12:00")."""
    return partial(set_clock, store)


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Starts a real HTTP server on loopback that answers GET with a function; returns its origin.

    With a certificate it speaks TLS.
    """
    servers = []

    def start(respond: Respond, certificate: ssl.SSLContext | None = None) -> str:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                respond(self)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        if certificate:
            server.socket = certificate.wrap_socket(server.socket, server_side=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def answer(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """A whole HTTP answer."""
    handler.send_response(status)
    for name, text in headers.items():
        handler.send_header(name.replace("_", "-"), text)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def moving_market() -> Respond:
    """A market with new figures at each request, so near to the bundled history that none is held."""
    requests = count(1)

    def respond(handler: BaseHTTPRequestHandler) -> None:
        asked = next(requests)
        rates = {"kgs": 87 + asked / 1000, "kzt": 480 + asked / 100, "tjs": 9 + asked / 10000, "uzs": 12000, "tmt": 3.5}
        answer(handler, json.dumps({"date": f"{datetime.now(UTC):%Y-%m-%d}", "usd": rates}).encode())

    return respond


@pytest.fixture
def ratesvc() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command in this process: ratesvc("status", RATESVC_PORT="1")."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        settings.load.cache_clear()
        handlers, logging.root.handlers = logging.root.handlers, []
        with CliRunner().isolation(env=environment) as (stdout, stderr, _), pytest.raises(SystemExit) as ended:
            main(arguments)
        logging.root.handlers = handlers
        settings.load.cache_clear()
        code = ended.value.code
        assert code is None or isinstance(code, int)
        return subprocess.CompletedProcess(arguments, code or 0, stdout.getvalue().decode(), stderr.getvalue().decode())

    return run


@pytest.fixture
def ratesvc_process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a command as a person would, in a process of its own."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "ratesvc", *arguments],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def archive(published: Published) -> Path:
    """The data folder of the bundled history, published. Tests share it and must not change it."""
    return published("archive", publish_the_archive)


@pytest.fixture(scope="session")
def every_state(published: Published) -> Path:
    """A data folder with a row of each state, published. Tests share it and must not change it."""
    return published("every-state", publish_every_state)


@pytest.fixture(scope="session")
def site(archive: Path) -> Iterator[str]:
    """The address of a server that shows the bundled history."""
    with serving(free_port(), RATESVC_DATA=str(archive)) as address:
        yield address


@pytest.fixture(scope="session")
def rates(every_state: Path) -> Iterator[str]:
    """The address of a server that has a row of each state."""
    with serving(free_port(), RATESVC_DATA=str(every_state)) as address:
        yield address


@pytest.fixture(scope="session")
def busy_year(published: Published) -> Path:
    """A data folder in which everything happens that a dashboard must show. Tests share it and must not change it."""
    return published("busy-year", publish_a_busy_year)


@pytest.fixture(scope="session")
def busy(busy_year: Path) -> Iterator[str]:
    """The address of a server that shows it."""
    with serving(free_port(), RATESVC_DATA=str(busy_year)) as address:
        yield address


@pytest.fixture(scope="module")
def client(busy_year: Path) -> FlaskClient:
    """The application in this process, showing that year."""
    return showing(busy_year)


@pytest.fixture(scope="module")
def views(busy_year: Path) -> Reader:
    """What that year's published version answers."""
    return Reader(newest(busy_year / "published"))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that the workers of a run have in common."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def published(shared: Path) -> Published:
    """A data folder by its name, filled by the first worker that wants it: published("empty", lambda store: None)."""

    def filled(name: str, fill: Callable[[Store], None]) -> Path:
        folder = shared / name
        with folder.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            finished = folder.with_suffix(".finished")
            if not finished.exists():
                with _data_folder(folder), writing() as store:
                    fill(store)
                finished.touch()
        return folder

    return filled


def showing(folder: Path) -> FlaskClient:
    """The application in this process, showing what a data folder has published."""
    with _data_folder(folder):
        return create_app().test_client()


@contextmanager
def _data_folder(folder: Path) -> Iterator[None]:
    """Settings with another data folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATESVC_DATA", str(folder))
        patch.delenv("RATESVC_STORE", raising=False)
        settings.load.cache_clear()
        yield
    settings.load.cache_clear()
