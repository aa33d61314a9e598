"""The dashboards under the hand: what is drawn, what a choice changes, and what stays when nothing happens."""

import os
import re
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from ratesvc.core.observation import Observation
from ratesvc.publish import publish
from ratesvc.render.i18n import LANGUAGES
from ratesvc.store.database import Store, writing

from ..serving import free_port, get, newest_day, publish_a_busy_year, record_unjudged, serving
from ..serving import until as serving_until
from .looking import opened, until

CHARTS = {
    "/": [],
    "/currency/KZT": ["line", "drawdown", "distribution", "candles"],
    "/currency/TMT": ["line"],
    "/compare": ["side_by_side"],
    "/spread": [],
    "/sources": [],
    "/sql": [],
    "/docs": [],
}
"""What each page draws."""


def drawn(page: Page, name: str, seconds: float = 20) -> None:
    """Brings a chart into sight and waits until Plotly has drawn it."""
    page.evaluate(f"document.getElementById('chart-{name}').scrollIntoView({{block: 'center'}})")
    until(page, f"document.querySelector('#chart-{name} .main-svg') !== null", seconds)


def days(page: Page, name: str) -> tuple[date, date]:
    """The first and the last day that the axis shows, from the plot itself."""
    found = page.evaluate(f"document.getElementById('chart-{name}')._fullLayout.xaxis.range.map(String)")
    first, last = (date.fromisoformat(end[:10]) for end in found)
    return first, last


def traces(page: Page, name: str) -> dict[str, list[Any]]:
    """The values of each line, from the plot itself."""
    found: dict[str, list[Any]] = page.evaluate(
        f"Object.fromEntries(document.getElementById('chart-{name}')._fullData.map((each) => [each.name, [...each.y]]))"
    )
    return found


@pytest.mark.parametrize("path", CHARTS)
@pytest.mark.parametrize(
    ("width", "theme"), [(1280, "light"), (390, "dark"), pytest.param(320, "light", marks=pytest.mark.soak)]
)
def test_each_page_is_drawn_in_every_size_and_theme(
    browser: Browser, busy: str, path: str, width: int, theme: str
) -> None:
    with opened(browser, busy + path, width, theme) as page:
        for name in CHARTS[path]:
            drawn(page, name)
            assert any(any(value is not None for value in values) for values in traces(page, name).values())
        assert page.evaluate("document.documentElement.scrollWidth") == width
        background = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (background == "rgb(253, 252, 249)") == (theme == "light")


