"""Start the web server: granian's worker processes around the application, which only they import."""

import logging
import os
import socket
import tempfile
from typing import Any

from granian import Granian
from granian.constants import Interfaces, RuntimeModes

from ratesvc.core import settings
from ratesvc.core.errors import CouldNot

log = logging.getLogger("ratesvc")


def serve() -> None:
    """Serve until SIGTERM or SIGINT. Raises CouldNot when the address cannot be listened on."""
    chosen = settings.load()
    address = _address(chosen.host, chosen.port)
    log.info("serving on http://%s:%d", chosen.host, chosen.port)
    with tempfile.TemporaryDirectory(prefix="ratesvc-metrics-") as counts:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts  # Where the workers add up their counts; read at import.
        _granian(address, chosen).serve()


def _granian(address: str, chosen: settings.Settings) -> Any:
    return Granian(
        "ratesvc.web:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=chosen.port,
        workers=chosen.workers,
        runtime_mode=RuntimeModes.mt,  # This and 16 threads were measured best for answers from memory;
        blocking_threads=16,  # they also bound how many queries a worker runs at once.
        backpressure=2048,  # Connections, not requests: idle readers count, and one more than this would wait.
        respawn_failed_workers=True,
        workers_kill_timeout=2,
        log_enabled=False,
    )


def _address(host: str, port: int) -> str:
    """The IP address of a host, after trying to listen there."""
    # The workers share the port by SO_REUSEPORT, so they would not notice that somebody else has it.
    try:
        family, _, _, _, (address, *_) = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.create_server((host, port), family=family):
            return str(address)
    except OSError as refusal:
        raise CouldNot(
            f"cannot listen on {host}:{port} ({refusal.strerror}): free it, or set RATESVC_HOST or RATESVC_PORT"
        ) from None
