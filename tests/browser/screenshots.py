"""Takes the pictures of the README, and of whatever else should be looked at: `make screenshots`.

The README shows the first screen of a page; whole pages are in the folder `whole`, which is not committed.
They show the bundled market history on the day after its last one, so that they are the same wherever
they are taken.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from ratesvc.collect import snapshot
from ratesvc.core import settings
from ratesvc.publish import publish
from ratesvc.store.database import writing

from ..clock import install, set_clock
from ..serving import free_port, serving
from .conftest import CHROMIUM, QUIET

FOLDER = Path(__file__).parents[2] / ".github" / "screenshots"
ELEMENT = """
<!DOCTYPE html><html lang="en"><head><meta name="color-scheme" content="light dark">
<style>body {{ margin: 0; font-family: sans-serif; }} rates-ticker, iframe {{ margin-bottom: 8px; }}</style></head>
<body><script src="{site}/embed/ticker.js"></script>
<rates-ticker></rates-ticker><rates-ticker lang="ru" per="auto" sign="always"></rates-ticker>
<iframe src="{site}/embed/ticker?lang=kk&amp;digits=precise" width="100%" height="44" style="border:0"></iframe>
</body></html>
"""
"""The element twice, and the iframe."""


def main() -> None:
    """Photographs each page and each embed, wide and narrow, light and dark."""
    if CHROMIUM is None:
        sys.exit("no Chromium is installed (on Debian: apt install chromium)")
    (FOLDER / "whole").mkdir(parents=True, exist_ok=True)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        _publish_the_archive(data)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *sandbox])
        with serving(free_port(), RATESVC_DATA=data) as site:
            for theme in ("light", "dark"):
                _pages(browser, site, theme)
                _embeds(browser, site, theme)
        browser.close()


def _publish_the_archive(data: str) -> None:
    os.environ["RATESVC_DATA"] = data
    install()
    settings.load.cache_clear()
    with writing() as store:
        snapshot.load_archive(store)
        set_clock(store, "2026-09-30 09:00")  # The archive ends on 2026-09-29.
        publish.publish(store)


PAGES = {
    "overview": "/",
    "currency": "/currency/KZT",
    "peg": "/currency/TMT",
    "compare": "/compare?currencies=KGS,KZT,TJS,UZS&measure=percent",
    "spread": "/spread",
    "sources": "/sources",
    "sql": "/sql",
    "docs": "/docs",
    "builder": "/embed",
    "demo": "/embed/demo",
}


def _pages(browser: Browser, site: str, theme: str) -> None:
    for width in (1280, 390):
        for name, path in PAGES.items():
            with _opened(browser, site + path, theme, width) as page:
                for _ in range(page.evaluate("Math.ceil(document.documentElement.scrollHeight / 500)")):
                    page.mouse.wheel(0, 500)  # Charts are drawn when they come into sight.
                    page.wait_for_timeout(150)
                page.wait_for_timeout(1000)
                page.evaluate("scrollTo(0, 0)")
                page.screenshot(path=FOLDER / f"{name}-{width}-{theme}.png")
                page.screenshot(path=FOLDER / "whole" / f"{name}-{width}-{theme}.png", full_page=True)


def _embeds(browser: Browser, site: str, theme: str) -> None:
    with _opened(browser, f"{site}/ticker.html", theme, 1280, 44) as page:
        page.screenshot(path=FOLDER / f"ticker-1280-{theme}.png")
    news = ELEMENT.format(site=site)
    for width in (1280, 390):
        with _opened(browser, "about:blank", theme, width, 152) as page:
            page.route(f"{site}/news", lambda route: route.fulfill(body=news, content_type="text/html"))
            page.goto(f"{site}/news")
            page.wait_for_timeout(1500)
            page.screenshot(path=FOLDER / f"element-{width}-{theme}.png")
    with _opened(browser, f"{site}/embed/chart/KZT?theme={theme}", theme, 640, 320) as page:
        page.mouse.move(500, 180)
        page.wait_for_timeout(300)
        page.screenshot(path=FOLDER / f"chart-640-{theme}.png")
    for name, query in (("card", f"KZT.png?theme={theme}"), ("strip", f"UZS.png?size=sparkline&theme={theme}")):
        with _opened(browser, "about:blank", theme, 640) as page:
            (FOLDER / f"{name}-{theme}.png").write_bytes(page.request.get(f"{site}/card/{query}").body())


@contextmanager
def _opened(browser: Browser, address: str, theme: Any, width: int, height: int = 844) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=theme)
    page.goto(address)
    yield page
    page.close()


if __name__ == "__main__":
    main()
