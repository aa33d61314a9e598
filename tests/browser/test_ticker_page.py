"""What only a browser can show of the ticker's page."""

from playwright.sync_api import Browser

from .looking import opened, until


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
