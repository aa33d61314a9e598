"""A script of another site reads ranges and ETags, and sends headers of its own, which takes a preflight."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

ASK = """async ([url, headers]) => {
    const answer = await fetch(url, {headers});
    const names = ['etag', 'content-range', 'rates-version'];
    const told = Object.fromEntries(names.map((name) => [name, answer.headers.get(name)]));
    return {status: answer.status, bytes: (await answer.arrayBuffer()).byteLength, ...told};
}"""


def test_a_script_of_another_site_reads_what_it_asks_for(
    browser: Browser, host: Callable[..., str], rates: str
) -> None:
    page = browser.new_page()
    page.goto(host("<p>News</p>"))

    def ask(path: str, **headers: str) -> dict[str, object]:
        given = {name.replace("_", "-"): value for name, value in {"X_Team": "desk", **headers}.items()}
        told: dict[str, object] = page.evaluate(ASK, [f"{rates}{path}", given])
        return told

    for path in ("/ticker.json", "/api/rates?currency=KZT", "/data/latest.json"):
        first = ask(path)
        assert first["status"] == 200
        assert first["etag"]
        assert ask(path, If_None_Match=str(first["etag"]))["status"] == 304
    assert ask("/api/rates?currency=KZT")["rates-version"]
    part = ask("/data/rates.parquet", Range="bytes=0-3")
    assert (part["status"], part["bytes"]) == (206, 4)
    assert str(part["content-range"]).startswith("bytes 0-3/")
    assert part["etag"]
    page.close()
