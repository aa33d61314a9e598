"""Spread page: how far is the market from the official rate?"""

from typing import Any

from flask import Blueprint, Response

from ratesvc.render.i18n import N_, Words
from ratesvc.render.ticker import units_written
from ratesvc.web.charts import routes
from ratesvc.web.charts.selection import Choice, SeveralParams, choice
from ratesvc.web.pages.currency import EVENTS
from ratesvc.web.pages.overview import way, written
from ratesvc.web.pages.page import Page, PageParams

blueprint = Blueprint("spread", __name__)

_NOW = """
SELECT
    quote AS currency, observed_on, official_on, o.title AS official_title, m.title AS market_title,
    CASE WHEN $as_printed THEN trimmed(official_rate) ELSE inverse_precise(official_rate) END AS official,
    CASE WHEN $as_printed THEN trimmed(market_rate) ELSE inverse_precise(market_rate) END AS market,
    trimmed(CASE WHEN $as_printed THEN gap_shown ELSE inverse_gap_shown END) AS gap,
    trimmed(inverse_gap_shown) AS worth_more
FROM spread
JOIN sources AS o ON o.source = official_source
JOIN sources AS m ON m.source = market_source
WHERE base = $base AND quote IN (SELECT currency FROM currencies WHERE NOT is_base)
QUALIFY row_number() OVER (PARTITION BY quote ORDER BY observed_on DESC) = 1
ORDER BY position
"""
_PEG = """
SELECT
    quote AS currency, trimmed(peg_rate) AS peg, peg_since, peg_authority, count(*) AS days,
    trimmed(max(gap_shown)) AS most, max_by(observed_on, gap_pct) AS most_on,
    trimmed(min(gap_shown)) AS least, min_by(observed_on, gap_pct) AS least_on
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
    gaps = {row["currency"]: row for row in page.reader.rows(_NOW, params.direct)}
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
        written=lambda rate: written(rate, params.direction == "unit", page.words),
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
    phrase, percent = _FINDINGS[way(now["worth_more"])], words.percent(now["worth_more"].lstrip("-"), padded=True)
    return words.capital(words.gettext(phrase, name=name, percent=percent))
