"""The application in granian's worker processes: behind the front on a Unix socket, or alone on the port."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from granian import Granian
from granian.constants import Interfaces, RuntimeModes

from ratesvc.core import settings
from ratesvc.run.front import orphans

SOCKET = "web.sock"
NICER = 5
"""Steps of priority that nginx has above the application: with both cores busy with pages it answers twice as many."""


def start(run: Path) -> subprocess.Popen[bytes]:
    """Start granian behind the front, in a process of its own: it forks, which a process with threads must not."""
    # -P: a flask.py in the working directory must not be imported.
    command = [sys.executable, "-P", "-m", "ratesvc.run.front.app_server", str(run)]
    return subprocess.Popen(orphans.ending_with_parent(signal.SIGKILL, *command), process_group=0)


def serve_alone(address: str, port: int) -> None:
    """Serve on the port, without a front, until SIGTERM or SIGINT."""
    _granian("ratesvc.web:create_app", address=address, port=port).serve()


def create_worker() -> Any:
    """Create the application of one worker behind the front."""
    from ratesvc.web import create_app

    parent = multiprocessing.parent_process()
    orphans.end_with_parent(signal.SIGKILL, parent.pid if parent and parent.pid else os.getppid())
    os.nice(NICER)
    return create_app(behind_front=True)


def _granian(target: str, **where: Any) -> Any:
    return Granian(
        target,
        factory=True,
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


if __name__ == "__main__":
    _granian("ratesvc.run.front.app_server:create_worker", uds=Path(sys.argv[1]) / SOCKET).serve()
