"""What the documents tell people to type works."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ratesvc.__main__ import cli
from ratesvc.collect import snapshot
from ratesvc.core import settings
from ratesvc.core.currencies import CURRENCIES
from ratesvc.publish import publish, reader
from ratesvc.query import guide
from ratesvc.store.database import Store

from .guide import filled

pytestmark = pytest.mark.process

ROOT = Path(__file__).parents[1]
DOCUMENTS = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "data/README.md",
    "docs/operations.md",
    "docs/scaling.md",
    "integrations/README.md",
    "integrations/grafana/README.md",
    "ratesvc/sources/README.md",
)


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def version(store: Store, data: Path) -> Path:
    """A published version of the bundled history."""
    snapshot.load_archive(store)
    publish.publish(store)
    return reader.newest(data / "published").folder


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r'\]\((?!https?:)([^)]+)\)|(?:src|srcset)="(?!https?:)([^"]+)"', text)
    for target in (first or second for first, second in targets):
        path, _, heading = target.partition("#")
        file = (ROOT / document).parent / path if path else ROOT / document
        assert file.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.*)", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}, target


def test_the_commands_of_the_documents_run(
    version: Path, ratesvc: Callable[..., subprocess.CompletedProcess[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    lines = [line for document in DOCUMENTS for block in blocks(document, "sh") for line in block.splitlines()]
    commands = [shlex.split(line, comments=True) for line in lines]
    run = [command[1:] for command in commands if command and command[0].endswith("ratesvc")]
    assert len(run) >= 6
    for arguments in run:
        finished = ratesvc(*arguments)
        assert finished.returncode == 0, (arguments, finished.stderr)
    targets = {command[1] for command in commands if command and command[0] == "make"}
    told = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert targets
    assert targets <= set(re.findall(r"^make (\S+)", told, re.MULTILINE))


def test_the_operators_page_names_commands_units_and_rules_that_exist() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`(?:# )?ratesvc ([a-z-]+)|^# ratesvc ([a-z-]+)", text, re.MULTILINE))
    commands = {first or second for first, second in named}
    assert len(commands) > 5
    assert commands <= set(cli.commands)
    units = set(re.findall(r"ratesvc(?:-backup)?\.(?:service|timer)", text))
    assert units <= {path.name for path in (ROOT / "deploy" / "systemd").iterdir()}
    rules = (ROOT / "deploy" / "prometheus" / "ratesvc.rules.yml").read_text(encoding="utf-8")
    alerts = set(re.findall(r"alert: (\w+)", rules))
    assert alerts == set(
        re.findall(r"`([A-Z][a-z]+[A-Za-z]*)`", text[text.index("## Watch") : text.index("## Back up")])
    )
    settings_named = set(re.findall(r"RATESVC_([A-Z_]+)", text))
    assert {name.lower() for name in settings_named} <= set(settings.Settings.model_fields)


def test_the_guide_is_what_the_file_answers_and_explains(store: Store, data: Path) -> None:
    """Each statement of it was run on the bundled history: `make guide` writes answers and schema anew."""
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert filled(store) == text
    assert len(guide.questions()) >= 20


def test_what_the_guide_tells_to_attach_can_be_attached(version: Path) -> None:
    [statements, *_] = blocks("data/README.md", "sql")
    statements = statements.replace("http://127.0.0.1:8000/data/VERSION", str(version))
    with duckdb.connect() as connection:
        for statement in statements.split(";"):
            if statement.strip() and "httpfs" not in statement:  # tests/test_files.py goes through HTTP.
                answer = connection.execute(statement).fetchall()
    assert len(answer) == len(CURRENCIES)


def test_the_python_of_the_guide_runs(version: Path, data: Path) -> None:
    [lines] = blocks("data/README.md", "python")
    lines = lines.replace('rates.execute("INSTALL httpfs; LOAD httpfs")\n', "")
    lines = lines.replace('"http://127.0.0.1:8000"', f'"file://{data}"').replace("/data/", "/published/")
    lines = lines.replace("ATTACH 'file", "ATTACH '").replace("'{service}", "'{service[7:]}")
    told: dict[str, Any] = {}
    exec(lines[: lines.index("tenge.plot")], told)  # noqa: S102 - our own document; pandas draws with matplotlib, which few have
    assert len(told["tenge"]) > 200


def test_everything_in_the_file_says_what_it_is(version: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{version}/rates.duckdb' AS r (READ_ONLY)")
        for kind, name in (
            ("tables", "table_name"),
            ("views", "view_name"),
            ("columns", "table_name || '.' || column_name"),
            ("functions", "function_name"),
        ):
            inside = f"FROM duckdb_{kind}() WHERE database_name = 'r' AND NOT internal"
            assert connection.execute(f"SELECT {name} {inside} AND comment IS NULL").fetchall() == [], kind
            assert len(connection.execute(f"SELECT {name} {inside}").fetchall()) > 8


def test_every_target_of_make_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    assert targets == set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


def test_every_setting_says_what_it_does() -> None:
    for name, field in settings.Settings.model_fields.items():
        assert (field.description or "").endswith("."), name


def test_the_lock_files_name_no_host_and_agree() -> None:
    assert '"resolved"' not in (ROOT / "tests" / "third_party" / "package-lock.json").read_text()
    runtime, tools = ((ROOT / name).read_text() for name in ("requirements.lock", "requirements-dev.lock"))
    for text in (runtime, tools):
        assert "://" not in text
        packages = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
        assert len(packages) > 20
        assert [package for package in packages if "--hash=sha256:" not in package] == []
    assert set(re.findall(r"^\S+==\S+", runtime, re.MULTILINE)) <= set(re.findall(r"^\S+==\S+", tools, re.MULTILINE))
