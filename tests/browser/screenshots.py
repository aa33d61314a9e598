"""Takes the pictures of the README, and of whatever else should be looked at: `make screenshots`."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from ..serving import free_port, get
from .conftest import CHROMIUM, QUIET

FOLDER = Path(__file__).parents[2] / ".github" / "screenshots"


def main() -> None:
    """Serves the newest rates that can be had and photographs each page, wide and narrow, light and dark."""
    if CHROMIUM is None:
        sys.exit("no Chromium is installed (on Debian: apt install chromium)")
    port = free_port()
    with tempfile.TemporaryDirectory() as data, sync_playwright() as playwright:
        environment = {**os.environ, "RATESVC_DATA": data, "RATESVC_PORT": str(port)}
        ratesvc = [sys.executable, "-m", "ratesvc"]
        subprocess.run([*ratesvc, "snapshot"], env=environment, check=True)
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *sandbox])
        with subprocess.Popen([*ratesvc, "web"], env=environment) as web:
            site = f"http://127.0.0.1:{port}"
            get(f"{site}/healthz")
            for theme in ("light", "dark"):
                for width in (1280, 390):
                    page = browser.new_page(viewport={"width": width, "height": 844}, color_scheme=theme)
                    page.goto(f"{site}/")
                    page.wait_for_selector(".chart .scatterlayer .trace")
                    page.screenshot(path=FOLDER / f"overview-{width}-{theme}.png", full_page=True)
                    page.close()
                page = browser.new_page(viewport={"width": 1280, "height": 44}, color_scheme=theme)
                page.goto(f"{site}/ticker.html")
                page.screenshot(path=FOLDER / f"ticker-1280-{theme}.png")
                page.close()
            web.terminate()
        browser.close()


if __name__ == "__main__":
    main()
