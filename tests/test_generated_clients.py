"""Clients that generators make of /openapi.json: in TypeScript it compiles strictly, in Python without a warning.

`make third-party` fetches the generator for TypeScript, and its compiler.
"""

import datetime
import importlib
import json
import os
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ratesvc.publish.reader import Reader

from .serving import get
from .test_third_parties import FOLDER, needs, node

pytestmark = pytest.mark.third_party


@pytest.fixture
def day(views: Reader) -> datetime.date:
    """A day that has a rate of the tenge."""
    [row] = views.rows("SELECT observed_on FROM ticker WHERE pair = 'KZT/USD'")
    found: datetime.date = row["observed_on"]
    return found


@needs("node_modules/openapi-typescript")
def test_a_generated_client_compiles_strictly_and_asks(busy: str, day: datetime.date, tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "typescript", tmp_path / "client")
    folder = tmp_path / "client"
    (folder / "package.json").write_text('{"type": "module"}')
    (folder / "node_modules").symlink_to(FOLDER / "node_modules")
    node("node_modules/openapi-typescript/bin/cli.js", f"{busy}/openapi.json", "-o", folder / "api.d.ts")
    compiler = FOLDER / "node_modules/typescript/bin/tsc"
    node(compiler, "--strict", "--project", folder)
    told = json.loads(node(folder / "calls.js", busy, str(day)), parse_float=Decimal)
    rates = json.loads(get(f"{busy}/api/rates?pairs=KZT&limit=3&order=asc"), parse_float=Decimal)["rows"]
    assert told["closes"] == [row["close"] for row in rates]
    assert told["digits"] == [row["exact"]["close"] for row in rates]
    assert told["version"] == told["newest"] == json.loads(get(f"{busy}/data/latest.json"))["version"]
    assert told["latest"] == told["quote"] == Decimal("516.95")
    assert (told["range"], told["refused"]) == ([str(day)], "limit")
    assert told["lines"] == get(f"{busy}/ticker.txt")
    # What the document does not have does not compile.
    calls = (folder / "calls.ts").read_text().replace("row.close)", "row.closed)")
    (folder / "calls.ts").write_text(calls)
    with pytest.raises(AssertionError, match="closed"):
        node(compiler, "--strict", "--project", folder)


@pytest.fixture
def client(busy: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The package that openapi-python-client makes; any warning of it fails."""
    (tmp_path / "openapi.json").write_text(get(f"{busy}/openapi.json"))
    programs = Path(sys.executable).parent
    done = subprocess.run(
        [
            programs / "openapi-python-client", "generate", "--path", tmp_path / "openapi.json", "--meta", "none",
            "--output-path", tmp_path / "rates_client", "--config", FOLDER / "openapi-python-client.yml",
            "--fail-on-warning",
        ],
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},  # It formats what it wrote by ruff.
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, "arning" in done.stdout + done.stderr) == (0, False), done.stdout + done.stderr
    monkeypatch.syspath_prepend(str(tmp_path))
    return importlib.import_module("rates_client")


def test_a_generated_python_client_makes_ten_calls(client: ModuleType, busy: str, day: datetime.date) -> None:
    def ask(address: str, *path: Any, **parameters: Any) -> Any:
        function = importlib.import_module(f"rates_client.api.{address}").sync
        return function(*path, client=connection, **parameters)

    def model(name: str) -> Any:
        return getattr(importlib.import_module("rates_client.models"), name)

    with client.Client(base_url=busy, raise_on_unexpected_status=True) as connection:
        rates = ask("api.get_rates", pairs="KZT", limit=2, kind=model("GetRatesKind").OFFICIAL)
        assert type(rates).__name__ == "RatePage"
        assert [row.source for row in rates.rows] == ["nbk", "nbk"]
        assert rates.rows[0].exact["close"] == "516.95"
        assert rates.rows[0].observed_on == day
        changes = ask("api.get_changes", pairs="KZT/USD", period=model("GetChangesPeriod").MONTH, limit=1)
        assert isinstance(changes.rows[0].change_pct, float)
        converted = ask("api.get_convert", quote="KZT", amount=10.0)
        assert converted.rows[0].converted == pytest.approx(5169.5)
        assert {row.currency for row in ask("api.get_currencies").rows} >= {"KGS", "TMT"}
        assert ask("api.get_held").rows
        why = ask("api.get_why", "KZT", day)
        assert why.quote.sightings[-1].counts
        refused = ask("api.get_rates", limit=0)
        assert (type(refused).__name__, refused.error.parameter) == ("Error", "limit")
        ticker = ask("ticker.get_ticker_json", lang="ru")
        assert ticker.version == ask("data.get_latest_version").version == rates.version
        latest = ask("v1.get_v1_latest", kind=model("GetV1LatestKind").OFFICIAL)
        assert latest.rates["KZT"] == 516.95
        [quote] = ask("v2.get_v2_rates", quotes="KZT", date=day)
        assert (quote.rate, quote.date) == (516.95, day)
