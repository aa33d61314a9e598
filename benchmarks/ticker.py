"""How fast is /ticker.json, compared with nginx serving the same bytes as a static file?

Both run on this machine with two workers, and wrk (two threads, 32 connections) measures them in turn,
so that other load affects both. Needs the Debian packages nginx-light and wrk.
"""

import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from pathlib import Path
from socket import create_server

ROUNDS = 7
SECONDS = 4

NGINX = """
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    types {{ application/json json; }}
    sendfile on;
    open_file_cache max=16;
    server {{ listen 127.0.0.1:{port}; root {folder}; }}
}}
"""


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
    command = ["wrk", "-t2", "-c32", f"-d{seconds}s", *more, url]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"errors while requesting {url}:\n{output}")
    match = re.search(r"Requests/sec:\s+([\d.]+)", output)
    assert match
    return float(match[1])


def main() -> None:
    """Print both medians and their ratio."""
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
        urls = {"ratesvc": f"http://127.0.0.1:{ours}/ticker.json", "nginx": f"http://127.0.0.1:{theirs}/ticker.json"}
        with running([*ratesvc, "web"], settings), running(["nginx", "-c", f"{folder}/nginx.conf"], {}):
            assert fetch(urls["ratesvc"]) == fetch(urls["nginx"]) == published.read_bytes()
            for url in urls.values():
                requests_per_second(url, 2)  # Warm-up.
            measured: dict[str, list[float]] = {"ratesvc": [], "nginx": []}
            for _ in range(ROUNDS):
                for server, url in urls.items():
                    measured[server].append(requests_per_second(url, SECONDS))
    for server, figures in measured.items():
        print(
            f"{server:8} {statistics.median(figures):8.0f} requests/s"
            f" (median of {ROUNDS}; {min(figures):.0f} to {max(figures):.0f})"
        )
    print(f"ratio    {statistics.median(measured['ratesvc']) / statistics.median(measured['nginx']):8.2f}")


if __name__ == "__main__":
    main()
