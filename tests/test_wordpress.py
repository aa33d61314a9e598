"""The WordPress plugin: its options are those of the service, and authors embed with it in a real WordPress."""

import gettext
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from lxml import html
from playwright.sync_api import Browser, Page, expect, sync_playwright
from pydantic import BaseModel

from ratesvc.core.currencies import CODES, PAIRS
from ratesvc.render.i18n import LANGUAGES
from ratesvc.web.embed.builder import BuilderParams
from ratesvc.web.embed.cards import SizedCardParams
from ratesvc.web.embed.chart import ChartFrameParams
from ratesvc.web.embed.frames import TickerFrameParams
from ratesvc.web.embed.numbers import ValueParams
from ratesvc.web.embed.scripts import FOLDER

from .browser.conftest import CHROMIUM, QUIET
from .serving import get
from .wordpress import PLUGIN, WordPress, is_installed, wordpress

OPTIONS = json.loads((PLUGIN / "options.json").read_text())
BLOCK = json.loads((PLUGIN / "block.json").read_text())
OF_A_PAIR = {"base", "direction"}
"""In the plugin the option `pair` says both."""


def fields(*params: type[BaseModel]) -> set[str]:
    return {name for each in params for name in each.model_fields}


def test_each_form_has_the_options_of_the_service() -> None:
    assert {form: set(names) for form, names in OPTIONS["forms"].items()} == {
        "ticker": fields(TickerFrameParams) | {"layout", "link"},
        "iframe": fields(TickerFrameParams),
        "chart": fields(ChartFrameParams) - OF_A_PAIR | {"pair"},
        "card": fields(SizedCardParams) - OF_A_PAIR | {"pair"},
        "value": fields(ValueParams) | {"show", "theme"},
    }


def test_each_option_has_the_values_of_the_service() -> None:
    rules: dict[str, Any] = {}
    for params in (SizedCardParams, ChartFrameParams, BuilderParams):
        rules |= params.model_json_schema()["properties"]
    [still] = re.findall(r"STILL_LAYOUTS = (\[.*\])", (FOLDER / "ticker.js").read_text())
    rules["layout"] = {"enum": ["tape", *json.loads(still)]}
    rules["lang"] = {"enum": LANGUAGES}
    for name, words in OPTIONS["words"].items():
        assert sorted(words) == sorted(rules[name]["enum"]), name
        assert rules[name].get("default", words[0]) == words[0], name
    for name, bounds in OPTIONS["numbers"].items():
        assert bounds == [rules[name]["minimum"], rules[name]["maximum"]], name
    assert OPTIONS["patterns"].keys() == {"on", "pin", "link", "labels"}
    assert OPTIONS["pairs"] == ["/".join(pair) for pair in PAIRS]
    assert OPTIONS["codes"] == list(CODES)


def test_the_block_has_the_same_options_with_a_label_each() -> None:
    names = {"as"}.union(*OPTIONS["forms"].values())
    assert BLOCK["attributes"] == {name: {"type": "string"} for name in names}
    labels = re.findall(r"^\t\t'(\w+)' ", (PLUGIN / "labels.php").read_text(), re.MULTILINE)
    assert set(labels) == names | {"more"}


def test_the_russian_catalogue_has_every_sentence_and_is_compiled() -> None:
    source = "".join(path.read_text() for path in PLUGIN.glob("*.php"))
    phrases = {("", text) for text in re.findall(r"(?:__|_e)\( '([^']+)', 'ratesvc-rates' \)", source)}
    phrases |= {(f"block {name}", BLOCK[name]) for name in ("title", "description")}
    stem = PLUGIN / "languages" / "ratesvc-rates-ru_RU"
    with stem.with_suffix(".po").open("rb") as po, stem.with_suffix(".mo").open("rb") as mo:
        written = {(each.context or "", str(each.id)): each.string for each in read_po(po) if each.id}
        compiled = gettext.GNUTranslations(mo)
    assert phrases <= written.keys()
    for (context, phrase), text in written.items():
        assert text == (compiled.pgettext(context, phrase) if context else compiled.gettext(phrase))
        assert text


