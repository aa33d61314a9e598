"""How the tests look at a page of the service."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, Page


@contextmanager
def opened(browser: Browser, address: str, width: int = 1280, theme: Any = "light", **more: Any) -> Iterator[Page]:
    """A page; at the end it must have complained of nothing and asked nobody else."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=theme, **more)
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    page.goto(address)
    yield page
    page.close()
    assert complaints == []
    assert hosts == {address.split("/")[2]}


def until(page: Page, condition: str, seconds: float = 10) -> None:
    """Waits for a JavaScript condition. Playwright's own wait is an eval, which the pages forbid."""
    deadline = time.monotonic() + seconds
    while not page.evaluate(condition):
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(50)
