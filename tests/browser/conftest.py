"""A headless Chromium, where one is found, and a page of another site for it to look at."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from ..conftest import answer

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
def host(serve: Callable[..., str]) -> Callable[..., str]:
    """Serves a page of another site: host("<rates-ticker></rates-ticker>", Content_Security_Policy="...")."""

    def start(body: str, **headers: str) -> str:
        page = f'<!doctype html><html lang="en"><head><title>News</title></head><body>{body}</body></html>'
        headers["Content_Type"] = "text/html; charset=utf-8"
        return serve(lambda handler: answer(handler, page.encode(), 200, **headers))

    return start