def test_the_version_is_the_same_everywhere() -> None:
    plugin, readme = (PLUGIN / "ratesvc-rates.php").read_text(), (PLUGIN / "readme.txt").read_text()
    [version] = re.findall(r"^ \* Version: +(\S+)", plugin, re.MULTILINE)
    assert f"const VERSION = '{version}';" in plugin
    assert f"Stable tag: {version}\n" in readme
    for field in ("Requires at least", "Requires PHP"):
        [required] = re.findall(rf"^ \* {field}: +(\S+)", plugin, re.MULTILINE)
        assert f"{field}: {required}\n" in readme


@pytest.mark.skipif(shutil.which("php") is None, reason="no PHP is installed (on Debian: apt install php-cli)")
@pytest.mark.parametrize("file", sorted(PLUGIN.glob("*.php")), ids=lambda path: path.name)
def test_php_can_read_it(file: Path) -> None:
    subprocess.run(["php", "-l", file], check=True, capture_output=True, timeout=60)


# WordPress ----------------------------------------------------------------------------------------

needs_wordpress = pytest.mark.skipif(
    not is_installed(),
    reason="no WordPress is installed (on Debian: apt install wordpress php-cli php-mysql mariadb-server)",
)
HOSTILE = (
    '"><script>alert(1)</script>',
    "' onload='alert(1)",
    "javascript:alert(1)",
    "a b",
    "\u201cdark\u201d",
    "\x00",
)
POST = """(address) => {
    const { createBlock } = wp.blocks;
    const paragraph = (content) => createBlock("core/paragraph", { content });
    wp.data.dispatch("core/editor").editPost({ title: "Rates" });
    wp.data.dispatch("core/block-editor").insertBlocks([
        createBlock("ratesvc/rates", { pairs: "USD/KZT", lang: "ru" }),
        createBlock("ratesvc/rates", { as: "chart", pair: "KZT/USD" }),
        createBlock("core/shortcode", { text: '[rates pairs="KGS" theme="pink" colour="red"]' }),
        paragraph('A dollar is [rates as="value" pair="USD/KZT"], not [rates as="value" pair="KTZ/USD"].'),
        paragraph(`${address}/embed/ticker?pairs=TJS`),
        createBlock("core/html", { content: `<script src="${address}/embed/ticker.js"></script>` }),
        createBlock("core/html", { content: `<iframe src="${address}/embed/ticker"></iframe>` }),
    ]);
}"""
PUBLISH = """async () => {
    const { dispatch, select } = wp.data;
    dispatch("core/editor").editPost({ status: "publish" });
    await dispatch("core/editor").savePost();
    return select("core/editor").getPermalink();
}"""
SELECT = """() => {
    wp.data.dispatch("core/edit-post").openGeneralSidebar("edit-post/block");
    const [first] = wp.data.select("core/block-editor").getBlocks();
    wp.data.dispatch("core/block-editor").selectBlock(first.clientId);
}"""
OPTIMISER = """<?php // Serve a copy of the script of the ticker.
add_filter('script_loader_src', fn($url) => strpos($url, 'embed/ticker.js') ? '/wp-content/cache.js' : $url);
"""


@pytest.fixture
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed (on Debian: apt install chromium)")
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *sandbox])


def sign_in(chromium: Browser, site: WordPress, name: str) -> Page:
    page = chromium.new_page()
    page.goto(f"{site.address}/wp-login.php")
    page.fill("#user_login", name)
    page.fill("#user_pass", name)
    page.click("#wp-submit")
    page.wait_for_url("**/wp-admin/**")
    return page


def set_address(page: Page, site: WordPress, address: str) -> None:
    page.goto(f"{site.address}/wp-admin/options-general.php?page=ratesvc-rates")
    page.fill("#address", address)
    page.click("#submit")


