"""The wheel, installed: it brings everything along, and its main job runs far from the source tree."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from .conftest import Respond

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
DOCUMENT = {"date": "2026-09-30", "usd": {"kgs": 87.45, "kzt": 441.3, "tjs": 9.23, "uzs": 11795.1, "tmt": 3.5}}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The newest wheel in the folder WHEEL, else one that is built now."""
    folder = Path(os.environ.get("WHEEL", "")).absolute() if os.environ.get("WHEEL") else None
    if folder is None:
        folder = tmp_path_factory.mktemp("dist")
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    return max(folder.glob("*.whl"), key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel is installed; what it depends on comes from this environment."""
    target = tmp_path_factory.mktemp("installed")
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index", "--target", str(target)]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True)
    return target


def test_its_main_job_runs_in_any_folder(installed: Path, tmp_path: Path, serve: Callable[[Respond], str]) -> None:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(json.dumps(DOCUMENT).encode())

    (tmp_path / "jobs").mkdir()  # An unrelated folder of this name must not be imported.
    given = {
        **os.environ,
        "PYTHONPATH": str(installed),
        "RATESVC_DATA": str(tmp_path / "data"),
        "RATESVC_SOURCES": "currency_api",
        "RATESVC_ORIGIN_CURRENCY_API": serve(answer),
    }

    def ratesvc(*arguments: str) -> str:
        command = [sys.executable, "-m", "ratesvc", *arguments]
        ran = subprocess.run(command, cwd=tmp_path, env=given, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    where = [sys.executable, "-c", "import ratesvc; print(ratesvc.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=given, capture_output=True, text=True, check=True).stdout
    assert Path(found.strip()).is_relative_to(installed)
    assert {"snapshot", "backfill", "decide", "tidy"} <= set(ratesvc("jobs", "--list").split())
    ratesvc("jobs", "--run", "snapshot")
    ticker = ratesvc("ticker").splitlines()
    assert [line.partition(" = ")[0] for line in ticker] == ["KGS/USD", "KZT/USD", "TJS/USD", "UZS/USD", "TMT/USD"]
    assert ticker[0].startswith("KGS/USD = 0.01144")  # Of the document that was just served.


def test_it_brings_every_file_along(installed: Path) -> None:
    package = ROOT / "ratesvc"
    tracked = subprocess.run(
        ["git", "ls-files", "ratesvc", "jobs", "dashboards"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    wanted = {name.removeprefix("ratesvc/") for name in tracked if not (ROOT / name).is_symlink()}
    missing = {name for name in wanted if not (installed / "ratesvc" / name).is_file()}
    assert not missing
    assert len(wanted) > 200, package
