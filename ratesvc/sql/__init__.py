"""Tables, macros and views, one file each, in the order of their numbers: each builds on those before it.

Tables: all but `daily` are append-only, in order of arrival; times are UTC. There are no keys and no indexes:
the insert (store/write.py) ensures uniqueness, keys would make the file seven times as large, and DuckLake has none.

Views and macros are the interface for all readers: the ticker, the dashboards, the API and analysts. The tables behind
a view may change without affecting them. All arithmetic is here: pages only select and draw, and every percentage is
`change_of` or `change_shown`. Every table, view, column and macro has its comment beside it.
"""

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import duckdb

_FOLDER = Path(__file__).parent


def _files(*folders: str) -> tuple[str, ...]:
    paths = [path for folder in folders for path in (_FOLDER / folder).glob("*.sql")]
    return tuple(str(path.relative_to(_FOLDER)) for path in sorted(paths, key=lambda path: path.name))


TABLES = _files("tables")
VIEWS = _files("macros", "views")
KEPT = (
    "newest_rates",
    "newest_changes",
    "newest_lines",
    "waiting",
    "held",
    "corrections",
    "unconfirmed_figures",
    "unconfirmed_lines",
    "gaps",
    "checks",
)
"""Views that do not depend on the time. A published file has their rows, computed once, in tables of the same names."""
OF_SIGHTINGS = ("waiting", "corrections")
"""Those of KEPT that read the sightings themselves, however old."""
_COMPUTED = "_computed"
AS_OF = "as_of.sql"
"""Script that restores the tables as of an earlier moment."""
LAYOUT = 6
"""Number of the columns, views and macros in a published file. Raise it with each change that a reader would notice, so
that after an upgrade the program waits for a version of its own instead of failing on an older one."""
RETURN_MEMORY = "SET GLOBAL allocator_background_threads = true"
"""Without it DuckDB keeps what its queries have freed: 20 MB in an idle process, more in a busy one."""


def name_of(file: str) -> str:
    """Return the name of the table, view or macro that a file creates."""
    return Path(file).stem.partition("_")[2]


def text(name: str) -> str:
    """Return the text of a file."""
    return (_FOLDER / name).read_text(encoding="utf-8")


@cache
def digest() -> str:
    """Return the SHA-256 of all scripts, which tells whether the views of a file are those of this program."""
    return hashlib.sha256("".join(text(name) for name in (*TABLES, *VIEWS)).encode()).hexdigest()


def make_room(connection: duckdb.DuckDBPyConnection) -> None:
    """Create a table for the rows of each view of KEPT, for `keep_rows`, in the connection's current database.

    The tables have the names of the views; each view is renamed, `<name>_computed`.
    """
    for name in KEPT:
        connection.execute(f"CREATE TABLE kept_rows AS FROM {name} LIMIT 0")
        connection.execute(f"ALTER VIEW {name} RENAME TO {name}{_COMPUTED}")
        connection.execute(f"ALTER TABLE kept_rows RENAME TO {name}")
        comment(connection, name, "TABLE")


def keep_rows(connection: duckdb.DuckDBPyConnection, known: Mapping[str, str]) -> None:
    """Compute the rows of KEPT, in a database in which `make_room` has made their tables, and drop the views.

    known: SQL for the rows of those that are computed already.
    """
    for name in KEPT:
        connection.execute(f"INSERT INTO {name} BY NAME FROM {known.get(name, name + _COMPUTED)}")
        connection.execute(f"DROP VIEW {name}{_COMPUTED}")


def comment(connection: duckdb.DuckDBPyConnection, name: str, kind: str) -> None:
    """Give what is a TABLE or a VIEW now the comments of the file that creates it as the other."""
    [file] = [each for each in (*TABLES, *VIEWS) if name_of(each) == name]
    comments = [line for line in text(file).splitlines() if line.startswith("COMMENT ON")]
    connection.execute(re.sub("COMMENT ON (TABLE|VIEW)", f"COMMENT ON {kind}", "\n".join(comments)))


def compute_again(connection: duckdb.DuckDBPyConnection) -> None:
    """Remove the tables that `keep_rows` made, for a published file that becomes the store."""
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
    ).fetchall()
    for name in {name for (name,) in tables} & {*KEPT}:
        connection.execute(f"DROP TABLE {name}")


def run(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Run files in the connection's current database."""
    for name in names:
        connection.execute(text(name))
