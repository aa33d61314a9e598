"""`ratesvc sql`: a query on a published version, printed or written to a file."""

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import duckdb

from ratesvc.core import settings
from ratesvc.core.errors import UsageError
from ratesvc.publish import as_of, reader
from ratesvc.publish.reader import Reader
from ratesvc.render import formats

FORMATS: dict[str, Callable[[list[str], list[tuple[Any, ...]]], bytes]] = {
    "csv": lambda names, rows: formats.as_csv(names, rows).encode(),
    "json": formats.as_json,
    "ndjson": formats.as_ndjson,
}
MOST_SHOWN = 200
"""Greatest number of rows of a table in the terminal."""


def open_version(at: str | None) -> Reader:
    """Open the latest version, or the database as of a version or a moment. Raises UsageError, RatesvcError."""
    newest = Reader(reader.newest(settings.load().published))
    if at is None:
        return newest
    if re.fullmatch(r"2\d{7}T\d{9}Z", at):
        return as_of.as_known(newest, as_of.of(newest, at))
    try:
        moment = datetime.fromisoformat(at)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        later = moment.astimezone(UTC) > datetime.now(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"{at!r} is neither a version, such as {newest.published.version}, "
            "nor a moment in UTC, such as 2026-05-24T12:00Z"
        ) from None
    if later:
        raise UsageError(f"{at} is in the future: give a past or present moment")
    return as_of.as_known(newest, as_of.at(newest, moment))


def text_of(query: str) -> str:
    """Return the query itself, or the text of the file NAME.sql or, for -, of standard input."""
    try:
        if query == "-":
            return sys.stdin.read()
        if query.endswith(".sql") and not re.search(r"\s", query):
            return Path(query).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as damage:
        raise UsageError(f"cannot read {query}: {damage}") from None
    return query


def run(cursor: duckdb.DuckDBPyConnection, query: str, layout: str) -> None:
    """Print the result of a query; of several statements all results as tables, else the last. Raises UsageError."""
    statements = _statements(query)
    if layout != "table":
        click.echo(_formatted(layout, *_answer(cursor, query)), nl=False)
        return
    for statement in statements:
        names, rows = _answer(cursor, statement.query)
        if names:
            formats.print_table(names, rows[:MOST_SHOWN])
        if len(rows) > MOST_SHOWN:
            click.echo(f"... and {len(rows) - MOST_SHOWN:,} more rows: --output or --format csv gives all", err=True)


def write(version: Reader, query: str, path: Path) -> int:
    """Write the result of a query to a file, completely or not at all; returns the number of rows.

    The suffix of the file determines the format.
    """
    cursor = version.cursor()
    layout = path.suffix.removeprefix(".")
    if layout not in ("parquet", "xlsx", *FORMATS):
        raise UsageError(f"{path.name}: the file name must end with .parquet, .csv, .xlsx, .json or .ndjson")
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        *before, last = _statements(query)
        if layout == "parquet":
            for statement in before:
                cursor.execute(statement)
            cursor.sql(last.query).write_parquet(str(unfinished), compression="snappy")
            [(written,)] = cursor.execute("SELECT count(*) FROM read_parquet(?)", [str(unfinished)]).fetchall()
        else:
            names, rows = _answer(cursor, query)
            if layout == "xlsx":
                unfinished.write_bytes(formats.as_xlsx(names, rows, version.published.published_at))
            else:
                unfinished.write_bytes(_formatted(layout, names, rows))
            written = len(rows)
        unfinished.replace(path)
    except duckdb.IOException:
        raise  # The disk, not the query.
    except duckdb.Error as mistake:
        raise UsageError(_line(mistake)) from None
    except AttributeError:
        raise UsageError("the query gives no rows to write") from None
    finally:
        unfinished.unlink(missing_ok=True)
    return int(written)


def _answer(cursor: duckdb.DuckDBPyConnection, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    try:
        answer = cursor.execute(query)
        return [column[0] for column in answer.description or ()], answer.fetchall()
    except duckdb.Error as mistake:
        raise UsageError(_line(mistake)) from None
    except RuntimeError as interrupted:  # DuckDB's exception for Ctrl-C.
        raise click.exceptions.Abort from interrupted


def _statements(query: str) -> list[duckdb.Statement]:
    try:
        statements = duckdb.extract_statements(query)
    except duckdb.Error as mistake:
        raise UsageError(_line(mistake)) from None
    if not statements:
        raise UsageError('the query is empty; for example: ratesvc sql "FROM ticker"')
    return statements


def _formatted(layout: str, names: list[str], rows: list[tuple[Any, ...]]) -> bytes:
    twice = next((name for name in names if names.count(name) > 1), None)
    if layout != "csv" and twice:
        raise UsageError(f"two columns are called {twice}: rename one, because names in JSON must be unique")
    return FORMATS[layout](names, rows)


def _line(mistake: duckdb.Error) -> str:
    return " ".join(str(mistake).split())
