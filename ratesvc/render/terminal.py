"""Tables in the terminal."""

import sys
from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from ratesvc.render.formats import as_text, is_numeric

WIDE = 10_000
"""Width for output to a file or a pipe, where nothing is wrapped or cut."""


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table with right-aligned numbers; if too wide for the terminal, as a list of its rows."""
    console = Console(width=None if sys.stdout.isatty() else WIDE)
    table = _table(headings, rows)
    # Prose may be wrapped, but no word or number may be cut.
    if Console(width=WIDE).measure(table).minimum > console.width:
        table = _one_below_the_other(headings, rows)
    console.print(table)


def _table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), collapse_padding=True, pad_edge=False)
    for heading in headings:
        table.add_column(Text(heading))
    for row in rows:
        table.add_row(*(_cell(value) for value in row))
    return table


def _one_below_the_other(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    """Lay out each row as a section with one line per column."""
    table = Table("", Column(overflow="fold"), box=box.SIMPLE, show_header=False, pad_edge=False)
    for row in rows:
        for heading, value in zip(headings, row, strict=True):
            table.add_row(Text(heading, style="dim"), Text(as_text(value)))
        table.add_section()
    return table


def _cell(value: object) -> Text:
    if isinstance(value, datetime):
        return Text(value.isoformat(" ", "seconds"))
    return Text(as_text(value), justify="right" if is_numeric(value) else "left")
