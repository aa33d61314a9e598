"""Tables, macros and views, one file each, in the order of their numbers: each builds on those before it.

Tables: all but `daily` are append-only, in order of arrival; times are UTC. There are no keys and no indexes:
uniqueness is the business of the insert (store/write.py), keys would make the file seven times as large, and DuckLake
has none.

Views and macros are what everybody reads: the ticker, the dashboards, the API and analysts. What is behind a view may
change without its readers noticing. The arithmetic is here, so that a page only chooses and draws, and every
percentage is `change_of` or `change_shown`. Every table, view, column and macro has its comment beside it.
"""

from pathlib import Path

import duckdb

_FOLDER = Path(__file__).parent


def _files(*folders: str) -> tuple[str, ...]:
    found = [path for folder in folders for path in (_FOLDER / folder).glob("*.sql")]
    return tuple(str(path.relative_to(_FOLDER)) for path in sorted(found, key=lambda path: path.name))


TABLES = _files("tables")
VIEWS = _files("macros", "views")
AS_OF = "as_of.sql"
"""What the tables held at an earlier moment."""


def name_of(file: str) -> str:
    """The table, view or macro that one of the files makes."""
    return Path(file).stem.partition("_")[2]


def text(name: str) -> str:
    """One of the files."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def run(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Runs some of them in the database that the connection uses."""
    for name in names:
        connection.execute(text(name))
