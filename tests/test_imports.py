"""Imports follow the way of the data and never turn back."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FORBIDDEN = {
    "ratesvc/sources": {"fetch", "store", "record", "ingest", "publish", "web"},
    "ratesvc/documents.py": {"fetch", "store", "record", "ingest", "publish", "web", "validate", "judge"},
    "ratesvc/rhythm.py": {"fetch", "store", "record", "ingest", "publish", "web", "validate", "judge", "sources"},
    "ratesvc/web": {"store", "record", "ingest", "fetch", "sources", "publish", "start", "timetable"},
    "dashboards": {"store", "record", "ingest", "fetch", "sources", "publish", "start", "timetable", "web"},
    "ratesvc/fetch.py": {"store", "record", "ingest", "sources", "publish", "web"},
    "ratesvc/raw.py": {"fetch", "store", "record", "ingest", "sources", "publish", "web"},
    "ratesvc/validate.py": {"store", "record", "ingest", "sources", "publish", "web", "fetch", "judge"},
    "ratesvc/book.py": {"store", "record", "ingest", "sources", "publish", "web", "fetch", "judge", "validate"},
    "ratesvc/judge.py": {"store", "record", "ingest", "publish", "web"},
    "ratesvc/record.py": {"ingest", "publish", "web"},
    "ratesvc/store.py": {"record", "ingest", "publish", "web", "fetch"},
    "ratesvc/ingest.py": {"publish", "web", "timetable"},
    "ratesvc/publish.py": {"ingest", "web", "fetch", "sources", "timetable"},
    "ratesvc/ticker.py": {"store", "record", "ingest", "publish", "web", "fetch", "sources", "reader"},
    "ratesvc/past.py": {"store", "record", "ingest", "publish", "web", "fetch", "sources"},
    "ratesvc/reader.py": {"store", "record", "ingest", "publish", "web", "fetch", "sources"},
}


def imported(path: Path) -> Iterator[str]:
    """The modules of ratesvc that a file imports, by their first name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports by a relative name, which this test cannot follow"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            assert not isinstance(node, ast.ImportFrom), path
            continue
        for name in names:
            package, *rest = name.split(".")
            if package == "ratesvc" and rest:
                yield rest[0]


@pytest.mark.parametrize("place", FORBIDDEN)
def test_imports_follow_the_way_of_the_data(place: str) -> None:
    where = ROOT / place
    files = [where] if where.is_file() else sorted(where.rglob("*.py"))
    assert files
    for path in files:
        assert not FORBIDDEN[place] & set(imported(path)), path
