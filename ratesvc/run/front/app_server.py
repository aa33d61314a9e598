"""The application in granian's worker processes: behind the front on a Unix socket, or alone on the port.

On Linux all processes of the web server are forks of one that has imported the application, and share its memory.
"""

import ctypes
import gc
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import duckdb
from granian import Granian
from granian.constants import Interfaces, RuntimeModes

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError
from ratesvc.run.front import orphans

log = logging.getLogger("ratesvc")

SOCKET = "web.sock"
NICER = 5
"""Steps of priority that nginx has above the application: with both cores busy with pages it answers twice as many."""
ARENAS = 2
"""Heaps of malloc, for all threads of a process together. Each keeps what was freed, and there would be 16."""
_M_ARENA_MAX = -8


def load() -> None:
    """Import the application, for this process and those that it starts."""
    import ratesvc.web  # noqa: F401 - not before the folder of the shared metrics is known
    from ratesvc.render import i18n
    from ratesvc.web.charts import routes
    from ratesvc.web.http import templates

    # Each process would load these at its first page.
    i18n.names()
    routes.preload()
    templates.compile_all()
    # A fork shares what is in memory; elsewhere system libraries do not survive it.
    multiprocessing.set_start_method("fork" if sys.platform == "linux" else "spawn")
    with suppress(AttributeError):  # Another C library than glibc has no such function.
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, ARENAS)
    duckdb.default_connection().close()  # Importing duckdb opens it, and a fork loses its thread.
    gc.freeze()  # Else the first collection of each process writes to every page, and so copies it.


def start(run: Path) -> BaseProcess:
    """Start granian behind the front, in a process of its own: it forks, which a process with threads must not."""
    granian = multiprocessing.Process(target=_serve_behind_front, args=(run,), name="granian")
    granian.start()
    return granian


def start_follower(url: str) -> BaseProcess:
    """Start following an address, in a process of its own, which shares this one's memory."""
    follower = multiprocessing.Process(target=_follow, args=(url,), name="follow")
    follower.start()
    return follower


def serve_alone(address: str, port: int) -> None:
    """Serve on the port, without a front, until SIGTERM or SIGINT."""
    _serve(_create_app, address=address, port=port)


def _serve_behind_front(run: Path) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    _end_with_parent()
    os.setpgrp()
    # An nginx of another user connects; whom the folder keeps out cannot.
    _serve(_create_worker, uds=run / SOCKET, uds_permissions=0o666)


def _follow(url: str) -> None:
    from ratesvc.publish import follow

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    _end_with_parent()
    try:
        follow.follow(url)
    except RatesvcError as refusal:
        log.error("%s", refusal)
        sys.exit(refusal.exit_code)


def _create_worker() -> Any:
    """Create the application of one worker behind the front."""
    _end_with_parent()
    os.nice(NICER)
    return _create_app(behind_front=True)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    orphans.end_with_parent(signal.SIGKILL, parent.pid if parent and parent.pid else os.getppid())


def _create_app(**options: bool) -> Any:
    from ratesvc.web import create_app

    return create_app(warm=True, **options)


def _serve(create: Callable[[], Any], **where: Any) -> None:
    granian = Granian(
        "ratesvc.web",
        interface=Interfaces.WSGI,
        workers=settings.load().workers,
        runtime_mode=RuntimeModes.mt,
        blocking_threads=16,  # They limit how many queries a worker runs at once.
        backpressure=2048,  # Connections, not requests: idle clients count, and further ones wait.
        respawn_failed_workers=True,
        workers_kill_timeout=2,
        log_enabled=False,
        **where,
    )
    granian.serve(target_loader=create, wrap_loader=False)
