"""What CONTRIBUTING.md promises: a currency, a bank, a dashboard and a language are one entry or one file each.

They are added to a copy of the package, as a contributor would; then every route is asked, in every language.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.numbers import get_currency_name

from ratesvc.core.currencies import BY_CODE
from ratesvc.render.i18n import CATALOGUE, LANGUAGES

from . import translations
from .conftest import answer

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
TODAY = datetime.now(UTC).date()
FIRST = TODAY - timedelta(days=10)
BANK, TITLE = "Bank of the Caspian Shore", "How many rates there are"

CURRENCY = """    Currency(
        code="AZN",
        number="944",
        country="AZ",
        name="Azerbaijani manat",
        short="Azerbaijani manat",
        unit="manat",
        lowest=1,
        highest=20,
        official_jump=Decimal("1.03"),
        market_jump=Decimal("1.03"),
        official="caspian",
        market="currency_api",
        colour="#b5533c",
    ),
)
\"\"\"The currencies of"""

END = ')\n"""The currencies of'

SOURCE = f'''"""The official rate of the Azerbaijani manat, by a bank that does not exist."""

from datetime import date, timedelta

from ratesvc.core.parsing import day_of, json_of, number, price_list
from ratesvc.core.publication_calendar import Rhythm
from ratesvc.core.reading import Reading

TITLE = "{BANK}"
COUNTRY = "AZ"
KIND = "official"
SITE = "https://example.org/rates"
TERMS = "Free for any use"
MONEY = "AZN"
CURRENCIES = ("AZN",)
RHYTHM = Rhythm(due=timedelta(hours=12))
PAUSE_SECONDS = 0.0
BY_DEFAULT = True
FIRST_DAY = date(2020, 1, 1)
SPAN_DAYS = 1
NOT_FOUND_IS_EMPTY = False


def newest(today: date) -> list[str]:
    """Today's."""
    return of_day(today)


def of_day(day: date) -> list[str]:
    """The document of a day."""
    return [f"https://example.org/rates/{{day}}"]


def parse(payload: bytes) -> Reading:
    """Manats for one unit of each currency."""
    document = json_of(payload)
    day = day_of(document["day"], "%Y-%m-%d")
    return price_list("caspian", CURRENCIES, MONEY, day, document["prices"].items(), price=number)
'''

DASHBOARD = f'''"""How many rates has each source?"""

import pandas as pd
import plotly.graph_objects as go

from ratesvc.render.i18n import Words

TITLE = "{TITLE}"
SQL = """
SELECT source, count(*) AS rates FROM rates
WHERE list_contains($quotes, quote) AND observed_on BETWEEN $first AND $last
GROUP BY source ORDER BY source
"""


def figure(sources: pd.DataFrame, _words: Words) -> go.Figure:
    """A bar for each."""
    return go.Figure(go.Bar(x=sources["source"].tolist(), y=sources["rates"].tolist()))
'''

PHRASES = {"Exchange rates": "Valyuta məzənnələri", "Currency": "Valyuta", "Charts": "Qrafiklər"}


def extended(folder: Path) -> None:
    """A copy of the package with one more of each."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "ratesvc", folder / "ratesvc", ignore=ignored)
    shutil.copytree(ROOT / "data" / "archive", folder / "data" / "archive")
    shutil.copy(ROOT / "data" / "README.md", folder / "data")
    currencies = folder / "ratesvc" / "core" / "currencies.py"
    text = currencies.read_text(encoding="utf-8")
    assert text.count(END) == 1
    currencies.write_text(text.replace(END, CURRENCY), encoding="utf-8")
    (folder / "ratesvc" / "sources" / "caspian.py").write_text(SOURCE, encoding="utf-8")
    (folder / "ratesvc" / "dashboards" / "how_many.py").write_text(DASHBOARD, encoding="utf-8")
    catalog = Catalog(locale="az")
    for phrase, translation in PHRASES.items():
        catalog.add(phrase, translation)
    path = folder / "ratesvc" / "render" / "locale" / "az" / CATALOGUE
    path.parent.mkdir(parents=True)
    path.write_bytes(translations.written(catalog))


def bank(handler: BaseHTTPRequestHandler) -> None:
    """Its document for the day in the path: 1.7 manats for a dollar, and a little more each day."""
    day = handler.path.rpartition("/")[2]
    step = (datetime.fromisoformat(day).date() - FIRST).days
    answer(handler, json.dumps({"day": day, "prices": {"USD": f"{1.7 + step / 1000:.4f}", "EUR": "1.95"}}).encode())


@pytest.fixture
def asked(tmp_path: Path, serve: Callable[..., str]) -> dict[str, tuple[int, str]]:
    """What the extended copy answers, by address, after it has asked the bank for some days."""
    extended(tmp_path)
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "RATESVC_DATA": str(tmp_path / "store"),
        "ONLY": "AZN",
        "RATESVC_SOURCES": "caspian",
        "RATESVC_ORIGIN_CASPIAN": serve(bank),
    }

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    run("-m", "ratesvc", "snapshot")
    run("-m", "ratesvc", "backfill", "caspian", "--from", str(FIRST), "--to", str(TODAY))
    found: dict[str, tuple[int, str]] = json.loads(run(str(Path(__file__).with_name("every_route.py"))))
    return found


def test_one_entry_or_one_file_is_all_that_it_takes(asked: dict[str, tuple[int, str]]) -> None:
    failed = {address: status for address, (status, _) in asked.items() if status >= 500}
    assert not failed
    assert sum(status == 200 for status, _ in asked.values()) > 300
    text = {address: body for address, (status, body) in asked.items() if status == 200}

    # The currency, by its name in every language, beside the rate of its bank.
    for language in (*LANGUAGES, "az"):
        page = text[f"/currency/AZN?lang={language}"]
        name = "Azerbaijani manat" if language == "en" else get_currency_name("AZN", count=1, locale=language)
        assert name in page
        assert BANK in page
        assert BANK in text[f"/sources?lang={language}"]
        assert name[1:] in text[f"/embed/sentence?pair=AZN&lang={language}"]
        assert TITLE in text[f"/dashboards?lang={language}"]
    assert "AZN/USD" in text["/ticker.txt"]
    assert BANK in text["/ticker.html"]
    assert json.loads(text["/v1/currencies"])["AZN"] == "Azerbaijani manat"
    told = json.loads(text["/v2/currency/AZN"])
    assert (told["iso_numeric"], told["name"], told["providers"]) == ("944", "Azerbaijani manat", ["CASPIAN"])
    [provider] = [each for each in json.loads(text["/v2/providers"]) if each["key"] == "CASPIAN"]
    assert (provider["name"], provider["country_code"]) == (BANK, "AZ")

    # The dashboard, titled, listed and drawn.
    assert f"<h1>{TITLE}</h1>" in text["/dashboards/how_many"]
    [bars] = json.loads(text["/dashboards/how_many.json"])["data"]
    assert dict(zip(bars["x"], bars["y"], strict=True))["caspian"] >= 8

    # The language: what it has, and English for what it lacks.
    assert "<h1>Qrafiklər</h1>" in text["/dashboards?lang=az"]
    assert "Compare" in text["/dashboards?lang=az"]
    assert '<option value="az" selected>Azərbaycan</option>' in text["/?lang=az"]


def test_every_currency_has_the_facts_that_the_api_gives() -> None:
    for code, currency in BY_CODE.items():
        assert len(currency.number) == 3
        assert currency.number.isdecimal(), code
        assert len(currency.country) == 2
        assert code.startswith(currency.country)
