"""Overview page: rates and moves of all currencies in one base."""

from typing import Any

from flask import Blueprint, Response, render_template

from ratesvc.core.currencies import CODES
from ratesvc.render.i18n import Words
from ratesvc.render.sentence import spoken_of, unconfirmed
from ratesvc.render.ticker import Look, Row, dress, subject, units_written
from ratesvc.web.charts import routes
from ratesvc.web.charts.selection import SeveralParams, choice
from ratesvc.web.charts.sparkline import sparkline
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import ParameterError
from ratesvc.web.pages.converter import ConverterParams, converter, respond
from ratesvc.web.pages.page import Page, PageParams

blueprint = Blueprint("overview", __name__)

PERIODS = ("previous", "week", "month", "quarter", "ytd", "year")
"""In the column order of the heat map."""
_FACTS = """
SELECT
    pairs.quote, pairs.peg_since, pairs.peg_authority, colour,
    sources.title, sources.site, headline.state, official.title AS official_title,
    first_on,
    CASE WHEN $as_printed THEN trimmed(strongest) ELSE weakest_inverse END AS low,
    CASE WHEN $as_printed THEN trimmed(weakest) ELSE strongest_inverse END AS high,
    CASE WHEN $as_printed THEN rate_place_pct ELSE place_pct END AS place
FROM pairs
JOIN currencies ON currency = pairs.quote
LEFT JOIN headline ON headline.base = pairs.base AND headline.quote = pairs.quote
LEFT JOIN sources ON headline.source = sources.source
LEFT JOIN sources AS official ON pairs.official_source = official.source
LEFT JOIN year_range ON year_range.base = pairs.base AND year_range.quote = pairs.quote
WHERE pairs.base = $base AND NOT is_base
"""
_YEAR = """
SELECT
    quote, history.observed_on,
    CASE WHEN $as_printed THEN history.rate::DOUBLE ELSE history.inverse END AS value
FROM history JOIN headline USING (base, quote, source)
WHERE base = $base AND history.observed_on > headline.observed_on - 365
ORDER BY quote, history.observed_on
"""
_MOVES = """
SELECT
    moves.quote, period, previous_on,
    CASE WHEN $as_printed THEN change_pct ELSE inverse_change_pct END AS change_pct,
    trimmed(CASE WHEN $as_printed THEN change_shown ELSE inverse_change_shown END) AS change
FROM moves JOIN currencies ON currency = moves.quote
WHERE moves.base = $base AND NOT is_base
ORDER BY moves.position
"""


class OverviewParams(ConverterParams, SeveralParams, PageParams):
    """Parameters of this page."""


@blueprint.get("/")
def overview() -> Response | tuple[str, int]:
    """Show a card per currency, the week's moves, a chart of all, a heat map of periods, and a converter."""
    try:
        ticker_rows.reader()
    except ParameterError:
        return render_template("empty.html"), 503
    params = OverviewParams.parse_page()
    page = Page(params)
    return respond(page, lambda: _render(page, params))


def _render(page: Page, params: OverviewParams) -> str:
    selection = choice(params, page.reader, params.currencies)
    moves = moves_of(page)
    cards = cards_of(page, moves)
    return page.render(
        "pages/overview.html",
        cards=cards,
        movers=_movers(moves),
        moves=moves,
        periods=PERIODS,
        pairs=_pairs(page),
        chart=routes.panel(page.reader, "side_by_side", selection, page.words),
        chosen=selection,
        sources=sorted({card["title"] for card in cards if card["title"]}),
        converter=converter(page, params, "KZT"),
    )


def moves_of(page: Page) -> dict[str, dict[str, dict[str, Any]]]:
    """Return moves by currency and period: the change in percent, raw and as displayed; None if unknown."""
    moves: dict[str, dict[str, dict[str, Any]]] = {}
    for row in page.reader.rows(_MOVES, page.params.direct):
        moves.setdefault(row["quote"], {})[row["period"]] = {
            **row,
            "shown": None if row["change"] is None else page.words.percent(row["change"]),
            "way": way(row["change"]),
        }
    return moves


def way(change: str | None) -> str:
    """Return up, down, flat or unknown for a change as displayed."""
    if change is None:
        return "unknown"
    return "flat" if change == "0" else "down" if change.startswith("-") else "up"


def cards_of(page: Page, moves: dict[str, dict[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Build the cards: ticker rows with the facts, moves and sparkline of each currency."""
    lines: dict[str, list[Any]] = {}
    for row in page.reader.rows(_YEAR, page.params.direct):
        lines.setdefault(row["quote"], []).append((row["observed_on"], row["value"]))
    facts = {row["quote"]: row for row in page.reader.rows(_FACTS, page.params.direct)}
    cards = []
    look = Look(language=page.words.language, digits="precise")
    rows = page.ticker.selection([page.params.pair(code) for code in CODES])
    for row in dress(rows, look):
        code = subject(row)
        # Values of the ticker row take precedence.
        cards.append(
            {
                **facts[code],
                **row,
                "code": code,
                "moves": moves[code],
                "sparkline": sparkline(lines.get(code, [])),
                "low": written(facts[code]["low"], row["inverted"], page.words),
                "high": written(facts[code]["high"], row["inverted"], page.words),
                "inverse": _inverse(page, row),
                "waiting": unconfirmed(page.ticker.row(spoken_of(row["pair"])), page.words),
            }
        )
    return cards


def written(rate: str | None, inverted: bool, words: Words) -> str | None:
    """Write a rate as the cards write theirs."""
    return (rate and words.number(rate)) if inverted else units_written(rate, words)


def _inverse(page: Page, row: Row) -> str | None:
    """Return the rate of a row's pair the other way round, with six digits."""
    digits = page.ticker.row(f"{row['quote']}/{row['base']}")["rate_precise"]
    return digits and page.words.number(digits)


def _pairs(page: Page) -> dict[tuple[str, str], Row]:
    """Return the row of every currency in every base, in the direction of the page."""
    look = Look(language=page.words.language, digits="precise")
    cells = {(code, base): page.params.pair(code, base) for code in CODES for base in page.bases}
    return dict(zip(cells, dress(page.ticker.selection(list(cells.values())), look), strict=True))


def _movers(moves: dict[str, dict[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the moves of the week, largest first, each with its bar length in percent of the longest."""
    weeks = [periods["week"] for periods in moves.values() if periods["week"]["change_pct"] is not None]
    longest = max((abs(row["change_pct"]) for row in weeks), default=0) or 1
    ordered = sorted(weeks, key=lambda row: -abs(row["change_pct"]))
    return [{**row, "length": round(100 * abs(row["change_pct"]) / longest, 1)} for row in ordered]
