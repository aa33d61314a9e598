"""The publishers of this world on one loopback server, which plays their documents and their faults."""

import gzip
import socket
import struct
import time
from http.server import BaseHTTPRequestHandler

from .conftest import Respond, answer
from .test_sources import PAYLOADS, RECORDED, RECORDED_FOLDER, TYPED, Figures

PATHS = {
    "nbkr": "/XML/daily.xml",
    "nbk": "/rss/get_rates.cfm",
    "nbt": "/en/kurs/export_xml.php",
    "cbu": "/en/arkhiv-kursov-valyut/json/",
    "cbr": "/scripts/XML_daily.asp",
    "currency_api": "/npm/@fawazahmed0/",
}
"""What the paths of a source begin with."""
FILES = {
    "nbkr": "nbkr/daily-2026-05-23.xml",
    "nbk": "nbk/2026-04-01.xml",
    "nbt": "nbt/2026-05-18.xml",
    "cbu": "cbu/all-2026-04-01.json",
    "cbr": "cbr/daily-2026-04-25.xml",
    "currency_api": "currency_api/usd-2025.12.30.json",
}
"""The recorded document of each; the typed one is of the same day."""


def document(name: str) -> bytes:
    """The typed document of a source, which is always at hand."""
    return (PAYLOADS / name / TYPED[name].file).read_bytes()


def recorded(name: str) -> bytes:
    """The recorded one."""
    return (RECORDED_FOLDER / FILES[name]).read_bytes()


def says(name: str) -> Figures:
    """The figures in the typed document, written down by hand."""
    figures = TYPED[name].says
    assert isinstance(figures, list)
    return figures


def recorded_says(name: str) -> Figures:
    """The figures in the recorded one."""
    figures = RECORDED[FILES[name]][1]
    assert isinstance(figures, list)
    return figures


class Replay:
    """Answers each source's paths with its document, or with whatever was put in its place."""

    def __init__(self) -> None:
        self.plays: dict[str, Respond] = {name: sending(document(name)) for name in PATHS}

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        for name, path in PATHS.items():
            if handler.path.startswith(path):
                return self.plays[name](handler)
        return answer(handler, b"<html><body>We will be back soon</body></html>")


def sending(body: bytes, status: int = 200, **headers: str) -> Respond:
    """An answer that is always the same."""
    return lambda handler: answer(handler, body, status, **headers)


def a_bomb() -> Respond:
    """A megabyte that unpacks to a gigabyte."""
    packed = gzip.compress(bytes(100_000_000), 9) * 10
    return sending(packed, Content_Encoding="gzip")


def a_drip(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.05)
    except OSError:
        pass  # The client has had enough.


def a_hang(handler: BaseHTTPRequestHandler) -> None:
    """No answer until the client goes."""
    handler.connection.settimeout(60)
    handler.rfile.read(1)


def a_reset(handler: BaseHTTPRequestHandler) -> None:
    """The connection is torn down in the middle of an answer."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"<rates>")
    handler.wfile.flush()
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
