"""Excel files of query results: numbers, dates and times (UTC) are such, and no text becomes a formula or a link."""

import io
import math
import tempfile
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

import xlsxwriter

from ratesvc.core.errors import UsageError
from ratesvc.render import formats

MOST_ROWS, MOST_COLUMNS, MOST_CHARACTERS = 1_048_575, 16_384, 32_767
"""What Excel holds below the headings, beside each other, and in a cell."""
DIGITS = 15
"""Significant digits of a number in Excel, which has doubles."""
MOST_DECIMALS = 30
"""Decimals that a number format can show."""
FIRST_YEAR = 1901
"""Excel has no earlier days, except for a 1900 with a day too many."""
WIDEST = 60
"""Greatest width of a column in characters."""
DAY, TIME = "yyyy-mm-dd", 'yyyy-mm-dd hh:mm:ss "UTC"'


def as_xlsx(headings: Sequence[str], rows: Sequence[Sequence[object]], published_at: datetime) -> bytes:
    """Write an Excel file with a frozen row of headings and a filter; equal tables of a version have equal bytes.

    Numbers have all their decimals, up to 15 significant digits. published_at: the time of the version, noted as that
    of the file. Raises UsageError if the table is too large for Excel.
    """
    if len(rows) > MOST_ROWS or len(headings) > MOST_COLUMNS:
        raise UsageError(f"Excel holds {MOST_ROWS:,} rows and {MOST_COLUMNS:,} columns at most: choose CSV or Parquet")
    written = io.BytesIO()
    with tempfile.TemporaryDirectory(prefix="ratesvc-") as folder:
        # Rows go to a temporary file: 10,000 of them would take 30 MB of memory.
        options = {"constant_memory": True, "tmpdir": folder, "strings_to_formulas": False, "strings_to_urls": False}
        with xlsxwriter.Workbook(written, options) as workbook:
            workbook.set_properties({"created": published_at.astimezone(UTC).replace(tzinfo=None)})
            _write(workbook, headings, rows)
    return written.getvalue()


def _write(workbook: xlsxwriter.Workbook, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    sheet, bold = workbook.add_worksheet(), workbook.add_format({"bold": True})
    widths = [len(name) + 3 for name in headings]  # 3: the button of the filter.
    for column, name in enumerate(headings):
        sheet.write_string(0, column, name, bold)
    number_formats = {"": None}
    for place, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if value is None:
                continue
            cell, number_format, width = _cell(value)
            if number_format not in number_formats:
                number_formats[number_format] = workbook.add_format({"num_format": number_format})
            sheet.write(place, column, cell, number_formats[number_format])
            widths[column] = max(widths[column], width + 1)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width, WIDEST))
    sheet.freeze_panes(1, 0)
    if headings:
        sheet.autofilter(0, 0, len(rows), len(headings) - 1)
        # Texts such as the printed digits stay texts, and Excel does not warn of them.
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})


def _cell(value: object) -> tuple[bool | float | date | str, str, int]:
    """Return what Excel stores, its number format, and its width in characters."""
    if isinstance(value, bool):
        return value, "", len("FALSE")
    if isinstance(value, int | float | Decimal) and math.isfinite(number := float(str(value))):
        shown = f"{Decimal(f'{number:.{DIGITS}g}'):f}"
        return number, _number_format(len(shown.partition(".")[2])), len(shown)
    if isinstance(value, datetime) and value.year >= FIRST_YEAR:
        return (
            value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value,
            TIME,
            len("2026-05-24 12:00:00 UTC"),
        )
    if isinstance(value, date) and value.year >= FIRST_YEAR:
        return value, DAY, len("2026-05-24")
    text = formats.as_text(value)
    if len(text) > MOST_CHARACTERS:
        raise UsageError(f"Excel holds {MOST_CHARACTERS:,} characters in a cell at most: choose CSV or Parquet")
    return text, "", len(text)


def _number_format(decimals: int) -> str:
    """Return the format that shows all decimals: General would round them to the width of the column."""
    if decimals > MOST_DECIMALS:
        return ""
    return f"0.{'0' * decimals}" if decimals else "0"
