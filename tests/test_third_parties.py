"""What other people's programs make of our pages: oEmbed clients, validators of HTML and AMP, and Lighthouse.

`make third-party` fetches those that are npm packages.
"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import micawber
import pyoembed
import pytest
from lxml import html

from ratesvc.core import settings
from ratesvc.publish import publish
from ratesvc.store.database import Store
from ratesvc.web import create_app

from .browser.conftest import CHROMIUM
from .serving import get, publish_every_state

pytestmark = pytest.mark.third_party

FOLDER = Path(__file__).parent / "third_party"
PAGES = ["/embed/ticker?pairs=KZT/USD&lang=ru", "/embed/chart/UZS?range=5y"]


def needs(path: str) -> pytest.MarkDecorator:
    """Skips where there is no Node, or `make third-party` did not bring a file."""
    if shutil.which("node") is None:
        return pytest.mark.skip(reason="no Node is installed (on Debian: apt install nodejs)")
    return pytest.mark.skipif(not (FOLDER / path).exists(), reason=f"{path} is missing: make third-party")


def node(*command: str | Path, tries: int = 1, **environment: str) -> str:
    """What a program of Node says; it must end well."""
    given = {**os.environ, **environment}
    for _ in range(tries):
        done = subprocess.run(
            ["node", *command], cwd=FOLDER, env=given, capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode == 0:
            return done.stdout
    raise AssertionError(done.stdout + done.stderr)


def assert_embeds(told: dict[str, Any], address: str) -> None:
    """The answer of a client has an iframe of the page."""
    frame = html.fragment_fromstring(told["html"])
    assert (frame.tag, told["type"]) == ("iframe", "rich")
    source = str(frame.get("src"))
    assert source.partition("?")[0] == address.partition("?")[0]
    assert "<rates-ticker" in get(source) or 'class="drawing"' in get(source)


@needs("node_modules/unfurl.js")
@pytest.mark.parametrize("client", ["unfurl", "extractus"])
def test_npm_clients_discover_the_embed_in_a_page(rates: str, client: str) -> None:
    for page in PAGES:
        assert_embeds(json.loads(node("clients.mjs", client, rates + page)), rates + page)


def test_pyoembed_discovers_the_embed_in_a_page(rates: str) -> None:
    for page in PAGES:
        told = pyoembed.oEmbed(rates + page, maxwidth=400)
        assert told["width"] == 400
        assert_embeds(told, rates + page)


def test_micawber_gets_the_embed_from_the_address_that_the_page_names(rates: str) -> None:
    for page in PAGES:
        # It does not look into pages itself: it is told an address for a pattern.
        [link] = html.fromstring(get(rates + page)).xpath("//link[@type='application/json+oembed']/@href")
        registry = micawber.ProviderRegistry()
        registry.register(re.escape(rates) + r"/embed/\S+", micawber.Provider(str(link).partition("?")[0]))
        assert_embeds(registry.request(rates + page), rates + page)


@pytest.mark.soak
@needs("node_modules/lighthouse")
@pytest.mark.parametrize("path", os.environ.get("LIGHTHOUSE", "/currency/KZT").split(","))
def test_lighthouse_on_a_phone(busy: str, path: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed (on Debian: apt install chromium)")
    told = tmp_path / "told.json"
    flags = "--headless=new --no-sandbox --disable-background-networking --no-first-run"
    for _ in range(3):  # Other tests run beside it, and it measures time.
        node(
            "node_modules/lighthouse/cli/index.js", busy + path, "--quiet", "--form-factor=mobile", "--output=json",
            f"--output-path={told}", f"--chrome-flags={flags}", CHROME_PATH=CHROMIUM,
        )  # fmt: skip
        scores = {name: each["score"] * 100 for name, each in json.loads(told.read_bytes())["categories"].items()}
        if scores["performance"] >= 95:
            break
    with capsys.disabled():
        print(f"\nLighthouse, {path}: {scores}")
    assert scores["performance"] >= 95
    assert scores["accessibility"] == 100
    assert scores["best-practices"] >= 95
    assert scores["seo"] >= 95


@needs("node_modules/html-validate")
def test_every_page_is_valid_html(store: Store, tmp_path: Path, busy: str) -> None:
    publish.publish(store)
    empty = create_app().test_client()
    pages = {"nothing": empty.get("/").text, "no-rates": empty.get("/embed/chart/KZT").text}
    dashboards = (
        "/?lang=ru",
        "/currency/KZT?range=3m",
        "/currency/TMT?lang=uz",
        "/compare?theme=dark",
        "/spread",
        "/sources",
        "/sql",
        "/sql/questions",
        "/sql/schema",
        "/docs",
        "/data/",
    )
    pages.update({f"busy-{number}": get(busy + path) for number, path in enumerate(dashboards)})
    for path in ("/currency/KGS", "/compare", "/spread", "/sources", "/nowhere", "/?range=never"):
        pages[f"empty{path.replace('/', '-').replace('?', '-')}"] = empty.get(path).text
    publish_every_state(store)
    client = create_app().test_client()
    for path in (
        "/", "/ticker.html", "/ticker.html?lang=kk&per=auto&sources=info&labels=KGS:Som", "/embed",
        "/embed?lang=ru&pairs=KZT&on=2026-08-20&keep=1",
        "/embed/demo", "/embed/ticker?theme=dark&pairs=KGS&sources=info&fontsize=20",
        "/embed/chart/KZT?range=1m", "/embed/chart/TMT?lang=tk",
    ):  # fmt: skip
        answer = client.get(path)
        assert answer.status_code == 200
        pages[re.sub(r"\W+", "-", path)] = answer.text
    for name, page in pages.items():
        (tmp_path / f"{name}.html").write_text(page, encoding="utf-8")
    node("node_modules/html-validate/bin/html-validate.mjs", "--config", ".htmlvalidate.json", *tmp_path.glob("*.html"))


@needs("validator_wasm.js")
def test_the_amp_page_is_valid(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_every_state(store)
    monkeypatch.setenv("RATESVC_PUBLIC_URL", "https://rates.example.org")
    settings.load.cache_clear()
    builder = html.fromstring(create_app().test_client().get("/embed?lang=kk&pairs=KZT&per=auto").text)
    [section] = [line for line in builder.findall(".//section[@class='line']") if line.findtext("h3") == "AMP"]
    page = tmp_path / "amp.html"
    page.write_text(str(section.findtext(".//code")), encoding="utf-8")
    validator = ("node_modules/amphtml-validator/cli.js", "--validator_js", "validator_wasm.js")
    assert "PASS" in node(*validator, page)
    page.write_text(
        page.read_text(encoding="utf-8").replace(' layout="fixed-height"', ' layout="fixed"'), encoding="utf-8"
    )
    with pytest.raises(AssertionError, match="width"):
        node(*validator, page)
