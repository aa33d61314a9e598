"""The pages that people look at, composed of views and dashboards."""

from datetime import date
from typing import Any

from flask import Blueprint, current_app, render_template

from ratesvc.web import charts
from ratesvc.web.current import Current
from ratesvc.web.sparkline import sparkline

blueprint = Blueprint("pages", __name__)

_CARDS = """
SELECT
    ticker.*, currencies.name, currencies.peg_since, currencies.peg_authority, currencies.colour,
    sources.title, sources.site, headline.state,
    CASE WHEN headline.fallback THEN headline.reason END AS instead
FROM ticker
JOIN currencies ON ticker.pair = currencies.currency || '/USD'
LEFT JOIN headline USING (currency)
LEFT JOIN sources ON headline.source = sources.source
ORDER BY ticker.position
"""
_YEAR = """
SELECT currency || '/USD' AS pair, history.observed_on, history.usd_per_unit
FROM history JOIN headline USING (currency)
WHERE history.observed_on > headline.observed_on - 365
ORDER BY pair, history.observed_on
"""


@blueprint.app_template_filter("day")
def day(moment: date, beside: date | None = None) -> str:
    """29 Sep 2026; without the year where a day of the same year stands beside it."""
    return f"{moment:%-d %b}" if beside and beside.year == moment.year else f"{moment:%-d %b %Y}"


@blueprint.get("/")
def overview() -> str | tuple[str, int]:
    """A card per currency and one chart of all of them."""
    current: Current = current_app.extensions["current"]
    reader = current.reader  # One version for the whole page, even if a newer one comes meanwhile.
    if reader is None:
        return render_template("empty.html"), 503
    days: dict[str, list[Any]] = {}
    for row in reader.rows(_YEAR):
        days.setdefault(row["pair"], []).append((row["observed_on"], row["usd_per_unit"]))
    cards = reader.rows(_CARDS)
    return render_template(
        "overview.html",
        cards=[{**card, "sparkline": sparkline(days.get(card["pair"], []))} for card in cards],
        charts=charts.load(),
        plotly_url=charts.plotly_url(),
        # A peg is in force without being observed, so it says nothing about the age of the data.
        as_of=max(
            (card["observed_on"] for card in cards if card["observed_on"] and not card["pegged"]),
            default=None,
        ),
        sources=sorted({card["title"] for card in cards if card["title"]}),
        published=reader.published,
        problem=current.problem is not None,
        all_stale=all(card["stale"] for card in cards if not card["pegged"]),
    )
