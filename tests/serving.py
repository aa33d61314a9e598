"""A running web server, and something for it to show."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ratesvc import ingest, publish
from ratesvc.fetched import Fetch
from ratesvc.observation import Observation
from ratesvc.record import record
from ratesvc.store import Store


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def get(url: str, seconds: float = 30) -> str:
    """The body, as soon as there is one."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
                return str(answer.read().decode())
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


@contextmanager
def serving(port: int, **environment: str) -> Iterator[str]:
    """The address of a web server on a port."""
    given = {**os.environ, "RATESVC_PORT": str(port), "RATESVC_WORKERS": "1", **environment}
    with subprocess.Popen([sys.executable, "-m", "ratesvc", "web"], env=given, stderr=subprocess.DEVNULL) as web:
        address = f"http://127.0.0.1:{port}"
        try:
            get(f"{address}/healthz")
            yield address
        finally:
            web.terminate()


def publish_the_archive(store: Store) -> None:
    """Publishes the bundled history."""
    ingest.load_archive(store)
    publish.publish(store)


def publish_every_state(store: Store) -> None:
    """Publishes a row of each state: KGS is flat, KZT up, TJS down, UZS stale and by the market, TMT pegged."""
    ingest.load_archive(store)
    now = datetime.now(UTC)
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    for source, currency, before, units in (
        ("nbkr", "KGS", "87.45", "87.45"),
        ("nbk", "KZT", "518.92", "517.30"),
        ("nbt", "TJS", "9.3345", "9.3450"),
    ):
        for day, printed in ((today - timedelta(days=1), before), (today, units)):
            observation = Observation(source=source, currency=currency, observed_at=day, units_per_usd=Decimal(printed))
            fetch = Fetch(source=source, url="npm:test", started_at=now, finished_at=now, kept=[observation])
            record(store, "manual", [fetch])
    publish.publish(store)
