"""Web server: granian's worker processes, which import the application."""

import logging
import os
import socket
import tempfile
from typing import Any

from granian import Granian
from granian.constants import Interfaces, RuntimeModes

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError

log = logging.getLogger("ratesvc")


def serve() -> None:
    """Serve until SIGTERM or SIGINT. Raises RatesvcError if the address is not available."""
    config = settings.load()
    address = _address(config.host, config.port)
    log.info("serving on http://%s:%d", config.host, config.port)
    with tempfile.TemporaryDirectory(prefix="ratesvc-metrics-") as counts:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = counts  # Shared metrics of the workers; read at import.
        _granian(address, config).serve()


def _granian(address: str, config: settings.Settings) -> Any:
    return Granian(
        "ratesvc.web:create_app",
        factory=True,
        interface=Interfaces.WSGI,
        address=address,
        port=config.port,
        workers=config.workers,
        runtime_mode=RuntimeModes.mt,  # With 16 threads this was fastest for cached responses;
        blocking_threads=16,  # they also limit how many queries a worker runs at once.
        backpressure=2048,  # Connections, not requests: idle clients count, and further ones wait.
        respawn_failed_workers=True,
        workers_kill_timeout=2,
        log_enabled=False,
    )


def _address(host: str, port: int) -> str:
    """Return the IP address of a host, after checking that the port is free."""
    # The workers share the port by SO_REUSEPORT, so they would not notice another server on it.
    try:
        family, _, _, _, (address, *_) = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.create_server((host, port), family=family):
            return str(address)
    except OSError as refusal:
        raise RatesvcError(
            f"cannot listen on {host}:{port} ({refusal.strerror}): free it, or set RATESVC_HOST or RATESVC_PORT"
        ) from None
