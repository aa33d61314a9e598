"""Spread page: how far is the market from the official rate?"""

from typing import Any

from flask import Blueprint, Response

from ratesvc.render.i18n import N_, Words
from ratesvc.render.ticker import units_written
from ratesvc.web.charts import routes
from ratesvc.web.charts.selection import Choice, SeveralParams, choice
from ratesvc.web.pages.currency import EVENTS
from ratesvc.web.pages.overview import way
from ratesvc.web.pages.page import Page, PageParams

blueprint = Blueprint("spread", __name__)

_NOW = """
SELECT
    quote AS currency, observed_on, official_on, trimmed(official_rate) AS official_units,
    trimmed(market_rate) AS market_units, trimmed(inverse_gap_shown) AS gap,
    o.title AS official_title, m.title AS market_title
FROM spread
JOIN sources AS o ON o.source = official_source
JOIN sources AS m ON m.source = market_source
WHERE base = ? AND quote IN (SELECT currency FROM currencies WHERE NOT is_base)
QUALIFY row_number() OVER (PARTITION BY quote ORDER BY observed_on DESC) = 1
ORDER BY position
"""
_PEG = """
SELECT
    quote AS currency, trimmed(peg_rate) AS peg, peg_since, peg_authority, count(*) AS days,
    trimmed(max(inverse_gap_shown)) AS most, max_by(observed_on, inverse_gap_pct) AS most_on,
    trimmed(min(inverse_gap_shown)) AS least, min_by(observed_on, inverse_gap_pct) AS least_on
FROM spread JOIN pairs USING (base, quote)
WHERE peg_rate IS NOT NULL AND observed_on BETWEEN ? AND ?
GROUP BY ALL
"""


_FINDINGS = {
    "up": N_("{name}: worth {percent} more on the market"),
    "down": N_("{name}: worth {percent} less on the market"),
    "flat": N_("{name}: the same on the market"),
}


class SpreadParams(SeveralParams, PageParams):
    """Parameters of this page."""


@blueprint.get("/spread")
def spread() -> Response:
    """Show the spread of each currency over time, and of the peg."""
    params = SpreadParams.parse_page()
    page = Page(params)
    return page.answer(_render(page, params))


def _render(page: Page, params: SpreadParams) -> str:
    selection = choice(params, page.reader, params.currencies)
    gaps = {row["currency"]: {**row, "way": way(row["gap"])} for row in page.reader.rows(_NOW, [params.base])}
    panels = {code: _panel(page, selection, code) for code in selection.currencies}
    return page.render(
        "pages/spread.html",
        chosen=selection,
        panels=[
            {"code": code, "title": _finding(page.words, code, gaps.get(code)), "drawing": panel.drawing}
            for code, panel in panels.items()
            if panel.drawing
        ],
        gaps=gaps.values(),
        units_written=units_written,
        pegs=[
            {**row, "peg": units_written(row["peg"], page.words)}
            for row in page.reader.rows(_PEG, [selection.first, selection.last])
        ],
        events=page.reader.rows(EVENTS, {"base": None, "code": None}),
    )


def _panel(page: Page, selection: Choice, code: str) -> routes.Panel:
    return routes.panel(page.reader, "gap", selection._replace(currencies=(code,)), page.words)


def _finding(words: Words, code: str, now: dict[str, Any] | None) -> str:
    """Say how far the market is from the official rate now."""
    name = words.short_name(code)
    if now is None:
        return words.capital(name)
    phrase = _FINDINGS[now["way"]]
    return words.capital(words.gettext(phrase, name=name, percent=words.percent(now["gap"].lstrip("-"), padded=True)))