def test_a_range_changes_what_is_drawn_and_the_address(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/compare") as page:
        drawn(page, "side_by_side")
        first, last = days(page, "side_by_side")
        assert 360 < (last - first).days < 372
        # A common first day is up to four days into the range: no rates are published for some days of a weekend.
        for name, least, most in (("1M", 23, 33), ("1W", 2, 9), ("All", 400, 440)):
            page.get_by_role("link", name=name, exact=True).click()
            until(page, f"new URLSearchParams(location.search).get('range') === '{name.lower()}'")
            span = "(([a, b]) => (new Date(b) - new Date(a)) / 864e5)"
            plot = "document.getElementById('chart-side_by_side')"
            until(
                page,
                f"{span}({plot}._fullLayout.xaxis.range) < {most} && {span}({plot}._fullLayout.xaxis.range) > {least}",
            )
            assert page.locator("[data-sets^=range][aria-current]").all_inner_texts() == [name]
            # Every line begins at 100 on the first day of the range.
            assert {values[0] for values in traces(page, "side_by_side").values()} == {100}
        address = page.url
    with opened(browser, address) as page:
        drawn(page, "side_by_side")
        first, last = days(page, "side_by_side")
        assert (last - first).days > 400
        assert page.locator("[data-sets^=range][aria-current]").all_inner_texts() == ["All"]


def test_a_zoom_asks_for_finer_points_and_can_be_sent_on(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/currency/KZT") as page:
        drawn(page, "line")
        before = len(traces(page, "line")["currency-api (market)"])
        box = page.locator("#chart-line .draglayer .nsewdrag").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.97, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.999, box["y"] + 60, steps=5)
        page.mouse.up()
        until(page, "new URLSearchParams(location.search).has('from')")
        asked = page.evaluate("Object.fromEntries(new URLSearchParams(location.search))")
        first, last = date.fromisoformat(asked["from"]), date.fromisoformat(asked["to"])
        assert 5 < (last - first).days < 20
        until(page, "document.getElementById('chart-line')._fullData?.[1]?.x[0].length > 10")  # Hours, not days.
        assert len(traces(page, "line")["currency-api (market)"]) > (last - first).days * 15
        assert days(page, "line") == (first, last)
        assert page.locator("[data-sets^=range][aria-current]").count() == 0
        drawn(page, "drawdown")  # The other charts of the page follow.
        until(page, f"document.getElementById('chart-drawdown').figure.told.first === '{first}'")
        address = page.url
        page.locator("#chart-line .draglayer .nsewdrag").dblclick(position={"x": 300, "y": 100})
        until(page, "new URLSearchParams(location.search).get('range') === 'all'")
        until(page, f"document.getElementById('chart-line')._fullData?.[1]?.y.length >= {before}")
    with opened(browser, address) as page:
        drawn(page, "line")
        assert days(page, "line") == (first, last)


def test_back_undoes_a_zoom(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/currency/KZT?range=6m") as page:
        drawn(page, "line")
        before, title = days(page, "line"), page.locator("#line-title").inner_text()
        box = page.locator("#chart-line .draglayer .nsewdrag").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 60, steps=5)
        page.mouse.up()
        until(page, "new URLSearchParams(location.search).has('from')")
        until(page, f"document.getElementById('line-title').textContent !== {title!r}")
        page.go_back()
        until(page, f"document.getElementById('line-title').textContent === {title!r}")
        until(page, "document.getElementById('chart-line').figure.told.range === '6m'")
        assert days(page, "line") == before
        assert page.locator("[data-sets^=range][aria-current]").all_inner_texts() == ["6M"]


def test_two_fingers_zoom(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/currency/KZT", width=390, has_touch=True, is_mobile=True) as page:
        drawn(page, "line")
        page.locator("#chart-line").scroll_into_view_if_needed()
        box = page.locator("#chart-line .draglayer .nsewdrag").bounding_box()
        assert box is not None
        first, last = days(page, "line")
        touch = page.context.new_cdp_session(page)
        left, width, middle = box["x"], box["width"], box["y"] + 60
        for kind, places in (
            ("touchStart", (0.4, 0.6)), ("touchMove", (0.2, 0.8)), ("touchMove", (0.1, 0.9)), ("touchEnd", ()),
        ):  # fmt: skip
            points = [{"x": left + width * place, "y": middle, "id": number} for number, place in enumerate(places)]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            page.wait_for_timeout(100)
        until(page, "new URLSearchParams(location.search).has('from')")
        asked = page.evaluate("Object.fromEntries(new URLSearchParams(location.search))")
        span = date.fromisoformat(asked["to"]) - date.fromisoformat(asked["from"])
        assert span / (last - first) == pytest.approx(0.25, abs=0.02)


def test_arrow_keys_go_from_day_to_day(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/currency/KZT") as page:
        drawn(page, "line")
        page.locator("#chart-line").focus()
        told: list[str] = []
        for key in ("End", "ArrowLeft", "ArrowLeft"):
            page.keyboard.press(key)
            until(page, f"!{['', *told]}.includes(document.querySelector('#chart-line .hoverlayer').textContent)")
            told.append(page.locator("#chart-line .hoverlayer").text_content() or "")
        assert len(set(told)) == 3
        assert "516.95" in told[0]


def test_scale_measure_and_currencies_are_in_the_address(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/compare") as page:
        drawn(page, "side_by_side")
        page.get_by_role("link", name="Log", exact=True).click()
        until(page, "document.getElementById('chart-side_by_side')._fullLayout.yaxis.type === 'log'")
        page.get_by_role("link", name="Linear", exact=True).click()
        page.get_by_role("link", name="Percent", exact=True).click()
        until(page, "document.getElementById('chart-side_by_side')._fullData?.[0]?.y[0] === 0")
        # The answer to the first choice comes after the one to the second, and is dropped.
        page.evaluate(
            "const quick = fetch; window.fetch = async (address, how) => { if (String(address).includes('UZS'))"
            " await new Promise((go) => setTimeout(go, 1500)); return quick(address, how); }; null"
        )
        page.get_by_label("KGS", exact=True).uncheck()
        page.get_by_label("UZS", exact=True).uncheck()
        until(page, "document.getElementById('chart-side_by_side')._fullData?.length === 2")
        until(page, "document.querySelectorAll('[data-live=correlation] tbody tr').length === 2")
        page.wait_for_timeout(2000)
        assert page.locator("[data-live=correlation] tbody tr").count() == 2
        address = page.url
    assert "currencies=KZT%2CTJS" in address
    with opened(browser, address) as page:
        drawn(page, "side_by_side")
        assert list(traces(page, "side_by_side")) == ["KZT", "TJS"]
        assert page.get_by_label("UZS", exact=True).is_checked() is False


def test_back_and_forward_are_the_pages_own(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/?theme=dark&lang=ru") as page:
        page.wait_for_load_state("networkidle")  # What a page that is left has not loaded counts as a failure.
        page.locator("nav.top a", has_text="KZT").click()
        page.wait_for_url("**/currency/KZT?lang=ru&theme=dark")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("document.documentElement.lang") == "ru"
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 28)"
        page.go_back()
        assert page.url.endswith("/?theme=dark&lang=ru")


def test_base_and_direction_are_remembered_until_others_are_chosen(browser: Browser, busy: str) -> None:
    # A page that leads on to what is remembered leaves what it has begun to load.
    with closing(browser.new_page()) as page:
        page.goto(f"{busy}/")
        bar = page.locator(".switches")
        bar.get_by_role("link", name="EUR").click()
        page.wait_for_url("**/?base=EUR")
        bar.get_by_role("link", name="per unit").click()
        page.wait_for_url("**/?base=EUR&direction=unit")
        page.locator("nav.top").get_by_role("link", name="Embed").click()
        page.wait_for_url("**/embed")
        page.locator(".brand").click()
        page.wait_for_url("**/?base=EUR&direction=unit")
        page.goto(f"{busy}/currency/KZT?range=3m")
        page.wait_for_url("**/currency/KZT?range=3m&base=EUR&direction=unit")
        assert page.locator("h1 .name").inner_text() == "KZT/EUR"
        bar.get_by_role("link", name="USD", exact=True).click()
        bar.get_by_role("link", name="per USD").click()
        page.wait_for_url("**/currency/KZT?range=3m")
        page.goto(f"{busy}/")
        assert page.url == f"{busy}/"


def test_the_table_is_sorted_by_a_column(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/") as page:
        codes = "[...document.querySelectorAll('.rates tbody th')].map((each) => each.textContent)"
        before = page.evaluate(codes)
        heading = page.get_by_role("button", name="Month")
        heading.click()
        values = page.evaluate(
            "[...document.querySelectorAll('.rates tbody td.month')].map((each) => each.dataset.value)"
        )
        known = [float(value) for value in values if value]
        assert known == sorted(known, reverse=True)
        assert page.locator("th[aria-sort=descending]").inner_text() == "Month"
        heading.click()
        heading.click()
        assert page.evaluate(codes) == before


def test_on_a_phone_the_pages_are_behind_a_button_and_the_answer_on_the_first_screen(
    browser: Browser, busy: str
) -> None:
    with opened(browser, f"{busy}/", 390) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        assert page.locator("nav.top").is_hidden()
        page.get_by_role("button", name="Menu").click()
        assert page.locator("nav.top a").first.is_visible()
        page.get_by_role("button", name="Menu").click()
        bottom = "(element) => element.getBoundingClientRect().bottom"
        for found in (
            page.locator(".rates tbody tr").last,
            page.locator("[name=amount_text]"),
            page.locator(".standing"),
        ):
            assert found.evaluate(bottom) <= 844
        assert page.locator(".rates td.previous").count() == 5
    with opened(browser, f"{busy}/currency/KZT", 390) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        for name in (".answer .rate", ".answer .moved", ".answer p:last-child"):
            assert page.locator(name).first.evaluate(bottom) <= 844
        assert page.locator("#chart-line").evaluate("(element) => element.getBoundingClientRect().top") < 844 - 200


@pytest.mark.parametrize(
    "language", [pytest.param(each, marks=[] if each in ("ru", "tk") else pytest.mark.soak) for each in LANGUAGES]
)
def test_no_language_is_wider_than_a_phone(browser: Browser, busy: str, language: str) -> None:
    # Chromium may find that a font came too late to be used, and complain, while many pages pass by.
    with closing(browser.new_page(viewport={"width": 390, "height": 844})) as page:
        for path in ("/", "/currency/UZS", *(("/compare", "/spread", "/sources") if language == "ru" else ())):
            for direction in ("local", "unit"):
                page.goto(f"{busy}{path}?lang={language}&direction={direction}")
                for width in (390, 320, 768, 1000):
                    page.set_viewport_size({"width": width, "height": 844})
                    assert page.evaluate("document.documentElement.scrollWidth") == width, (path, direction, width)


def test_no_figures_and_no_days_run_together(browser: Browser, busy: str) -> None:
    fit = "(cells) => cells.every((cell) => cell.scrollWidth <= cell.clientWidth)"
    apart = """(days) => days.map((day) => day.getBoundingClientRect()).filter(({ width }) => width)
        .every((box, index, boxes) => !index || box.left > boxes[index - 1].right + 4)"""
    with closing(browser.new_page()) as page:
        for width in (1280, 1000, 800, 390):
            page.set_viewport_size({"width": width, "height": 844})
            page.goto(f"{busy}/?base=RUB&direction=unit&lang=ru")
            assert page.locator(".pairs td").evaluate_all(fit), width
            page.goto(f"{busy}/currency/UZS?base=EUR&direction=unit&lang=ru&range=1m")
            assert page.locator("#chart-line .day").evaluate_all(apart), width


def test_the_keyboard_reaches_and_uses_every_choice(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/currency/KZT") as page:
        drawn(page, "line")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.locator("[data-sets='range=3m']").focus()
        page.keyboard.press("Enter")
        until(page, "location.search === '?range=3m'")
        page.locator("details.table summary").first.focus()
        page.keyboard.press("Enter")
        until(page, "document.querySelectorAll('#main .rows tbody tr').length > 40")


def test_a_chart_gives_its_rows_its_sql_and_its_picture(browser: Browser, busy: str, tmp_path: Path) -> None:
    with opened(browser, f"{busy}/currency/KZT?range=1m", accept_downloads=True) as page:
        drawn(page, "line")
        page.locator("details.table[data-of=chart-line] summary").click()
        until(page, "document.querySelector('#main .rows tbody tr')")
        rows = [row.split("\t")[:2] for row in page.locator("#main .rows tbody tr").all_inner_texts()]
        last = newest_day("nbk")
        assert [str(last), "516.95"] in rows
        sql = (
            page.locator("[data-sql=chart-line]").inner_text()
            if page.locator("[data-sql=chart-line]").is_visible()
            else (page.evaluate("document.querySelector('[data-sql=chart-line]').textContent"))
        )
        assert f"DATE '{last}'" in sql
        for name, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
            with page.expect_download() as saved:
                page.locator("[data-of=chart-line]", has_text=name).last.click()
            path = tmp_path / name
            saved.value.save_as(path)
            assert path.read_bytes().lstrip().startswith(start)
            assert saved.value.suggested_filename == f"line-{last}.{name.lower()}"
        address = page.locator("[data-csv=chart-line]").get_attribute("href")
        assert page.locator("[data-xlsx=chart-line]").get_attribute("href") == str(address).replace(".csv?", ".xlsx?")
    assert address is not None
    with opened(browser, busy + "/sources") as page:
        assert page.request.get(busy + address).text().count("\n") > 20


def test_the_converter_answers_while_one_types_and_keeps_the_address(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/") as page:
        page.locator("[name=amount_text]").fill("250")
        until(page, "document.querySelector('.converted').textContent.startsWith('250 USD')")
        page.locator("[name=in]").select_option("TJS")
        until(page, "document.querySelector('.converted').textContent.includes('2,336.25 TJS')")
        assert "amount=250" in page.url
        page.locator(".swap").click()
        until(page, "document.querySelector('.converted')?.textContent.startsWith('250 TJS')")
        assert "of=TJS" in page.url


def test_an_amount_that_cannot_be_read_says_so_beside_its_field(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/?lang=ru") as page:
        field, mistake = page.locator("[name=amount_text]"), "document.querySelector('.mistake').textContent"
        field.fill("1 000,5")
        until(page, "document.querySelector('.converted').textContent.startsWith('1\\xa0000,5 USD')")
        assert "amount=1000.5&" in page.url + "&"
        assert "amount_text" not in page.url
        for entry in ("1.000", ""):
            field.fill(entry)
            until(page, f"{mistake}.startsWith('Сумму не удалось прочитать')")
            assert (field.get_attribute("aria-invalid"), field.input_value()) == ("true", entry)
            assert page.locator(".converted").count() == 0
            assert "amount=1000.5&" in page.url + "&"
            field.fill("7,5")
            until(page, f"{mistake} === ''")
            assert field.get_attribute("aria-invalid") == "false"
            field.fill("1000,5")
            until(page, "location.search.includes('amount=1000.5')")
    with opened(browser, f"{busy}/?lang=ru", java_script_enabled=False) as page:
        page.locator("[name=amount_text]").fill("1.000")
        page.get_by_role("button", name="Перевести").click()
        assert page.locator(".mistake").inner_text().startswith("Сумму не удалось прочитать")
        page.locator("[name=amount_text]").fill("1 000,5")
        page.get_by_role("button", name="Перевести").click()
        assert page.url.endswith("amount=1000.5#converter")
        assert page.locator("[name=amount_text]").input_value() == "1\xa0000,5"


def test_the_theme_can_change_while_the_page_is_open(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/compare") as page:
        drawn(page, "side_by_side")
        colour = "document.getElementById('chart-side_by_side').layout.hoverlabel.font.color"
        light = page.evaluate(colour)
        page.emulate_media(color_scheme="dark")
        until(page, f"{colour} !== {light!r}")


def test_without_scripts_the_answers_are_there(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/currency/KZT?range=3m", java_script_enabled=False) as page:
        assert page.locator(".answer .rate").inner_text().startswith("516.95")
        assert page.locator("[data-live=publications] tbody tr").count() == 30
        assert page.locator("#chart-line path").count() == 2
        assert page.locator("#chart-line .value").count() >= 3
        assert page.locator("#chart-candles rect").count() > 10
        assert page.locator(".chart noscript").count() == 0
        page.locator("[name=amount_text]").fill("7")
        page.get_by_role("button", name="Convert").click()
        assert page.locator(".converted").inner_text().startswith("7 USD")


def test_a_page_can_be_printed(browser: Browser, busy: str) -> None:
    with opened(browser, f"{busy}/currency/KZT") as page:
        page.emulate_media(media="print")
        assert page.locator(".top").is_hidden()
        assert page.locator(".controls").first.is_hidden()
        assert page.locator(".answer").is_visible()


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.soak)])
@pytest.mark.parametrize("path", CHARTS)
def test_axe_finds_nothing_wrong(browser: Browser, busy: str, path: str, theme: Any) -> None:
    with opened(browser, busy + path, 1280 if theme == "light" else 390, theme) as page:
        for name in CHARTS[path]:
            drawn(page, name)
        found = Axe().run(page)
        wrong = [(each["id"], node["html"]) for each in found.response["violations"] for node in each["nodes"]]
        assert wrong == []


@pytest.fixture
def live(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: Path) -> Iterator[tuple[str, Store]]:
    """A server and the writer of its data."""
    with writing() as store:
        publish_a_busy_year(store)
        with serving(free_port(), RATESVC_DATA=os.environ["RATESVC_DATA"]) as address:
            yield address, store


def test_a_new_publication_comes_in_without_a_jump(browser: Browser, live: tuple[str, Store]) -> None:
    address, store = live
    with opened(browser, f"{address}/currency/KZT") as page:
        page.clock.install()  # The page asks once a minute, and so long the browser may keep the answer.
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
        drawn(page, "line")
        page.evaluate("scrollTo(0, 300)")
        place = page.evaluate("scrollY")
        kept = page.evaluate("document.querySelector('#converter').mine = 1")
        with page.expect_response(f"{address}/ticker.json"):
            page.clock.fast_forward("00:03")
        before = page.request.get(page.url).text()
        now = datetime.now(UTC)
        observation = Observation(
            source="nbk",
            base="USD",
            quote="KZT",
            observed_at=now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1),
            rate=Decimal("515.55"),
        )
        record_unjudged(store, "nbk", [observation], now)
        version = publish.publish(store)
        serving_until(lambda: version in get(f"{address}/ticker.json"))
        # The process that answers first has not noticed yet.
        page.route(page.url, lambda route: route.fulfill(body=before, content_type="text/html"), times=1)
        with page.expect_response(page.url):
            page.clock.fast_forward("01:01")
        page.wait_for_timeout(300)
        assert page.locator("#news").inner_text() == ""
        # It looks again ten seconds after it has read that answer, not after a minute. To read takes as long as the
        # machine needs.
        for _ in range(5):
            page.clock.fast_forward("00:11")
            deadline = time.monotonic() + 3
            while "515.55" not in page.locator(".answer .rate").inner_text() and time.monotonic() < deadline:
                page.wait_for_timeout(50)
        assert "515.55" in page.locator(".answer .rate").inner_text()
        until(page, "document.getElementById('chart-line')._fullData?.[0]?.customdata.at(-1) === '515.55'")
        assert page.evaluate("scrollY") == place
        assert (
            page.evaluate("document.querySelector('#converter').mine") == kept
        )  # What has not changed was not touched.
        assert page.locator("#news").inner_text() == "The rates on this page have been updated."
        assert version in page.locator("#published").inner_text()


def test_the_first_view_is_light(browser: Browser, busy: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Under 60 kB besides the fonts, which are under 60 kB too, and no Plotly; nothing moves when the fonts come."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    wire = page.context.new_cdp_session(page)
    wire.send("Network.enable")
    asked: dict[str, str] = {}
    weighs: dict[str, int] = {}
    wire.on("Network.requestWillBeSent", lambda event: asked.update({event["requestId"]: event["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda event: weighs.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(f"{busy}/")
    until(page, "performance.getEntriesByName('first-contentful-paint').length === 1")  # Before anybody does anything.
    page.wait_for_timeout(500)
    sizes = {
        re.sub(r"-[0-9a-f]{12,16}", "", url.removeprefix(busy)): int(weighs.get(key, 0)) for key, url in asked.items()
    }
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    shift = page.evaluate(
        "new Promise((tell) => { let sum = 0; new PerformanceObserver((list) =>"
        " list.getEntries().forEach((entry) => sum += entry.value)).observe({type: 'layout-shift', buffered: true});"
        " setTimeout(() => tell(sum), 200); })"
    )
    page.close()
    fonts = sum(size for name, size in sizes.items() if name.endswith(".woff2"))
    first = sum(sizes.values()) - fonts
    with capsys.disabled():
        print(f"\nfirst view {first} bytes, fonts {fonts}, painted after {paint:.0f} ms, shift {shift:.4f}: {sizes}")
    assert first < 60_000
    assert 0 < fonts < 60_000
    assert not [name for name in sizes if "plotly" in name]
    assert shift < 0.001