@pytest.mark.third_party
@needs_wordpress
def test_an_author_embeds_the_rates_in_wordpress(chromium: Browser, rates: str, tmp_path: Path) -> None:
    expect.set_options(timeout=20_000)
    with wordpress(tmp_path) as site:
        author, admin = sign_in(chromium, site, "author"), sign_in(chromium, site, "admin")

        author.goto(f"{site.address}/wp-admin/post-new.php")
        author.wait_for_function("wp.data.select('core/editor').getCurrentPostId()")
        author.evaluate(POST, rates)
        unset = author.locator("[data-type='ratesvc/rates'] .ratesvc-rates-problem").first
        expect(unset).to_contain_text("The address of the service is not set. Ask an administrator")

        set_address(admin, site, "http://rates.example.org")
        expect(admin.locator(".notice-error")).to_contain_text("Enter an address with https.")
        set_address(admin, site, f"{rates}/")
        admin.click("text=Test this address")
        expect(admin.locator(".notice-success")).to_contain_text("The service responds: KGS/USD = 0.01144.")
        expect(admin.locator(".notice-warning")).to_have_count(0)

        post = author.evaluate(PUBLISH)
        author.reload()
        preview = author.frame_locator("[data-type='ratesvc/rates'] iframe >> nth=0")
        expect(preview.locator("rates-ticker li").first).to_contain_text("USD/KZT = 517,30")

        author.evaluate(SELECT)
        author.get_by_label("Show as").select_option("chart")
        chart = f"{rates}/embed/chart/KZT?base=USD&direction=unit&lang=ru"
        expect(author.locator(f"[data-type='ratesvc/rates'] iframe[src='{chart}']")).to_have_count(1)
        expect(author.locator(".ratesvc-rates-problem")).to_have_count(0)  # The pairs of the ticker are dropped.

        reader = chromium.new_page()
        for optimised in (False, True):
            if optimised:
                (site.folder / "wp-content" / "cache.js").write_text(get(f"{rates}/embed/ticker.js"))
                (site.folder / "wp-content" / "mu-plugins").mkdir()
                (site.folder / "wp-content" / "mu-plugins" / "optimiser.php").write_text(OPTIMISER)
            reader.goto(post)
            expect(reader.locator("rates-ticker[lang=ru] li").first).to_contain_text("USD/KZT = 517,30")
            expect(reader.locator("rates-ticker[pairs=KGS] li").first).to_contain_text("KGS/USD = 0.01144")
            expect(reader.locator("p rates-value")).to_have_count(1)
            expect(reader.locator("p rates-value")).to_contain_text("517.30")
            # The author's own script and iframe are gone; the block's and the pasted address are left.
            sources = [str(frame.get_attribute("src")) for frame in reader.locator("iframe").all()]
            assert [source.removeprefix(f"{rates}/embed/").partition("?")[0] for source in sources] == [
                "chart/KZT",
                "ticker",
            ]
            scripts = "/wp-content/cache.js" if optimised else f"{rates}/embed/ticker.js"
            expect(reader.locator(f"script[async][src='{scripts}']")).to_have_count(1)
            expect(reader.locator("script[src*='/embed/ticker.js']")).to_have_count(0 if optimised else 1)
            expect(reader.locator(".ratesvc-rates-problem")).to_have_count(0)

        author.goto(post)
        told = author.locator(".ratesvc-rates-problem").all_inner_texts()
        assert [re.findall(r'"(\w+)"', line)[0] for line in told] == ["theme", "colour", "pair"]

        attempts = [
            {"as": form, name: text} for form, name, text in product(OPTIONS["forms"], BLOCK["attributes"], HOSTILE)
        ]
        attempts += [{name: "1"} for name in ("onload", "style", "src", "source", "x y=z")]
        for made in json.loads(site.run("embeds.php", attempts)):
            assert_harmless(made, rates)
        assert site.notices() == []
        site.run("uninstall.php")


def assert_harmless(made: str, service: str) -> None:
    """Nothing but an element, a frame or an image of the service, with none of the hostile texts."""
    assert not re.search(r"alert|a b|\u201c", made)
    if made:
        root = html.fragment_fromstring(made)
        assert root.tag in ("rates-ticker", "rates-value", "iframe", "img")
        assert str(root.get("source", root.get("src"))).startswith(service)
        assert not [name for name in root.attrib if name.startswith("on")]
