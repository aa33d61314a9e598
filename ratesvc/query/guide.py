"""The analysts' guide, data/README.md: questions with their answers, and the schema.

Questions and text are written by hand; answers and the schema come from a published version. `make guide` fills in
those of the bundled history, and the page /sql those of the latest version.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import duckdb

from ratesvc.publish.reader import Reader
from ratesvc.query import catalog
from ratesvc.render import formats

_INSTALLED = Path(__file__).parents[1] / "guide.md"
PATH = _INSTALLED if _INSTALLED.is_file() else Path(__file__).parents[2] / "data" / "README.md"

MOST_ROWS = 12
"""Greatest number of rows in an answer."""

_QUESTIONS = re.compile(r"(?<=\n## Questions\n).*?(?=\n## )", re.DOTALL)
# The statement and its previous answer: a table, a line in italics, or both.
_QUESTION = re.compile(r"```sql\n(?P<sql>.*?)```\n(?:\n(?:\|[^\n]*\n)+)?(?:\n\*[^\n]*\*\n)?", re.DOTALL)
_SCHEMA = re.compile(r"(?<=<!-- schema -->\n).*?(?=<!-- schema -->)", re.DOTALL)


def questions() -> list[str]:
    """Return the statements of the guide, in order."""
    [part] = _QUESTIONS.findall(PATH.read_text(encoding="utf-8"))
    return [match["sql"] for match in _QUESTION.finditer(part)]


def headings() -> list[str]:
    """Return the headings in words, without names of tables and of the like, and without the last section."""
    text = re.sub(
        r"```.*?```", "", PATH.read_text(encoding="utf-8").partition("## What is in this folder")[0], flags=re.DOTALL
    )
    return [heading for heading in re.findall(r"^#{1,3} (.+)$", text, re.MULTILINE) if "`" not in heading]


def filled(version: Reader, *, answers: bool = True, schema: bool = True) -> str:
    """Return the guide with the answers, which take two seconds, and the schema of a version."""
    text = PATH.read_text(encoding="utf-8")
    if answers:
        text = _QUESTIONS.sub(lambda part: _QUESTION.sub(lambda match: _answer(version, match["sql"]), part[0]), text)
    if not schema:
        return text
    return _SCHEMA.sub(lambda _: "\n".join(_schema(version.cursor())), text)


def _answer(version: Reader, sql: str) -> str:
    answer = version.query(sql)
    names, rows = [column[0] for column in answer.description or ()], answer.fetchall()
    parts = ["```sql", f"{sql}```", ""]
    if rows:
        parts += [formats.as_markdown(names, rows[:MOST_ROWS])]
    if not rows:
        parts += ["*No rows.*\n"]
    elif len(rows) > MOST_ROWS:
        parts += [f"*{len(rows):,} rows in all.*\n"]
    return "\n".join(parts)


def _schema(cursor: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for kind, relations in groupby(catalog.relations(cursor), lambda each: each.kind):
        yield f"\n### {kind.capitalize()}s"
        for name, _, comment in relations:
            yield f"\n#### `{name}`\n\n{comment}.\n"
            yield formats.as_markdown(("column", "type", "what it is"), catalog.columns(cursor, name)).rstrip("\n")
    yield "\n### Macros\n"
    macros = [(f"`{macro.call}`", macro.gives, macro.comment) for macro in catalog.macros(cursor)]
    yield formats.as_markdown(("macro", "gives", "what it is"), macros) + "\n"
