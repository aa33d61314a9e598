"""The analysts' guide: data/README.md, in which each question is followed by its answer, and each table explained.

Questions and words are written by hand; answers and the schema come from a published version. `make guide` fills in
those of the bundled history, and the page /sql those of the newest version.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ratesvc import tabular
from ratesvc.reader import Reader

_INSTALLED = Path(__file__).with_name("guide.md")
PATH = _INSTALLED if _INSTALLED.is_file() else Path(__file__).parents[1] / "data" / "README.md"

MOST_ROWS = 12
"""An answer shows no more rows than this."""

_QUESTIONS = re.compile(r"(?<=\n## Questions\n).*?(?=\n## )", re.DOTALL)
# The statement, and the answer of last time: a table, or a line in italics, or both.
_QUESTION = re.compile(r"```sql\n(?P<sql>.*?)```\n(?:\n(?:\|[^\n]*\n)+)?(?:\n\*[^\n]*\*\n)?", re.DOTALL)
_SCHEMA = re.compile(r"(?<=<!-- schema -->\n).*?(?=<!-- schema -->)", re.DOTALL)

_RELATIONS = """
SELECT view_name AS name, 'Views' AS kind, comment, view_oid AS place
FROM duckdb_views() WHERE database_name = current_database() AND NOT internal
UNION ALL
SELECT table_name, 'Tables', comment, table_oid FROM duckdb_tables() WHERE database_name = current_database()
ORDER BY kind DESC, place
"""
_COLUMNS = """
SELECT column_name AS "column", data_type AS type, comment AS "what it is"
FROM duckdb_columns() WHERE database_name = current_database() AND table_name = ?
ORDER BY column_index
"""
_MACROS = """
SELECT
    '`' || function_name || '(' || array_to_string(parameters, ', ') || ')`' AS macro,
    CASE function_type WHEN 'table_macro' THEN 'a table' ELSE 'a value' END AS gives, comment AS "what it is"
FROM duckdb_functions() WHERE database_name = current_database()
ORDER BY gives, function_oid
"""


def questions() -> list[str]:
    """The statements of the guide, in its order."""
    [part] = _QUESTIONS.findall(PATH.read_text(encoding="utf-8"))
    return [found["sql"] for found in _QUESTION.finditer(part)]


def filled(version: Reader) -> str:
    """The guide with the answers and the schema of a version."""
    text = PATH.read_text(encoding="utf-8")
    text = _QUESTIONS.sub(lambda part: _QUESTION.sub(lambda found: _answered(version, found["sql"]), part[0]), text)
    return _SCHEMA.sub(lambda _: "\n".join(_schema(version)), text)


def _answered(version: Reader, sql: str) -> str:
    names, rows = _ask(version, sql)
    answer = ["```sql", f"{sql}```", ""]
    if rows:
        answer += [tabular.as_markdown(names, rows[:MOST_ROWS])]
    if not rows:
        answer += ["*No rows.*\n"]
    elif len(rows) > MOST_ROWS:
        answer += [f"*{len(rows):,} rows in all.*\n"]
    return "\n".join(answer)


def _schema(version: Reader) -> Iterator[str]:
    kind = None
    for name, its_kind, comment, _ in version.query(_RELATIONS).fetchall():
        if its_kind != kind:
            kind = its_kind
            yield f"\n### {kind}"
        yield f"\n#### `{name}`\n\n{comment}.\n"
        yield tabular.as_markdown(*_ask(version, _COLUMNS, name)).rstrip("\n")
    yield "\n### Macros\n"
    yield tabular.as_markdown(*_ask(version, _MACROS)) + "\n"


def _ask(version: Reader, sql: str, *values: object) -> tuple[list[str], list[tuple[Any, ...]]]:
    answer = version.query(sql, values)
    return [column[0] for column in answer.description or ()], answer.fetchall()
