"""The ticker in the pages of other sites: what only a browser can show."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from ratesvc.render.i18n import LANGUAGES
from ratesvc.store.database import writing
from ratesvc.web.embed import scripts

from ..conftest import answer
from ..serving import free_port, publish_every_state, serving
from .looking import until

Host = Callable[..., str]

TICKER = "document.querySelector('rates-ticker').shadowRoot"
PLAYS = f"{TICKER}.querySelector('.belt').getAnimations()[0]?.playState"


def element(rates: str, attributes: str = "") -> str:
    """What an editor copies."""
    script = f'<script async src="{rates}/embed/ticker.js"></script>'
    return f'{script}<rates-ticker style="display:block;min-height:44px" {attributes}></rates-ticker>'


@contextmanager
def visited(browser: Browser, address: str, expected: tuple[str, ...] = (), **more: Any) -> Iterator[Page]:
    """A page of another site; at the end it must have complained of nothing but what was expected."""
    more.setdefault("viewport", {"width": 1280, "height": 600})
    page = browser.new_page(**more)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    # The browser asks every site for its icon.
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(address)
    yield page
    page.close()
    assert [told for told in complaints if not any(part in told for part in expected)] == []


def rows(page: Page, ticker: str = TICKER) -> list[str]:
    """The rows as somebody reads them who sees."""
    until(page, f"{ticker}?.querySelector('li')")
    found: list[str] = page.evaluate(
        f"[...{ticker}.querySelectorAll('ul:first-child > [part~=row]')].map((row) => {{"
        " const copy = row.cloneNode(true); copy.querySelector('.unseen').remove(); return copy.textContent; })"
    )
    return found


def test_the_element_stands_in_a_page_of_another_origin(browser: Browser, rates: str, host: Host) -> None:
    with visited(browser, host(element(rates))) as page:
        shown = rows(page)
        assert shown[:2] == ["KGS/USD = 0.01144 0%", "KZT/USD = 0.00193 ▲ 0.31%"]
        assert shown[2] == "TJS/USD = 0.10701 ▼ -0.11%not confirmed: 0.08100 -24.3%"
        assert shown[3] == "UZS/USD = 0.00008 ▼ -0.33%market, as of 29 Sep 2026"
        assert shown[4] == "TMT/USD = 0.28571 0%pegged"
        assert page.evaluate(PLAYS) == "running"
        # A screen reader meets each row once, in words.
        tree = page.locator("rates-ticker").aria_snapshot()
        assert tree.count("KZT/USD = 0.00193") == 1
        assert "up 0.31 percent" in tree
        assert "down 0.11 percent" in tree
        assert page.evaluate(f"{TICKER}.querySelectorAll('[aria-live]').length") == 0
        clones = page.evaluate(f"[...{TICKER}.querySelectorAll('ul + ul')].map((ul) => [ul.ariaHidden, ul.inert])")
        assert clones == [["true", True]] * len(clones)
        title = page.evaluate(f"{TICKER}.querySelector('li:nth-child(2)').title")
        assert title.startswith("National Bank of Kazakhstan, ")
        # Who has no pointer finds the sources at the end of the list.
        credit = page.evaluate(f"{TICKER}.querySelector('ul').lastChild.textContent")
        assert credit.split(" · ")[:2] == ["National Bank of the Kyrgyz Republic", "National Bank of Kazakhstan"]


def test_a_figure_that_is_not_confirmed_is_told_to_eyes_and_ears(browser: Browser, rates: str, host: Host) -> None:
    mark = f"{TICKER}.querySelector('.unconfirmed small')"
    number = '<script async src="{}/embed/value.js"></script><rates-value pair="TJS" show="units" {}>9</rates-value>'
    for attributes, shown, spoken, units in (
        ("", "-0.11%not confirmed: 0.08100 -24.3%", "down 0.11 percent; not confirmed: 0.08100, down 24.3 percent",
         "9.3450"),
        ('unconfirmed="show"', "-24.3%for ", "down 24.3 percent; for ", "12.3450 (not confirmed)"),
    ):  # fmt: skip
        body = element(rates, f'pairs="TJS,KZT" speed="0" {attributes}') + number.format(rates, attributes)
        with visited(browser, host(body), viewport={"width": 320, "height": 600}) as page:
            assert shown in rows(page)[0]
            tree = page.locator("rates-ticker").aria_snapshot()
            assert spoken in tree
            assert tree.count("not confirmed") == 1  # What is shown is not read a second time.
            assert page.evaluate(f"{mark}.textContent").count("not confirmed") == 1
            assert page.evaluate(f"{mark}.closest('li').part.value") == "row unconfirmed"
            assert page.evaluate(f"{TICKER}.querySelectorAll('.unconfirmed').length") == 1
            assert page.evaluate("document.documentElement.scrollWidth") == 320
            until(page, f"{NUMBER}.querySelector('.number')")
            assert page.evaluate(f"{NUMBER}.querySelector('.number').firstChild.textContent") == units
            assert "not confirmed" in page.evaluate(f"{NUMBER}.querySelector('.tip').textContent")
        # Whoever sees no colours reads the words.
        with visited(browser, host(body), forced_colors="active") as page:
            assert shown in rows(page)[0]


def test_it_moves_nothing_and_weighs_little(
    browser: Browser, rates: str, host: Host, capsys: pytest.CaptureFixture[str]
) -> None:
    body = f"<h1>News</h1>{element(rates)}<p>{'Nothing happened today. ' * 200}</p>"
    page = browser.new_page(viewport={"width": 1280, "height": 600})
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    asked: dict[str, str] = {}
    weighs: dict[str, int] = {}
    wire.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda event: weighs.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(host(body))
    rows(page)
    page.wait_for_timeout(500)
    shift = page.evaluate(
        "new Promise((tell) => { let sum = 0; new PerformanceObserver((list) =>"
        " list.getEntries().forEach((entry) => sum += entry.value)).observe({type: 'layout-shift', buffered: true});"
        " setTimeout(() => tell(sum), 200); })"
    )
    ours = {url.removeprefix(rates): int(weighs[request]) for request, url in asked.items() if url.startswith(rates)}
    page.close()
    with capsys.disabled():
        print(f"\nlayout shift {shift}, {len(ours)} requests, {sum(ours.values())} bytes with headers: {ours}")
    assert shift == 0
    assert len(ours) <= 2
    assert sum(ours.values()) <= 12_000


def test_it_runs_under_a_strict_policy(browser: Browser, rates: str, host: Host) -> None:
    policy = f"default-src 'self'; script-src {rates}; connect-src {rates}"
    body = f'<script async src="{rates}/embed/ticker.js"></script><rates-ticker></rates-ticker>'
    with visited(browser, host(body, Content_Security_Policy=policy)) as page:
        assert len(rows(page)) == 5
        assert page.evaluate(PLAYS) == "running"
        assert page.evaluate("document.querySelector('rates-ticker').offsetHeight") == 44


def test_it_needs_no_origin_of_its_own(browser: Browser, rates: str, host: Host) -> None:
    inner = element(rates).replace('"', "&quot;")
    with visited(browser, host(f'<iframe sandbox="allow-scripts" srcdoc="{inner}"></iframe>')) as page:
        frame = page.frames[1]
        assert frame.evaluate("origin") == "null"
        frame.wait_for_selector("rates-ticker li")
        assert frame.evaluate(PLAYS) == "running"


@pytest.mark.parametrize("sandbox", ["", 'sandbox="allow-scripts"'])
def test_the_frame_trusts_nobody(browser: Browser, rates: str, host: Host, sandbox: str) -> None:
    body = f'<iframe {sandbox} title="Rates" src="{rates}/embed/ticker?lang=ru" width="100%" height="44"></iframe>'
    with visited(browser, host(body)) as page:
        frame = page.frames[1]
        frame.wait_for_selector("rates-ticker [part=pause]")
        assert frame.evaluate(PLAYS) == "running"
        assert frame.get_by_role("button", name="Остановить строку").count() == 1
        assert frame.evaluate("document.documentElement.scrollHeight") == 44


def test_other_pages_may_not_be_framed(browser: Browser, rates: str, host: Host) -> None:
    with visited(browser, host(f'<iframe src="{rates}/"></iframe>'), expected=("frame-ancestors",)) as page:
        page.wait_for_timeout(300)
        assert page.frames[1].locator(".cards").count() == 0


def test_without_scripts_the_frame_can_be_read(browser: Browser, rates: str, host: Host) -> None:
    body = f'<iframe src="{rates}/embed/ticker" width="100%" height="44"></iframe>{element(rates)}'
    body = body.replace("</rates-ticker>", '<a href="/rates">Exchange rates</a></rates-ticker>')
    with visited(browser, host(body), java_script_enabled=False) as page:
        strip = page.frames[1].get_by_role("list").first
        assert "KZT/USD = 0.00193" in strip.inner_text()
        assert page.frames[1].get_by_role("checkbox", name="Pause the ticker").count() == 1
        assert page.get_by_role("link", name="Exchange rates").is_visible()


def test_less_motion_is_a_list_that_stands(browser: Browser, rates: str, host: Host) -> None:
    viewport = {"width": 390, "height": 600}
    with visited(browser, host(element(rates)), reduced_motion="reduce", viewport=viewport) as page:
        assert len(rows(page)) == 5
        assert page.evaluate(f"{TICKER}.querySelector('.belt').getAnimations().length") == 0
        assert page.evaluate(f"{TICKER}.querySelectorAll('ul').length") == 1
        assert page.evaluate(f"{TICKER}.querySelector('button').checkVisibility()") is False
        tops = page.evaluate(f"[...{TICKER}.querySelectorAll('li')].map((row) => row.getBoundingClientRect().top)")
        assert len(set(tops)) == 1  # It has the height that was kept for it; what is beyond its end can be reached.
        assert page.evaluate("document.querySelector('rates-ticker').offsetHeight") == 44
        assert page.evaluate(f"{TICKER}.querySelector('.strip').tabIndex") == 0
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.emulate_media(reduced_motion="no-preference")
        until(page, f"{PLAYS} === 'running'")


def test_it_is_a_list_or_a_grid_leads_on_and_tells_what_it_shows(browser: Browser, rates: str, host: Host) -> None:
    listens = (
        "<script>addEventListener('rates-ticker:update', (event) => (window.told = event.detail.rows.length))</script>"
    )
    with visited(browser, host(listens + element(rates, 'layout="list" link="currency" direction="local"'))) as page:
        assert len(rows(page)) == 5
        until(page, "window.told === 5")
        place = "(row) => [row.getBoundingClientRect().left, row.getBoundingClientRect().top]"
        found = page.evaluate(f"[...{TICKER}.querySelectorAll('li')].slice(0, 5).map({place})")
        assert len({left for left, _ in found}) == 1
        assert [top for _, top in found] == sorted({top for _, top in found})
        links = page.evaluate(f"[...{TICKER}.querySelectorAll('a')].map((link) => link.href)")
        assert links[1] == f"{rates}/pair/USD/KZT"
        assert page.request.get(links[1]).url.startswith(f"{rates}/currency/KZT")
        page.evaluate("document.querySelector('rates-ticker').setAttribute('layout', 'grid')")
        until(page, f"getComputedStyle({TICKER}.querySelector('ul')).display === 'grid'")
        page.evaluate("document.querySelector('rates-ticker').setAttribute('link', '/kurs/{code}')")
        until(page, f"{TICKER}.querySelectorAll('a')[1].getAttribute('href') === '/kurs/KZT'")
        page.evaluate("document.querySelector('rates-ticker').setAttribute('link', 'javascript:alert(1)')")
        until(page, f"{TICKER}.querySelectorAll('a').length === 0")


def test_the_sources_are_behind_a_button_for_keyboard_and_touch(browser: Browser, rates: str, host: Host) -> None:
    body = f"<a href=#a>Before</a>{element(rates, 'sources=info lang=ru')}"
    details, shown = f"{TICKER}.querySelector('details')", f"{TICKER}.querySelector('details p')?.checkVisibility()"
    with visited(browser, host(body), viewport={"width": 300, "height": 300}, has_touch=True) as page:
        assert len(rows(page)) == 5
        assert page.evaluate(f"{TICKER}.querySelectorAll('li[part=credit]').length") == 0
        assert not page.evaluate(shown)
        button = page.locator("rates-ticker summary")
        assert button.get_attribute("aria-label") == "Источники"
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert page.evaluate(shown)
        assert "Национальный банк Казахстана" in page.locator("rates-ticker details p").inner_text()
        page.keyboard.press("Escape")
        assert not page.evaluate(shown)
        box = button.bounding_box()
        assert box and box["width"] >= 24 and box["height"] >= 44
        button.tap()
        assert page.evaluate(shown)
        # What is longer than the ticker can be scrolled, and a new version leaves it open.
        room = f"{details}.querySelector('p')"
        assert page.evaluate(f"{room}.getBoundingClientRect().right <= {details}.getBoundingClientRect().left + 1")
        assert page.evaluate(f"{room}.tabIndex") == 0
        page.evaluate("document.querySelector('rates-ticker').draw()")
        assert page.evaluate(shown)
        assert page.evaluate("document.querySelector('rates-ticker').offsetHeight") == 44
        page.evaluate("document.querySelector('rates-ticker').setAttribute('sources', 'line')")
        until(page, f"{TICKER}.querySelectorAll('li[part=credit]').length && !{details}")


def test_the_letters_have_the_size_that_was_chosen(browser: Browser, rates: str, host: Host) -> None:
    frame = (
        f'<iframe src="{rates}/embed/ticker?fontsize=24&sources=info&labels=KGS:Som" width="600" height="58"></iframe>'
    )
    policy = f"default-src 'self'; script-src {rates}; connect-src {rates}; frame-src {rates}"
    tag = f'<script async src="{rates}/embed/ticker.js"></script><rates-ticker fontsize="24"></rates-ticker>{frame}'
    with visited(browser, host(tag, Content_Security_Policy=policy)) as page:
        rows(page)
        section = f"getComputedStyle({TICKER}.querySelector('section')).fontSize"
        assert page.evaluate(section) == "24px"
        assert page.evaluate("document.querySelector('rates-ticker').offsetHeight") == 58
        inside = page.frames[1]
        inside.wait_for_selector("rates-ticker [part=pause]")
        assert inside.evaluate(section) == "24px"
        assert inside.evaluate("document.documentElement.scrollHeight") == 58
        for wrong in ("", "11", "33", "large"):
            page.evaluate("(text) => document.querySelector('rates-ticker').setAttribute('fontsize', text)", wrong)
            assert page.evaluate(section) == "15px"
            assert page.evaluate("document.querySelector('rates-ticker').offsetHeight") == 44


def test_names_of_an_editor_are_shown_as_text(browser: Browser, rates: str, host: Host) -> None:
    name = "KGS:Сом <b>&amp;&quot;"
    with visited(browser, host(element(rates, f'labels="{name}" pairs="KGS,KZT"'))) as page:
        assert rows(page)[0].startswith('Сом <b>&" = 0.01144')
        assert page.evaluate(f"{TICKER}.querySelector('li').title").startswith("KGS/USD · National Bank")
        assert rows(page)[1].startswith("KZT/USD = ")


def test_the_keyboard_pauses_it(browser: Browser, rates: str, host: Host) -> None:
    with visited(browser, host(f"<a href=#a>Before</a>{element(rates)}")) as page:
        rows(page)
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        button = page.get_by_role("button", name="Pause the ticker")
        assert page.evaluate(f"{TICKER}.activeElement?.part.value") == "pause"
        box = button.bounding_box()
        assert box and box["width"] >= 24 and box["height"] >= 24
        page.keyboard.press("Space")
        assert page.evaluate(PLAYS) == "paused"
        page.wait_for_timeout(100)
        where = page.evaluate(f"{TICKER}.querySelector('.belt').getBoundingClientRect().x")
        page.wait_for_timeout(200)
        assert page.evaluate(f"{TICKER}.querySelector('.belt').getBoundingClientRect().x") == where
        assert page.get_by_role("button", name="Play the ticker").count() == 1
        page.set_viewport_size({"width": 700, "height": 600})
        page.wait_for_timeout(200)
        assert page.evaluate(PLAYS) == "paused"
        page.keyboard.press("Enter")
        assert page.evaluate(PLAYS) == "running"


@pytest.mark.parametrize("width", [320, 2560])
def test_the_loop_has_no_gap(browser: Browser, rates: str, host: Host, width: int) -> None:
    for attributes in ("", 'direction="right" pairs="KGS"', 'dir="rtl"'):
        assert_no_gap(browser, host(element(rates, attributes)), width)


def assert_no_gap(browser: Browser, address: str, width: int) -> None:
    with visited(browser, address, viewport={"width": width, "height": 300}) as page:
        rows(page)
        for part in range(11):
            edges = page.evaluate(
                f"(() => {{ const belt = {TICKER}.querySelector('.belt'), motion = belt.getAnimations()[0];"
                f" motion.currentTime = motion.effect.getTiming().duration * {part / 10} * .9999;"
                " const [b, s] = [belt, belt.parentNode].map((e) => e.getBoundingClientRect());"
                " return [b.left - s.left, b.right - s.right]; })()"
            )
            assert edges[0] <= 0.5
            assert edges[1] >= -0.5
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_it_moves_to_the_left_unless_told_otherwise(browser: Browser, rates: str, host: Host) -> None:
    left = f"{TICKER}.querySelector('.belt').getBoundingClientRect().x"
    for attributes, sign in (("", -1), ('direction="right"', 1), ('speed="200"', -1)):
        with visited(browser, host(element(rates, attributes))) as page:
            rows(page)
            page.evaluate(f"{TICKER}.querySelector('.belt').getAnimations()[0].ready.then(() => true)")
            before = page.evaluate(left)
            page.wait_for_timeout(300)
            assert (page.evaluate(left) - before) * sign > (30 if "200" in attributes else 5)


def test_the_last_rows_survive_the_server(browser: Browser, data: Path, host: Host) -> None:
    with writing() as store:
        publish_every_state(store)
    port = free_port()
    address = host(element(f"http://127.0.0.1:{port}", 'refresh="5"'))
    status = f"{TICKER}.querySelector('.status')"
    with serving(port):
        context = browser.new_context()
        page = context.new_page()
        page.goto(address)
        before = rows(page)
        assert page.evaluate(f"{status}.hidden")
    until(page, f"!{status}.hidden", 15)
    assert page.evaluate(f"{status}.textContent").startswith("updated ")
    assert rows(page) == before
    assert page.evaluate(PLAYS) == "running"
    # Whoever opens the page now gets what the browser kept.
    again = context.new_page()
    again.goto(address)
    assert rows(again) == before
    with serving(port):
        until(page, f"{status}.hidden", 30)
        assert rows(page) == before
    context.close()


def test_two_tickers_ask_for_the_same_rows_once(browser: Browser, rates: str, host: Host) -> None:
    other = '<rates-ticker pairs="UZS" per="auto" lang="ru"></rates-ticker>'
    body = element(rates) + other + "<rates-ticker></rates-ticker>"
    asked = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url.removeprefix(rates)))
    page.goto(host(body))
    second = "document.querySelectorAll('rates-ticker')[1].shadowRoot"
    third = "document.querySelectorAll('rates-ticker')[2].shadowRoot"
    assert rows(page) == rows(page, third)
    assert rows(page, second) == ["UZS/USD = 0,08480 за 1\xa0000 UZS ▼ -0,33\xa0%рыночный, на 29 сент. 2026\u202fг."]
    assert sorted(path for path in asked if path.startswith("/")) == [
        "/embed/ticker.js", "/ticker.json?lang=en", "/ticker.json?lang=ru&pairs=UZS&per=auto",
    ]  # fmt: skip
    page.close()


def test_the_theme_changes_without_a_request(browser: Browser, rates: str, host: Host) -> None:
    colour = f"getComputedStyle({TICKER}.querySelector('section')).backgroundColor"
    with visited(browser, host(element(rates))) as page:
        rows(page)
        where = page.evaluate(f"{TICKER}.querySelector('.belt').getAnimations()[0].currentTime")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        assert page.evaluate(colour) == "rgb(255, 255, 255)"
        page.evaluate("document.querySelector('rates-ticker').setAttribute('theme', 'dark')")
        assert page.evaluate(colour) == "rgb(18, 24, 30)"
        page.evaluate("document.querySelector('rates-ticker').setAttribute('theme', 'auto')")
        assert page.evaluate(colour) == "rgb(255, 255, 255)"
        page.emulate_media(color_scheme="dark")
        assert page.evaluate(colour) == "rgb(18, 24, 30)"
        page.wait_for_timeout(200)
        assert page.evaluate(f"{TICKER}.querySelector('.belt').getAnimations()[0].currentTime") > where
        assert asked == []


def test_what_an_attribute_changes_is_shown_and_nonsense_is_told(browser: Browser, rates: str, host: Host) -> None:
    expected = ("rates-ticker: ", "422")
    asked: list[str] = []
    with visited(browser, host(element(rates, 'refresh="5"')), expected) as page:
        assert len(rows(page)) == 5
        page.on("request", lambda request: asked.append(request.url))
        page.evaluate(
            "for (const [name, text] of [['pairs', 'KZT,KGS'], ['lang', 'ru'], ['per', 'auto']])"
            " document.querySelector('rates-ticker').setAttribute(name, text)"
        )
        until(page, f"{TICKER}.querySelectorAll('ul:first-child > [part~=row]').length === 2")
        assert [row[:7] for row in rows(page)] == ["KZT/USD", "KGS/USD"]
        assert len(asked) == 1  # One question for three attributes.
        page.evaluate("document.querySelector('rates-ticker').setAttribute('pairs', '<img src=x>')")
        until(page, f"{TICKER}.querySelector('.wrong')")
        assert page.evaluate(f"{TICKER}.textContent").strip().startswith("rates-ticker: pairs are pairs such as")
        page.wait_for_timeout(6000)
        assert len(asked) == 2  # What is wrong is not asked again.
        page.evaluate("document.querySelector('rates-ticker').setAttribute('pairs', 'UZS')")
        until(page, f"{TICKER}.querySelector('ul')")
        assert [row[:7] for row in rows(page)] == ["UZS/USD"]


def test_it_rests_when_nobody_sees_it(browser: Browser, rates: str, host: Host) -> None:
    with visited(browser, host(element(rates) + "<p style='height: 3000px'>Long</p>")) as page:
        rows(page)
        page.mouse.wheel(0, 2000)
        until(page, f"{PLAYS} === 'paused'")
        page.mouse.wheel(0, -2000)
        until(page, f"{PLAYS} === 'running'")
        page.mouse.move(300, 20)
        until(page, f"{PLAYS} === 'paused'")
        page.mouse.move(300, 400)
        until(page, f"{PLAYS} === 'running'")


def test_a_site_styles_its_parts(browser: Browser, rates: str, host: Host) -> None:
    style = "<style>rates-ticker { --rates-background: #123456; } rates-ticker::part(rate) { color: #fedcba; }</style>"
    with visited(browser, host(style + element(rates))) as page:
        rows(page)
        assert (
            page.evaluate(f"getComputedStyle({TICKER}.querySelector('section')).backgroundColor") == "rgb(18, 52, 86)"
        )
        assert page.evaluate(f"getComputedStyle({TICKER}.querySelector('[part=rate]')).color") == "rgb(254, 220, 186)"
        assert page.evaluate("document.querySelector('rates-ticker').shadowRoot.querySelector('style')") is None


def test_forced_colours_keep_the_signs(browser: Browser, rates: str, host: Host) -> None:
    with visited(browser, host(element(rates)), forced_colors="active") as page:
        rows(page)
        ink = page.evaluate(f"getComputedStyle({TICKER}.querySelector('section')).color")
        assert page.evaluate(f"getComputedStyle({TICKER}.querySelector('.up')).color") == ink


def test_it_is_gone_when_it_is_removed(browser: Browser, rates: str, host: Host) -> None:
    with visited(browser, host(element(rates, 'refresh="5"'))) as page:
        rows(page)
        began = time.monotonic()
        page.evaluate("document.querySelector('rates-ticker').remove()")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_timeout(6500)
        assert time.monotonic() - began > 6
        assert asked == []


# In an article -----------------------------------------------------------------------------------

NUMBER = "document.querySelector('rates-value').shadowRoot"


def test_a_number_tells_its_source_to_pointer_keyboard_and_screen_reader(
    browser: Browser, rates: str, host: Host
) -> None:
    tag = '<p>A dollar is <rates-value pair="KZT/USD" show="units">500</rates-value> tenge. <a href="#">More</a></p>'
    body = f'<script async src="{rates}/embed/value.js"></script>{tag}'
    policy = f"default-src 'self'; script-src {rates}; connect-src {rates}"
    shown = f"getComputedStyle({NUMBER}.querySelector('.tip')).display !== 'none'"
    with visited(browser, host(body, Content_Security_Policy=policy)) as page:
        until(page, f"{NUMBER}.querySelector('.number')")
        assert page.evaluate(f"{NUMBER}.querySelector('.number').firstChild.textContent") == "517.30"
        assert "National Bank of Kazakhstan" in page.locator("p").aria_snapshot()
        assert not page.evaluate(shown)
        page.hover("rates-value")
        assert page.evaluate(shown)
        assert "KZT/USD = 0.00193" in page.evaluate(f"{NUMBER}.querySelector('.tip').textContent")
        page.keyboard.press("Tab")
        page.mouse.move(0, 400)
        assert page.evaluate(shown)
        page.keyboard.press("Escape")
        assert not page.evaluate(shown)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "More"
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(shown)
        page.keyboard.press("Tab")
        page.hover("rates-value")
        assert page.evaluate(shown)
        page.keyboard.press("Escape")
        assert not page.evaluate(shown)


def test_a_number_that_is_not_known_never_keeps_another_one(browser: Browser, rates: str, host: Host) -> None:
    tag = f'<script async src="{rates}/embed/value.js"></script><p><rates-value pair="KZT/USD">0.002</rates-value></p>'
    with visited(browser, host(tag), expected=("404", "there is no rate of KZT/USD for 1999-09-01")) as page:
        until(page, f"{NUMBER}.querySelector('.number')")
        page.evaluate("document.querySelector('rates-value').setAttribute('on', '1999-09-01')")
        until(page, f"!{NUMBER}.querySelector('.number')")
        assert page.locator("p").inner_text() == "0.002"


@pytest.mark.parametrize(
    "around",
    [
        '<div style="display:flex"><b>News</b>{}</div>',
        '<div style="display:flex"><b>News</b><div style="flex:1">{}</div></div>',
        '<div style="display:grid;grid-template-columns:100px 1fr"><b>News</b>{}</div>',
        '<div style="display:flex;flex-direction:column;align-items:center">{}</div>',
        '<div style="float:left">{}</div>',
        '<table style="width:100%"><tr><td>{}</td></tr></table>',
    ],
)
def test_it_is_never_wider_than_its_place(browser: Browser, rates: str, host: Host, around: str) -> None:
    body = around.format(element(rates))
    with visited(browser, host(body), viewport={"width": 420, "height": 300}) as page:
        assert len(rows(page)) == 5
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") == 420
        assert page.evaluate("document.querySelector('rates-ticker').offsetWidth") >= 200


def test_the_text_inside_a_number_stays_where_there_is_none(browser: Browser, rates: str, host: Host) -> None:
    tag = '<rates-value pair="KZT/USD" on="1999-09-01">138.20</rates-value>'
    body = f'<script async src="{rates}/embed/value.js"></script><p>{tag}</p>'
    with visited(browser, host(body), expected=("404", "there is no rate of KZT/USD for 1999-09-01")) as page:
        until(page, f"{NUMBER}.querySelector('.wrong')")
        assert page.locator("p").inner_text() == "138.20"
        assert "no rate of KZT/USD for 1999-09-01" in page.evaluate(f"{NUMBER}.querySelector('.wrong').ariaLabel")


def test_a_number_at_the_end_of_the_window_tells_upwards(browser: Browser, rates: str, host: Host) -> None:
    tag = f'<script async src="{rates}/embed/value.js"></script><p style="margin-top:400px">A long way down: {{}}</p>'
    body = tag.format('<rates-value pair="KZT/USD">0.002</rates-value>')
    with visited(browser, host(body), viewport={"width": 400, "height": 460}) as page:
        until(page, f"{NUMBER}.querySelector('.number')")
        page.hover("rates-value")
        box = f"{NUMBER}.querySelector('.tip').getBoundingClientRect()"
        assert page.evaluate(f"{box}.height") > 20
        assert page.evaluate(f"{box}.bottom") < 460


def test_a_chart_says_each_day_under_the_pointer_and_by_keyboard(browser: Browser, rates: str, host: Host) -> None:
    body = f'<iframe sandbox="allow-scripts" src="{rates}/embed/chart/UZS" width="600" height="320"></iframe>'
    with visited(browser, host(body)) as page:
        frame = page.frames[1]
        frame.wait_for_selector("[role=slider]")
        told = frame.locator(".told")
        assert not told.is_visible()
        frame.locator(".drawing").hover(position={"x": 300, "y": 50})
        assert "UZS/USD = 0.0000" in told.inner_text()
        before = told.inner_text()
        frame.locator(".drawing").focus()
        page.keyboard.press("Home")
        first = told.inner_text()
        assert first != before
        page.keyboard.press("End")
        assert told.inner_text().splitlines() == ["29 Sep 2026", "UZS/USD = 0.0000848016"]
        assert "29 Sep 2026: UZS/USD = 0.0000848016; 1 USD = 11,792.22" in str(
            frame.locator("[role=slider]").get_attribute("aria-valuetext")
        )
        drawn = frame.locator(".drawing path").get_attribute("d")
        frame.get_by_role("link", name="3M").click()
        frame.wait_for_selector("[aria-current]:text('3M')")
        assert frame.locator(".drawing path").get_attribute("d") != drawn
        assert frame.evaluate("document.documentElement.scrollHeight") == 320


@pytest.mark.parametrize("width", [300, 390, 640])
def test_a_chart_of_any_width_hides_nothing(browser: Browser, rates: str, host: Host, width: int) -> None:
    """Long rates and names in their languages: texts neither touch one another nor leave the frame."""
    frames = "".join(
        f'<iframe sandbox="allow-scripts" src="{rates}/embed/chart/{code}?lang={language}&range={span}" width="{width}"'
        ' height="320"></iframe>'
        for code, language, span in (("UZS", "kk", "1y"), ("UZS", "ru", "1m"), ("KZT", "en", "5y"), ("TJS", "ru", "3m"))
    )
    with visited(browser, host(frames)) as page:
        for frame in page.frames[1:]:
            frame.wait_for_selector("[role=slider]")
            assert frame.evaluate("document.documentElement.scrollWidth") == width
            assert frame.evaluate("document.documentElement.scrollHeight") == 320
            boxes: list[list[float]] = frame.evaluate(
                "[...document.querySelectorAll('h1, h1 + p, .rate > *, nav a, .value, .day, .last, footer p')]"
                ".filter((e) => e.checkVisibility() && !e.matches('.unseen')).map((e) => e.getBoundingClientRect())"
                ".map(({ left, right, top, bottom }) => [left, right, top, bottom])"
            )
            assert all(left >= 0 and right <= width and bottom <= 320 for left, right, _, bottom in boxes)
            for index, (left, right, top, bottom) in enumerate(boxes):
                for other in boxes[index + 1 :]:
                    beside = right <= other[0] + 1 or other[1] <= left + 1
                    assert beside or bottom <= other[2] + 4 or other[3] <= top + 4, (boxes[index], other)
            for key in ("Home", "End"):
                frame.locator(".drawing").focus()
                page.keyboard.press(key)
                edges = frame.evaluate(
                    "(({ left, right }) => [left, right])(document.querySelector('.told').getBoundingClientRect())"
                )
                assert edges[0] >= 0
                assert edges[1] <= width


def test_a_chart_has_the_fonts_of_the_pages(browser: Browser, rates: str, host: Host) -> None:
    body = f'<iframe sandbox="allow-scripts" src="{rates}/embed/chart/KZT?lang=kk" width="600" height="320"></iframe>'
    with visited(browser, host(body)) as page:
        page.frames[1].wait_for_selector("[role=slider]")
        loads = (
            "Promise.all(['14px Inter', '600 17px \"Source Serif 4\"'].map((font) => document.fonts.load(font, 'aЖқ')))"
        )
        faces = page.frames[1].evaluate(f"{loads}.then((found) => found.map((each) => each.length))")
        assert faces == [3, 3]


@pytest.mark.parametrize("card", ["all.svg", "TJS.svg", "UZS.svg", "UZS.svg?size=sparkline", "TJS.svg?size=sparkline"])
def test_the_texts_of_a_card_fit_in_every_language(browser: Browser, rates: str, card: str) -> None:
    """In the fonts of this system, which are wider than ours: an image loads none."""
    page = browser.new_page()
    for language in LANGUAGES:
        for direction in ("local", "unit"):
            between = "&" if "?" in card else "?"
            page.goto(f"{rates}/card/{card}{between}lang={language}&direction={direction}")
            width, boxes = page.evaluate(
                "[document.documentElement.viewBox.baseVal.width, [...document.querySelectorAll('text')].map((text) =>"
                " [text.textContent, ...(({ x, y, width, height }) => [x, x + width, y + .2 * height, y + .8 * height])"
                "(text.getBBox())])]"
            )
            assert len(boxes) >= 6
            for index, (text, left, right, top, bottom) in enumerate(boxes):
                assert left >= 10, text
                assert right <= width - 10, text
                for other, its_left, its_right, its_top, its_bottom in boxes[index + 1 :]:
                    apart = right <= its_left or its_right <= left or bottom <= its_top or its_bottom <= top
                    assert apart, (language, text, other)
    page.close()


# Pages -------------------------------------------------------------------------------------------


def test_the_builder_shows_and_copies_what_is_chosen(browser: Browser, rates: str) -> None:
    with visited(browser, f"{rates}/embed", viewport={"width": 1280, "height": 900}) as page:
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        assert len(rows(page)) == 5
        page.select_option("#lang", "ru")
        until(page, "location.search.includes('lang=ru')")
        page.get_by_label("KGS/USD").uncheck()
        until(page, f"{TICKER}?.querySelectorAll('ul:first-child > [part~=row]').length === 4")
        assert rows(page)[0] == "KZT/USD = 0,00193 ▲ 0,31\xa0%"
        page.locator(".copy").first.click()
        page.wait_for_selector("text=Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert 'pairs="KZT/USD,TJS/USD,UZS/USD,TMT/USD" lang="ru"' in copied
        page.reload()
        assert rows(page)[0] == "KZT/USD = 0,00193 ▲ 0,31\xa0%"
        page.get_by_label("Freeze these values").check()
        until(page, "document.querySelector('rates-value').getAttribute('pin')")


def test_the_builder_works_without_scripts(browser: Browser, rates: str) -> None:
    with visited(browser, f"{rates}/embed", java_script_enabled=False) as page:
        page.select_option("#lang", "kk")
        page.get_by_role("button", name="Show").first.click()
        assert 'lang="kk"' in page.locator(".line code").first.inner_text()


def test_no_page_scrolls_sideways(browser: Browser, rates: str) -> None:
    for path in ("/embed", "/embed/demo", "/embed/chart/UZS"):
        with visited(browser, rates + path) as page:
            for width in (1280, 390, 320):
                page.set_viewport_size({"width": width, "height": 320})
                page.wait_for_timeout(300)
                assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("theme", ["dark", pytest.param("light", marks=pytest.mark.soak)])
def test_axe_finds_nothing_wrong(browser: Browser, rates: str, host: Host, theme: Any) -> None:
    number = f'<script async src="{rates}/embed/value.js"></script><rates-value pair="KZT">0.002</rates-value>'
    page_of_another = host(f"<main><h1>News</h1>{element(rates)}{element(rates, 'speed=0')}<p>{number}</p></main>")
    less: Any = "reduce" if theme == "dark" else "no-preference"
    for address in (
        page_of_another, f"{rates}/embed", f"{rates}/embed/demo", f"{rates}/embed/ticker?lang=ru&sources=info",
        f"{rates}/embed/chart/KZT", f"{rates}/embed/chart/UZS?lang=kk&range=5y", f"{rates}/ticker.html",
    ):  # fmt: skip
        page = browser.new_page(color_scheme=theme, reduced_motion=less, viewport={"width": 390, "height": 800})
        page.goto(address)
        page.wait_for_timeout(700)
        found = Axe().run(page)
        page.close()
        wrong = [(each["id"], node["html"]) for each in found.response["violations"] for node in each["nodes"]]
        assert wrong == [], address


# Copied, combined, moved -------------------------------------------------------------------------


@pytest.fixture
def another(serve: Callable[..., str]) -> str:
    """A second service, whose only row is told from those of the first."""
    told = {
        "language": "en",
        "direction": "ltr",
        "words": {"title": "Rates", "pause": "Pause", "play": "Play", "updated": "updated", "credit": ""},
        "rows": [{"pair": "AAA/USD", "rate_per": "1", "change": "0%", "direction": "flat", "spoken": "AAA"}],
    }
    script = scripts.newest()["ticker"].body

    def reply(handler: BaseHTTPRequestHandler) -> None:
        kind, body = (
            ("text/javascript", script)
            if ".js" in handler.path and "json" not in handler.path
            else ("application/json", json.dumps(told).encode())
        )
        answer(handler, body, 200, Content_Type=kind, Access_Control_Allow_Origin="*")

    return serve(reply)


def test_a_script_that_an_optimiser_copied_asks_the_service_of_the_link(
    browser: Browser, rates: str, another: str, host: Host
) -> None:
    inside = f'<b>Rates</b> <a href="{rates}/ticker.html">Exchange rates</a>'
    asked: list[str] = []
    # Whether the script comes before the element is parsed or after it.
    for loading in ("", "async"):
        body = f'<script {loading} src="{another}/embed/ticker.js"></script><rates-ticker>{inside}</rates-ticker>'
        with visited(browser, host(body)) as page:
            page.on("request", lambda request: asked.append(request.url))
            assert len(rows(page)) == 5
    assert not any(url.startswith(f"{another}/ticker.json") for url in asked)


def test_two_services_on_a_page_show_each_its_own(browser: Browser, rates: str, another: str, host: Host) -> None:
    body = (
        f'<script src="{rates}/embed/ticker.js"></script><rates-ticker></rates-ticker>'
        f'<script src="{another}/embed/ticker.js"></script>'
        f'<rates-ticker><a href="{another}/ticker.html">b</a></rates-ticker>'
    )
    with visited(browser, host(body)) as page:
        second = "document.querySelectorAll('rates-ticker')[1].shadowRoot"
        assert len(rows(page)) == 5
        assert rows(page, second) == ["AAA/USD = 1 0%"]


def test_it_keeps_its_style_and_moves_on_in_another_document(browser: Browser, rates: str, host: Host) -> None:
    number = f'<script async src="{rates}/embed/value.js"></script><rates-value pair="KZT/USD">1</rates-value>'
    frame = '<iframe id="frame" srcdoc="<!doctype html><title>Empty</title>" width="600" height="200"></iframe>'
    with visited(browser, host(f"{frame}{element(rates)}{number}")) as page:
        rows(page)
        until(page, f"{NUMBER}.querySelector('.number')")
        page.evaluate(
            "for (const name of ['rates-ticker', 'rates-value'])"
            " document.querySelector('#frame').contentDocument.body.append(document.querySelector(name))"
        )
        inside = page.frames[1]
        assert len(inside.evaluate(f"[...{TICKER}.querySelectorAll('ul:first-child > [part~=row]')]")) == 5
        assert inside.evaluate(f"getComputedStyle({TICKER}.querySelector('section')).display") == "flex"
        assert inside.evaluate(f"{TICKER}.querySelectorAll('.unseen')[0].offsetWidth") == 1
        left = f"{TICKER}.querySelector('.belt').getBoundingClientRect().x"
        before = inside.evaluate(left)
        inside.wait_for_timeout(300)
        assert inside.evaluate(left) < before
        until(
            page,
            "document.querySelector('#frame').contentDocument.querySelector('rates-value')"
            ".shadowRoot.querySelector('.number')",
        )
        assert inside.evaluate(f"getComputedStyle({NUMBER}.querySelector('.tip')).display") == "none"
