"""`ratesvc sql`: files in, files out, earlier moments, and the shell."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import openpyxl
import pytest

from ratesvc.publish import publish
from ratesvc.store.database import Store

from .conftest import See

Ratesvc = Callable[..., subprocess.CompletedProcess[str]]
CLOSE = "SELECT rate FROM rates WHERE quote = 'KZT' AND observed_on = '2026-05-24'"


@pytest.fixture
def versions(store: Store, see: See) -> list[str]:
    """Two versions; the second has a correction."""
    see("KZT", "2026-05-24", "517.30")
    first = publish.publish(store)
    see("KZT", "2026-05-24", "517.45")
    return [first, publish.publish(store)]


def test_a_query_comes_from_a_file_or_from_standard_input(
    versions: list[str], ratesvc: Ratesvc, tmp_path: Path
) -> None:
    (tmp_path / "close.sql").write_text(f"-- The close.\n{CLOSE};\n")
    assert ratesvc("sql", "close.sql", "--format", "csv").stdout == "rate\n517.4500000000000\n"
    piped = subprocess.run(
        [sys.executable, "-m", "ratesvc", "sql", "--format", "ndjson"],
        input=CLOSE, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert piped.stdout == '{"rate":517.4500000000000}\n'
    missing = ratesvc("sql", "nowhere.sql")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)


def test_an_earlier_version_and_an_earlier_moment(versions: list[str], ratesvc: Ratesvc) -> None:
    first, second = versions
    told = "SELECT published_at FROM publications"
    published_at = ratesvc("sql", told, "--format", "csv").stdout.splitlines()[1].replace(" ", "T") + "Z"
    for at, units in ((first, "517.30"), (published_at, "517.30"), (second, "517.45")):
        assert ratesvc("sql", CLOSE, "--at", at, "--format", "csv").stdout == f"rate\n{units}00000000000\n", at
    for at, code, why in (
        ("2020-01-01", 1, "nothing was published by then"),
        ("2120-01-01", 2, "in the future"),
        ("yesterday", 2, "neither a version"),
        ("0001-01-01T00:00+14:00", 2, "neither a version"),
        ("20200101T000000000Z", 1, "never was a version"),
    ):
        refused = ratesvc("sql", CLOSE, "--at", at)
        assert (refused.returncode, refused.stderr.count("\n"), why in refused.stderr) == (code, 1, True), (
            refused.stderr
        )


def test_an_answer_becomes_a_file_wholly_or_not_at_all(versions: list[str], ratesvc: Ratesvc, tmp_path: Path) -> None:
    for name in ("close.parquet", "close.csv", "close.json", "close.ndjson"):
        assert ratesvc("sql", CLOSE, "--output", name).stderr == f"1 rows in {name}\n"
    [(kind, units)] = duckdb.sql("SELECT typeof(rate), rate FROM 'close.parquet'").fetchall()
    assert set(duckdb.sql("SELECT compression FROM parquet_metadata('close.parquet')").fetchall()) == {("SNAPPY",)}
    assert (kind, str(units)) == ("DECIMAL(38,13)", "517.4500000000000")
    assert json.loads((tmp_path / "close.json").read_text()) == [{"rate": 517.45}]
    assert (tmp_path / "close.csv").read_text() == "rate\n517.4500000000000\n"
    ratesvc("sql", CLOSE, "--output", "close.xlsx")
    [[heading], [cell]] = openpyxl.load_workbook("close.xlsx").active
    assert (heading.value, cell.value, cell.number_format) == ("rate", 517.45, "0.00")
    for wrong, name in ((CLOSE, "close.xls"), ("SELECT 1/", "close.parquet"), ("FROM nowhere", "close.csv"),
                        ("CREATE TEMP TABLE x (y INT)", "close.parquet"),
                        ("SELECT 'x'::INT", "close.parquet"),
                        ("SELECT error(pair) FROM ticker", "close.parquet")):  # fmt: skip
        refused = ratesvc("sql", wrong, "--output", name)
        assert (refused.returncode, refused.stderr.count("\n")) == (2, 1), refused.stderr
    assert duckdb.sql("FROM 'close.parquet'").fetchall() == [(units,)]
    assert sorted(path.name for path in tmp_path.glob("close*")) == [
        "close.csv", "close.json", "close.ndjson", "close.parquet", "close.xlsx",
    ]  # fmt: skip


def test_an_excel_file_is_written_and_not_printed(versions: list[str], ratesvc: Ratesvc, tmp_path: Path) -> None:
    written = [ratesvc("sql", CLOSE, "--format", "xlsx", "--output", name) for name in ("a.xlsx", "b.xlsx")]
    assert [each.returncode for each in written] == [0, 0]
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    for options, why in (
        (["--format", "xlsx"], "--output NAME.xlsx"),
        (["--format", "xlsx", "--output", "c.csv"], "not the format of c.csv"),
        (["--format", "csv", "--output", "c.xlsx"], "not the format of c.xlsx"),
    ):
        refused = ratesvc("sql", CLOSE, *options)
        assert (refused.returncode, refused.stderr.count("\n"), why in refused.stderr) == (2, 1, True), refused.stderr
    assert not list(tmp_path.glob("c.*"))


def test_the_shell_answers_completes_and_remembers(versions: list[str], tmp_path: Path) -> None:
    keyboard, terminal = pty.openpty()
    environment = {**os.environ, "HOME": str(tmp_path), "TERM": "xterm", "COLUMNS": "120"}
    command = [sys.executable, "-m", "ratesvc", "sql"]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, stderr=terminal, env=environment) as shell:
        os.close(terminal)
        try:
            screen = _type(keyboard, "rates> ", None)
            assert versions[-1] in screen
            assert "rate" in _type(keyboard, "rates> ", ".columns rates\n")
            assert "517.45000000" in _type(keyboard, "rates> ", f"{CLOSE}\n;\n")
            assert "nowhere does not exist" in _type(keyboard, "rates> ", "FROM nowhere;\n")
            assert "rate_on(of_base, of_quote, on_day, of_source, of_kind)" in _type(keyboard, "rates> ", ".tables\n")
            assert "headline_daily" in _type(keyboard, "headline_daily", "FROM headline_d\t")
            assert "source" in _type(keyboard, "rates> ", ";\n")
            os.write(keyboard, b"\x04")
            assert shell.wait(10) == 0
        finally:
            shell.kill()  # Otherwise a failure would wait for it for ever.
    os.close(keyboard)
    assert "FROM nowhere;" in (tmp_path / ".ratesvc_history").read_text()


def _type(keyboard: int, until: str, text: str | None) -> str:
    """Types something and reads the screen until a text appears after what was typed, which is echoed."""
    if text:
        os.write(keyboard, text.encode())
    last = (text or "").replace("\t", "").strip().splitlines()[-1:]
    screen, deadline = "", time.monotonic() + 20
    while time.monotonic() < deadline:
        echoed = screen.rpartition(last[0])[2] if last and last[0] in screen else screen
        if until in (screen if text and text.endswith("\t") else echoed) and (not last or last[0] in screen):
            return screen
        if select.select([keyboard], [], [], 0.2)[0]:
            screen += os.read(keyboard, 65536).decode(errors="replace")
    raise AssertionError(screen)
