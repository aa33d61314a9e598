"""A PostgreSQL server of a test's own, from Debian's package."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from .serving import free_port, until

_FOLDERS = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
_FOUND = shutil.which("initdb")
PROGRAMS = Path(_FOUND).parent if _FOUND else _FOLDERS[-1] if _FOLDERS else None
"""Where `initdb` and `postgres` are; None if they are not installed."""
_USER = "postgres"
"""The server refuses to run as root."""


class Postgres:
    """A server that can be started again after it was killed. url: of its database."""

    def __init__(self, folder: Path) -> None:
        assert PROGRAMS
        self._folder = folder
        self._databases = 0
        self._port = free_port()
        self.url = f"postgresql://{_USER}@127.0.0.1:{self._port}/postgres"
        self._as_user = ["runuser", "-u", _USER, "--"] if os.getuid() == 0 else []
        if self._as_user:
            shutil.chown(folder, _USER, pwd.getpwnam(_USER).pw_gid)
        initialise = [str(PROGRAMS / "initdb"), "-D", str(folder / "data"), "-U", _USER, "-A", "trust", "-N"]
        subprocess.run([*self._as_user, *initialise], check=True, capture_output=True, cwd="/")
        self.start()

    def start(self) -> None:
        """Starts it, and waits until it answers. What a killed one has left may still be ending."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        until(lambda: self._control("start", "-o", options, "-l", str(self._folder / "log")) == 0, 30)

    def new_database(self, name: str = "", template: str = "template1") -> str:
        """The address of a new database, as empty as its template."""
        self._databases += 1
        name = name or f"test_{self._databases}"
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self.url.removesuffix("postgres") + name

    def stop(self) -> None:
        """Ends it, whatever it does."""
        self._control("stop", "-m", "immediate")

    def kill(self) -> None:
        """Kills it as a crash would."""
        os.kill(int((self._folder / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def _control(self, *arguments: str) -> int:
        assert PROGRAMS
        command = [str(PROGRAMS / "pg_ctl"), "-w", "-D", str(self._folder / "data"), *arguments]
        # Its output goes nowhere: the server would hold a pipe open.
        null = subprocess.DEVNULL
        return subprocess.run([*self._as_user, *command], stdout=null, stderr=null, cwd="/", check=False).returncode


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """A new, empty server."""
    folder = Path(tempfile.mkdtemp(prefix="ratesvc-postgres-"))  # Whoever runs it may not enter pytest's folders.
    server = Postgres(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
