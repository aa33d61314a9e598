"""Rows of a query as a terminal's table, as CSV or as JSON, with every digit and without exponents."""

import csv
import io
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE = 10_000
"""Columns of a "terminal" that is a file or a pipe: nothing is wrapped or cut there."""


def print_table(headings: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Prints a table, numbers to the right, as wide as it needs to be."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(Text(heading), overflow="fold")
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    console.print(table)


def as_csv(headings: Sequence[str], rows: Iterable[Iterable[object]]) -> str:
    """CSV (RFC 4180 with line feeds), NULL as nothing, times in ISO 8601."""
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([_text(value) for value in row] for row in rows)
    return lines.getvalue()


def as_json(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A JSON array of objects; decimals are numbers with all of their digits."""
    return orjson.dumps(
        [dict(zip(headings, row, strict=True)) for row in rows],
        default=_exact,
        option=orjson.OPT_INDENT_2 | orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE,
    )


def _exact(value: object) -> Any:
    return orjson.Fragment(f"{value:f}") if isinstance(value, Decimal) else str(value)


def _cell(value: object) -> Text:
    numeric = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return Text(_text(value), justify="right" if numeric else "left")


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return str(value)
