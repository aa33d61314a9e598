"""What the documents tell people to type works."""

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from ratesvc import ingest, publish, reader, settings
from ratesvc.currencies import CURRENCIES
from ratesvc.store import Store

ROOT = Path(__file__).parents[1]
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "data/README.md", "ratesvc/sources/README.md")


def blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / document).read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def version(store: Store, data: Path) -> Path:
    """A published version of the bundled history."""
    ingest.load_archive(store)
    publish.publish(store)
    return reader.newest(data / "published").folder


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    targets = re.findall(r'\]\((?!https?:)([^)]+)\)|(?:src|srcset)="(?!https?:)([^"]+)"', text)
    for target in (first or second for first, second in targets):
        assert ((ROOT / document).parent / target).exists(), target


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


def test_the_questions_of_the_guide_are_answered(version: Path) -> None:
    attach, *questions = blocks("data/README.md", "sql")
    with duckdb.connect() as connection:
        for statement in attach.replace("data/published/VERSION", str(version)).split(";"):
            if statement.strip():
                answer = connection.execute(statement).fetchall()
        assert len(answer) == len(CURRENCIES)
        for question in questions:
            connection.execute(question).fetchall()
        [(som, tenge, _)] = connection.execute(questions[-4]).fetchall()
        assert (str(som), round(tenge, 2)) == ("11792.22406441", 13.93)
        past = {pair: rate for pair, rate, *_ in connection.execute(questions[-3]).fetchall()}
        assert past["KZT/USD"].startswith("0.002")
        assert past["TMT/USD"] == "0.285714"


def test_the_guide_names_every_view_that_people_read(version: Path) -> None:
    guide = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{version}/rates.duckdb' AS r (READ_ONLY)")
        views = connection.execute(
            "SELECT view_name FROM duckdb_views() WHERE database_name = 'r' AND NOT internal"
        ).fetchall()
    assert {name for (name,) in views} - {"clock", "periods"} == set(re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE))


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
