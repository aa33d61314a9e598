"""How fast is /ticker.json, compared with nginx serving the same bytes as a static file, and who can slow it down?

Both run on this machine with two workers, and wrk (two threads, 32 and 256 connections) measures them in turn,
so that other load affects both. Then the same while others read files slowly, send bodies that never end, or ask for
pages that are expensive. Needs the Debian packages nginx-light and wrk.
"""

import json
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from os import environ
from pathlib import Path
from socket import create_server

ROUNDS = int(environ.get("ROUNDS", "7"))
SECONDS = int(environ.get("SECONDS", "4"))
CONNECTIONS = (32, 256)
SLOW_READERS, HALF_BODIES, PAGE_READERS = 60, 40, 40

NGINX = """
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    types {{ application/json json; }}
    sendfile on;
    open_file_cache max=16;
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What wrk saw: requests a second, and the time in milliseconds in which 99 of 100 were answered."""

    rate: float
    p99: float


def free_port() -> int:
    with create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def fetch(url: str) -> bytes:
    """Return the body of a URL, waiting until the server responds."""
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(url) as answer:  # noqa: S310 - our own servers
                return bytes(answer.read())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def running(command: list[str], environment: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(
        command, env={**environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            yield
        finally:
            process.terminate()


def requests_per_second(url: str, seconds: int, *more: str) -> float:
    return wrk(url, 32, seconds, *more).rate


def wrk(url: str, connections: int, seconds: int, *more: str) -> Measured:
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds}s", "--latency", *more, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"errors while requesting {url}:\n{output}")
    rate, p99 = re.search(r"Requests/sec:\s+([\d.]+)", output), re.search(r"99%\s+([\d.]+)(us|ms|s)\b", output)
    assert rate and p99
    return Measured(float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]])


# Other clients ------------------------------------------------------------------------------------


@contextmanager
def slow_readers(port: int, path: str) -> Iterator[None]:
    """Clients that read a file at 1 kB a second."""
    over = threading.Event()

    def read_on(readers: list[socket.socket]) -> None:
        while not over.wait(1):
            for reader in readers:
                reader.recv(1000)

    with ExitStack() as stack:
        readers = [stack.enter_context(socket.socket()) for _ in range(SLOW_READERS)]
        for reader in readers:
            reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            reader.connect(("127.0.0.1", port))
            reader.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        reading = threading.Thread(target=read_on, args=(readers,))
        reading.start()
        yield
        over.set()
        reading.join()


@contextmanager
def half_bodies(port: int) -> Iterator[None]:
    """Clients that announce a body and do not send it, again and again."""
    over = threading.Event()

    def announce() -> None:
        while not over.is_set():
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(b"POST /api/sql HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{")
                over.wait(5)

    with _in_threads(announce, HALF_BODIES, over):
        yield


@contextmanager
def page_readers(url: str) -> Iterator[None]:
    """Clients that ask for another expensive page each time."""
    over, numbers = threading.Event(), count()

    def ask() -> None:
        while not over.is_set():
            number = next(numbers)
            first = date(2025, 1, 1) + timedelta(days=number % 600)
            try:
                urllib.request.urlopen(f"{url}/currency/KZT?from={first}&n={number}").close()  # noqa: S310
            except OSError:  # Refused: too many at once.
                time.sleep(0.1)

    with _in_threads(ask, PAGE_READERS, over):
        yield


@contextmanager
def _in_threads(client: object, number: int, over: threading.Event) -> Iterator[None]:
    threads = [threading.Thread(target=client) for _ in range(number)]  # type: ignore[arg-type]
    for thread in threads:
        thread.start()
    try:
        time.sleep(1)
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


# The measurement ----------------------------------------------------------------------------------


def compare(urls: dict[str, str], connections: int, rounds: int = ROUNDS) -> None:
    """Print the medians of both, and their ratio."""
    measured: dict[str, list[Measured]] = {server: [] for server in urls}
    for _ in range(rounds):
        for server, url in urls.items():
            measured[server].append(wrk(url, connections, SECONDS))
    medians = {}
    for server, rounds_of in measured.items():
        medians[server] = statistics.median(each.rate for each in rounds_of)
        p99 = statistics.median(each.p99 for each in rounds_of)
        print(f"  {server:8} {medians[server]:8.0f} requests/s   p99 {p99:6.2f} ms")
    print(f"  ratio    {medians['ratesvc'] / medians['nginx']:8.2f}")


def main() -> None:
    """Print how the ticker compares, alone and while others are slow."""
    for program in ("nginx", "wrk"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: sudo apt install nginx-light wrk")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        ours, theirs = free_port(), free_port()
        settings = {"RATESVC_DATA": str(folder / "data"), "RATESVC_PORT": str(ours), "RATESVC_WORKERS": "2"}
        ratesvc = [sys.executable, "-m", "ratesvc"]
        subprocess.run([*ratesvc, "publish"], env={**environ, **settings}, check=True, stdout=subprocess.DEVNULL)
        published = max((folder / "data" / "published").glob("*/ticker.json"))
        shutil.copy(published, folder / "ticker.json")
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=theirs))
        service = f"http://127.0.0.1:{ours}"
        urls = {"ratesvc": f"{service}/ticker.json", "nginx": f"http://127.0.0.1:{theirs}/ticker.json"}
        with running([*ratesvc, "web"], settings), running(["nginx", "-c", f"{folder}/nginx.conf"], {}):
            fetch(f"{service}/healthz")
            assert fetch(urls["ratesvc"]) == fetch(urls["nginx"]) == published.read_bytes()
            for url in urls.values():
                wrk(url, 32, 2)  # Warm-up.
            for connections in CONNECTIONS:
                print(f"{connections} connections (medians of {ROUNDS})")
                compare(urls, connections)
            version = json.loads(fetch(f"{service}/data/latest.json"))["version"]
            for title, others in (
                (f"{SLOW_READERS} clients read a file at 1 kB/s", slow_readers(ours, f"/data/{version}/rates.duckdb")),
                (f"{HALF_BODIES} clients send bodies that never end", half_bodies(ours)),
                (f"{PAGE_READERS} clients ask for distinct pages", page_readers(service)),
            ):
                with others:
                    alone = [wrk(urls["ratesvc"], 32, SECONDS) for _ in range(max(ROUNDS // 2, 1))]
                print(f"while {title}")
                print(f"  ratesvc  {statistics.median(each.rate for each in alone):8.0f} requests/s"
                      f"   p99 {statistics.median(each.p99 for each in alone):6.2f} ms"
                      f"   (worst round {max(each.p99 for each in alone):.2f} ms)")  # fmt: skip


if __name__ == "__main__":
    main()
