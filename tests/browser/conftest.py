"""A headless Chromium, where one is found, and a running server for it to look at."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from ratesvc import ingest, publish
from ratesvc.fetched import Fetch
from ratesvc.observation import Observation
from ratesvc.record import record
from ratesvc.store import Store, writing

from ..conftest import answer
from ..test_supervise import free_port, get

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
# Without these, a Chromium on a closed network keeps asking for the servers of its maker.
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the tests of a file. It ends with them: Playwright keeps an event loop running."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed (on Debian: apt install chromium)")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *sandbox])
        yield chromium
        chromium.close()


@contextmanager
def serving(port: int, **environment: str) -> Iterator[str]:
    """The address of a web server on a port."""
    given = {**os.environ, "RATESVC_PORT": str(port), **environment}
    with subprocess.Popen([sys.executable, "-m", "ratesvc", "web"], env=given, stderr=subprocess.DEVNULL) as web:
        address = f"http://127.0.0.1:{port}"
        try:
            get(f"{address}/healthz")
            yield address
        finally:
            web.terminate()


def every_state(store: Store) -> None:
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


@pytest.fixture
def site(data: Path) -> Iterator[str]:
    """The address of a server that shows the bundled history."""
    with writing() as store:
        ingest.load_archive(store)
        publish.publish(store)
    with serving(free_port()) as address:
        yield address


@pytest.fixture
def rates(data: Path) -> Iterator[str]:
    """The address of a server that has a row of each state."""
    with writing() as store:
        every_state(store)
    with serving(free_port()) as address:
        yield address


@pytest.fixture
def host(serve: Callable[..., str]) -> Callable[..., str]:
    """Serves a page of another site: host("<rates-ticker></rates-ticker>", Content_Security_Policy="...")."""

    def start(body: str, **headers: str) -> str:
        page = f'<!doctype html><html lang="en"><head><title>News</title></head><body>{body}</body></html>'
        headers["Content_Type"] = "text/html; charset=utf-8"
        return serve(lambda handler: answer(handler, page.encode(), 200, **headers))

    return start
