"""Currency page: the rate, its charts, changes, publications and source."""

from datetime import date, timedelta
from typing import Any, cast

from flask import Blueprint, Response, abort, redirect

from ratesvc.core.currencies import BY_CODE, CODES, WRITTEN, as_printed
from ratesvc.render.sentence import confirmed, sentence, spoken_of
from ratesvc.render.ticker import Row, units_written
from ratesvc.web.charts import routes
from ratesvc.web.charts.calendar_heatmap import calendar_map
from ratesvc.web.charts.selection import ChartParams, choice
from ratesvc.web.pages.converter import ConverterParams, converter, respond
from ratesvc.web.pages.overview import PERIODS, cards_of, moves_of, way
from ratesvc.web.pages.page import Page, PageParams

blueprint = Blueprint("currency", __name__)

NOTABLE, PUBLICATIONS = 8, 30
CHARTS = ("line", "drawdown", "distribution", "candles")
_CHANGES = """
SELECT
    observed_on, previous_on, trimmed(rate) AS printed, inverse_precise(rate) AS inverse,
    inverse_change_pct AS change_pct, trimmed(inverse_change_shown) AS change, seen_at
FROM daily_changes($base, $code, $source)
ORDER BY observed_on DESC
"""
_NEXT = "SELECT expected_next_on, expected_next_at FROM freshness WHERE source = ?"
_CORRECTIONS = """
SELECT
    title, observed_on, trimmed(previous_rate) AS before, trimmed(rate) AS after,
    trimmed(inverse_change_shown) AS change, seen_at
FROM corrections JOIN sources USING (source)
WHERE base = $base AND quote = $code AND observed_on >= $since
ORDER BY seen_at DESC LIMIT 20
"""
_HELD = """
SELECT
    title, pair, observed_on, trimmed(rate) AS printed, doubt, reason, trimmed(inverse_change_shown) AS change
FROM held JOIN sources USING (source) WHERE base = $base AND quote = $code ORDER BY observed_at DESC LIMIT 20
"""
EVENTS = """
SELECT events.*, title, trimmed(rate) AS printed FROM events LEFT JOIN sources USING (source)
WHERE $base IS NULL OR base = $base AND quote = $code
ORDER BY observed_on DESC LIMIT 20
"""
_SEEN_OFTEN = """
SELECT count(*) > 0 AS seen_often FROM daily
WHERE base = ? AND quote = ? AND high > low AND source IN (SELECT source FROM drawn_sources(?, ?))
"""


class CurrencyParams(ConverterParams, ChartParams, PageParams):
    """Parameters of this page."""


@blueprint.get("/pair/<base>/<quote>")
def pair(base: str, quote: str) -> Response:
    """Redirect to the page of a pair's currency, with its base and direction; of any other pair, to the converter."""
    base, quote = base.upper(), quote.upper()
    written = f"{base}/{quote}"
    if base == quote or not {base, quote} <= BY_CODE.keys():
        abort(404)
    if written not in WRITTEN or not {base, quote} & set(CODES):
        return cast(Response, redirect(Page().link("/", **{"of": base, "in": quote}) + "#converter"))
    printed_base, code = as_printed(written).split("/")
    # The defaults too: without them, static/first.js puts what it remembers in their place.
    direction = "local" if written == as_printed(written) else "unit"
    return cast(Response, redirect(Page().link(f"/currency/{code}", base=printed_base, direction=direction)))


@blueprint.get("/currency/<code>")
def currency(code: str) -> Response:
    """Show one currency; lead a code in small letters to its page."""
    if code not in CODES:
        if code.upper() not in CODES:
            abort(404)
        return cast(Response, redirect(Page(CurrencyParams.parse_page()).link(f"/currency/{code.upper()}"), 301))
    params = CurrencyParams.parse_page()
    page = Page(params)
    return respond(page, lambda: _render(page, params, code))


def _render(page: Page, params: CurrencyParams, code: str) -> str:
    reader = page.reader
    selection = choice(params, reader, (code,))
    moves, base = moves_of(page), params.base
    shown = {"base": base, "code": code}
    [card] = [card for card in cards_of(page, moves) if card["code"] == code]
    changes = [{**row, "way": way(row["change"])} for row in reader.rows(_CHANGES, {**shown, "source": card["source"]})]
    newest: date = changes[0]["observed_on"] if changes else selection.last
    [sightings] = reader.rows(_SEEN_OFTEN, [base, code, base, code])
    next_rate = reader.rows(_NEXT, [card["source"]])
    # A peg has one rate, so there are no moves to draw.
    chart_names = (
        ["line"] if card["pegged"] else [name for name in CHARTS if name != "candles" or sightings["seen_often"]]
    )
    return page.render(
        "pages/currency.html",
        code=code,
        card=card,
        structured=_structured(card),
        change=card["moves"]["previous"]["shown"],
        change_way=card["moves"]["previous"]["way"],
        sentence=sentence(row := page.ticker.row(spoken_of(f"{code}/{base}")), page.words),
        confirmed=confirmed(row, page.words),
        periods=PERIODS,
        chosen=selection,
        charts=routes.panels(reader, chart_names, selection, page.words),
        calendar=calendar_map(changes, newest, page.words),
        publications=changes[:PUBLICATIONS],
        notable=_notable(changes),
        units_written=units_written,
        following=next_rate[0] if next_rate else None,
        corrections=reader.rows(_CORRECTIONS, {**shown, "since": newest - timedelta(days=400)}),
        held=reader.rows(_HELD, shown),
        events=reader.rows(EVENTS, shown),
        converter=converter(page, params, code),
    )


def _structured(card: Row) -> dict[str, Any] | None:
    """Describe the rate for search engines, https://schema.org/ExchangeRateSpecification; None without a rate."""
    if card["value"] is None:
        return None
    return {
        "@context": "https://schema.org",
        "@type": "ExchangeRateSpecification",
        "currency": card["base"],
        "currentExchangeRate": {
            "@type": "UnitPriceSpecification",
            "price": card["rate_precise"] if card["inverted"] else card["printed"],
            "priceCurrency": card["quote"],
            "validFrom": str(card["observed_on"] or card["peg_since"]),
        },
    }


def _notable(changes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the largest moves between consecutive publications."""
    moved = [row for row in changes if row["change"] not in (None, "0")]
    return sorted(moved, key=lambda row: -abs(row["change_pct"]))[:NOTABLE]
