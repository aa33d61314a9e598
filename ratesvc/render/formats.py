"""Output formats of query results: terminal table, CSV, JSON, NDJSON, Markdown, Excel; all digits, no exponents."""

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import orjson

_JSON = (str, int, float, bool, type(None), date, datetime, list, dict)
_DECIMAL = re.compile(r"[+-]?\d+\.\d+%?", re.ASCII)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table with right-aligned numbers; if too wide for the terminal, as a list of its rows."""
    from ratesvc.render import terminal  # rich takes a tenth of a second and 10 MB, which web workers do not need.

    terminal.print_table(headings, rows)


def as_csv(headings: Sequence[str], rows: Iterable[Iterable[object]], *, comma: bool = False) -> str:
    """Write CSV (RFC 4180 with line feeds): NULL is empty, times are 2026-05-24 12:00:00, for spreadsheets.

    comma: for Excel where decimals have a comma. Semicolons separate the columns, a byte order mark begins the file,
    times end with the second, and texts that are a number have a comma too: Excel would take 9.33 for a date.
    """
    lines = io.StringIO()
    lines.write("\ufeff" if comma else "")
    writer = csv.writer(lines, delimiter=";" if comma else ",", lineterminator="\n")
    writer.writerow(headings)
    writer.writerows([_with_comma(value) if comma else as_text(value) for value in row] for row in rows)
    return lines.getvalue()


def _with_comma(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    text = as_text(value)
    return text.replace(".", ",") if _DECIMAL.fullmatch(text) else text


def as_xlsx(headings: Sequence[str], rows: Sequence[Sequence[object]], published_at: datetime) -> bytes:
    """Write an Excel file of a version's rows. Raises UsageError if they are too many for Excel."""
    from ratesvc.render import excel  # XlsxWriter takes 10 MB, which web workers do not need.

    return excel.as_xlsx(headings, rows, published_at)


def as_json(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write a JSON array of objects; decimals and large integers are numbers with all their digits."""
    return dumped([_named(headings, row) for row in rows], orjson.OPT_INDENT_2)


def as_ndjson(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write NDJSON: one object per line."""
    return b"".join(dumped(_named(headings, row)) for row in rows)


def as_markdown(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Write a Markdown table with right-aligned numbers. Values are escaped: no links, emphasis or HTML."""
    numeric = [any(is_numeric(row[place]) for row in rows) for place in range(len(headings))]
    lines = [headings, ["-:" if right else "-" for right in numeric]]
    lines += [[re.sub(r"[\\\[<*|]", r"\\\g<0>", " ".join(as_text(value).split())) for value in row] for row in rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _named(headings: Sequence[str], row: Sequence[object]) -> dict[str, Any]:
    return {name: exact(value) for name, value in zip(headings, row, strict=True)}


def dumped(document: object, option: int = 0) -> bytes:
    """Serialize to JSON with exact numbers, no exponents, times in ISO 8601 with Z, and a final line feed."""
    option |= orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS
    return orjson.dumps(document, default=exact, option=option)


def exact(value: object) -> Any:
    """Convert a value for orjson: every digit of a decimal, no exponent, null for infinity and NaN."""
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}")
    if isinstance(value, int) and abs(value) >= 2**63:
        return orjson.Fragment(str(value))
    if isinstance(value, list):
        return [exact(each) for each in value]
    if isinstance(value, dict):
        return {key if isinstance(key, str) else as_text(key): exact(each) for key, each in value.items()}
    if isinstance(value, float):  # orjson would write 8.4e-05.
        return orjson.Fragment(f"{Decimal(repr(value)):f}") if math.isfinite(value) else None
    return value if isinstance(value, _JSON) else str(value)


def is_numeric(value: object) -> bool:
    """Tell whether a value is a number, and so aligned right."""
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def as_text(value: object) -> str:
    """Write a value with all digits and without an exponent; NULL is empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, float) and math.isfinite(value):
        return f"{Decimal(repr(value)):f}"
    return str(value)
