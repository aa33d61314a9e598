"""Sources page: where each rate comes from, whether it is on time, and the terms of use."""

from collections import Counter
from typing import Any

from flask import Blueprint, Response

from ratesvc.render.i18n import Words
from ratesvc.web.pages.page import Page

blueprint = Blueprint("sources", __name__)

_SOURCES = """
SELECT sources.*, freshness.* EXCLUDE (source)
FROM sources LEFT JOIN freshness USING (source)
WHERE sources.source <> 'peg'
ORDER BY collected DESC, kind DESC, title
"""
_HELD = """
SELECT held.*, title, trimmed(rate) AS printed, trimmed(inverse_change_shown) AS change
FROM held JOIN sources USING (source) ORDER BY observed_at DESC
"""


@blueprint.get("/sources")
def sources() -> Response:
    """Show the state, schedule, fetch outcomes, held figures and terms of each source."""
    page = Page()
    return page.answer(_render(page))


def _render(page: Page) -> str:
    punctual: dict[str, list[dict[str, Any]]] = {}
    for row in page.reader.rows("FROM punctuality"):
        punctual.setdefault(row["source"], []).append(row)
    outcomes: dict[str, list[str]] = {}
    for row in page.reader.rows("FROM outcomes"):
        outcomes.setdefault(row["source"], []).append(_counted(page.words, row["outcome"], row["fetches"]))
    currencies: dict[str, list[str]] = {}
    for row in page.reader.rows("SELECT DISTINCT source, quote FROM latest ORDER BY ALL"):
        currencies.setdefault(row["source"], []).append(row["quote"])
    rows = page.reader.rows(_SOURCES)
    return page.render(
        "pages/sources.html",
        rows=rows,
        unreachable_since=next((row["unreachable_since"] for row in rows if row["collected"]), None),
        punctual=punctual,
        counted={source: Counter(row["outcome"] for row in rows) for source, rows in punctual.items()},
        outcomes=outcomes,
        currencies=currencies,
        held=page.reader.rows(_HELD),
    )


def _counted(words: Words, outcome: str, count: int) -> str:
    if outcome == "new":
        return words.ngettext("{count} new", "{count} new", count)
    if outcome == "unchanged":
        return words.ngettext("{count} unchanged", "{count} unchanged", count)
    return words.ngettext("{count} failed", "{count} failed", count)
