"""What only a browser can show of the first page and of the ticker's page."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

WIDTHS = (1280, 768, 390, 320)
THEMES = ("light", "dark")


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


def shown(page: Page) -> list[float]:
    """The first and the last day, as milliseconds, and the values at the ends of the axis that are drawn."""
    found: list[float] = page.evaluate(
        "(() => { const l = document.querySelector('.chart')._fullLayout;"
        " return [...l.xaxis.range.map(d => +new Date(d)), ...l.yaxis.range]; })()"
    )
    return found


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_five_cards_and_a_drawn_chart_in_every_size_and_theme(
    browser: Browser, site: str, width: int, theme: str
) -> None:
    with opened(browser, site + "/", width, theme) as page:
        assert page.locator(".card").count() == 5
        page.wait_for_selector(".chart .scatterlayer .trace")
        assert page.locator(".chart .scatterlayer .trace").count() == 5
        assert page.evaluate("document.documentElement.scrollWidth") == width
        boxes = [page.locator(".card").nth(i).bounding_box() for i in range(5)]
        assert all(box and box["width"] > 200 and box["height"] > 150 for box in boxes)
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(245, 246, 248)") == (theme == "light")


def test_a_range_button_changes_the_days_and_the_axis_that_are_drawn(browser: Browser, site: str) -> None:
    with opened(browser, site + "/") as page:
        page.wait_for_selector(".chart .scatterlayer .trace")
        before = shown(page)
        page.locator(".rangeselector .button", has_text="1M").click()
        until(page, "document.querySelector('.chart')._fullLayout.yaxis.range[0] > -5")
        after = shown(page)
        assert 27 <= (after[1] - after[0]) / 86_400_000 <= 33
        assert after[3] - after[2] < before[3] - before[2]
        page.locator(".rangeselector .button", has_text="All").click()
        until(page, "document.querySelector('.chart')._fullLayout.yaxis.range[0] < -15")


def test_the_theme_can_change_while_the_page_is_open(browser: Browser, site: str) -> None:
    with opened(browser, site + "/") as page:
        page.wait_for_selector(".chart .scatterlayer .trace")
        colour = "document.querySelector('.chart').layout.legend.font.color"
        light = page.evaluate(colour)
        page.emulate_media(color_scheme="dark")
        until(page, f"{colour} !== {light!r}")


def test_without_scripts_the_cards_and_their_lines_are_there(browser: Browser, site: str) -> None:
    with opened(browser, site + "/", java_script_enabled=False) as page:
        assert page.locator(".card").count() == 5
        assert page.locator(".sparkline path").first.get_attribute("d")
        assert page.locator(".panel noscript").count() == 1


def test_the_ticker_page_scrolls_in_a_seamless_loop_and_can_be_paused(browser: Browser, site: str) -> None:
    with opened(browser, site + "/ticker.html", java_script_enabled=True) as page:
        where = "new DOMMatrix(getComputedStyle(document.querySelector('.loop')).transform).e"
        first = page.evaluate(where)
        until(page, f"{where} < {first} - 5")
        assert page.evaluate("document.querySelector('.loop').scrollWidth / 2 >= 2560")
        lists = page.evaluate("[...document.querySelectorAll('ul')].map(list => list.getBoundingClientRect().width)")
        assert max(lists) - min(lists) < 0.1  # Equal copies: half of the loop looks like the other half.
        page.locator("input").focus()
        page.keyboard.press("Space")
        page.wait_for_timeout(100)
        paused = page.evaluate(where)
        page.wait_for_timeout(300)
        assert page.evaluate(where) == paused


def test_the_ticker_page_stands_still_for_who_asked_for_less_motion(browser: Browser, site: str) -> None:
    with opened(browser, site + "/ticker.html", reduced_motion="reduce") as page:
        assert page.evaluate("getComputedStyle(document.querySelector('.loop')).animationName") == "none"
        assert page.locator("li:not(.credit):visible").count() == 5
