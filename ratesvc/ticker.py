"""The rows of the view `ticker` as people and programs get them: JSON, lines of text, a page."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2
import orjson

_pages = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent / "web" / "templates"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)

_NOT_IN_JSON = {"position"}


def as_json(rows: Sequence[dict[str, Any]], version: str, published_at: datetime) -> bytes:
    """`/ticker.json`: the version and, for each pair, what the view says. Times end in Z, dates are ISO 8601."""
    document = {
        "version": version,
        "published_at": published_at,
        "rows": [{name: row[name] for name in row if name not in _NOT_IN_JSON} for row in rows],
    }
    return orjson.dumps(document, option=orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)


def as_text(rows: Sequence[dict[str, Any]]) -> bytes:
    """`/ticker.txt`: one line a pair, `KGS/USD = 0.01144 0%`."""
    return "".join(f"{row['text']}\n" for row in rows).encode()


def as_page(rows: Sequence[dict[str, Any]]) -> bytes:
    """`/ticker.html`: a complete page that scrolls the rows without JavaScript, for an iframe."""
    return _pages.get_template("ticker.html").render(rows=rows).encode()
