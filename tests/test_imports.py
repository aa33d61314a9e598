"""Imports follow the way of the data and never turn back: the contracts are in pyproject.toml."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]


def linted(folder: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the package in a folder."""
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", lint, "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_imports_follow_the_way_of_the_data() -> None:
    told = linted(ROOT)
    assert told.returncode == 0, told.stdout


def test_an_import_that_turns_back_is_noticed(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "ratesvc", tmp_path / "ratesvc", ignore=shutil.ignore_patterns("*.js", "*.ttf", "archive"))
    upward = tmp_path / "ratesvc" / "core" / "errors.py"
    upward.write_text(f"from ratesvc.web.http import responses\n{upward.read_text(encoding='utf-8')}", encoding="utf-8")
    told = linted(tmp_path)
    assert told.returncode != 0
    assert "ratesvc.core.errors -> ratesvc.web.http.responses" in told.stdout
