"""/healthz, /readyz and /metrics, answered by the process that watches: no page keeps them waiting."""

import http.client
import socket
import threading
import time
from pathlib import Path

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

SILENT_SECONDS = 30
"""An application that has not answered for so long is not alive."""
EVERY_SECONDS = 2


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_request(self, *_: object) -> None:
        pass


def serve(app: Flask, path: Path) -> None:
    """Answer on a Unix socket in the background; nginx in front of it takes care of slow readers."""
    server = make_server(f"unix://{path}", 0, app, threaded=True, request_handler=_Quiet)
    path.chmod(0o666)  # As app_server.py does.
    threading.Thread(target=server.serve_forever, name="operations", daemon=True).start()


class Lookout:
    """Asks the application behind the front whether it is alive, every two seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._answered_at: float | None = None
        threading.Thread(target=self._watch, name="look out for the application", daemon=True).start()

    def problem(self) -> str | None:
        """Return what is wrong with the application, in words."""
        if self._answered_at is None:
            return "the application has not started yet"
        silent = time.monotonic() - self._answered_at
        return f"the application has not answered for {silent:.0f} seconds" if silent > SILENT_SECONDS else None

    def _watch(self) -> None:
        while True:
            if self._answers():
                self._answered_at = time.monotonic()
            time.sleep(EVERY_SECONDS if self._answered_at else 0.05)

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("localhost", timeout=10)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(10)
        try:
            connection.sock.connect(str(self._path))
            connection.request("GET", "/healthz")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
