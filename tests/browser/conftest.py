"""A headless Chromium, where one is found, and a running server for it to look at."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from ratesvc import ingest, publish
from ratesvc.store import writing

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


@pytest.fixture
def site(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that shows the bundled history."""
    with writing() as store:
        ingest.load_archive(store)
        publish.publish(store)
    port = free_port()
    monkeypatch.setenv("RATESVC_PORT", str(port))
    with subprocess.Popen([sys.executable, "-m", "ratesvc", "web"], stderr=subprocess.DEVNULL) as web:
        address = f"http://127.0.0.1:{port}"
        get(f"{address}/healthz")
        yield address
        web.terminate()
