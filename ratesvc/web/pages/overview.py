"""Overview page: rates and moves of all currencies in one base."""

from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template

from ratesvc.core.currencies import CODES
from ratesvc.render.i18n import Words
from ratesvc.render.sentence import spoken_of, unconfirmed
from ratesvc.render.ticker import UNKNOWN, Look, Row, dress, subject, units_written
from ratesvc.web.charts.sparkline import Box, Days, sparkline
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.negotiation import of_request
from ratesvc.web.http.params import ParameterError
from ratesvc.web.pages.converter import ConverterParams, converter, respond
from ratesvc.web.pages.findings import headline, standing, year_of
from ratesvc.web.pages.page import Page, PageParams

blueprint = Blueprint("overview", __name__)

IN_A_ROW = Box(2, 3, 104, 26)
"""Of a sparkline, within 110 by 32."""
PERIODS = ("previous", "week", "month", "quarter", "ytd", "year")
"""Of the page of a currency, in their order."""
_FACTS = """
SELECT
    pairs.quote, pairs.peg_since, pairs.peg_authority, colour,
    sources.title, sources.site, headline.state, official.title AS official_title,
    first_on, trimmed(change_shown(strongest, weakest)) AS apart,
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
    moves.quote, period, previous_on, inverse_change_pct AS change_pct, trimmed(inverse_change_shown) AS change
FROM moves JOIN currencies ON currency = moves.quote
WHERE moves.base = $base AND NOT is_base
ORDER BY moves.position
"""


class OverviewParams(ConverterParams, PageParams):
    """Parameters of this page."""


@blueprint.get("/")
def overview() -> Response | tuple[str, int]:
    """Show a headline, a table of all currencies with their moves, a converter, a year's lines and all pairs."""
    try:
        ticker_rows.reader()
    except ParameterError:
        return render_template("empty.html", words=of_request()), 503
    params = OverviewParams.parse_page()
    page = Page(params)
    return respond(page, lambda: _render(page, params))


def _render(page: Page, params: OverviewParams) -> str:
    cards = cards_of(page, moves_of(page))
    _add_lines(page, cards)
    news = headline(cards, page.words, params.base)
    return page.render(
        "pages/overview.html",
        headline=news,
        says=lambda card: bool(card["waiting"]) and card["waiting"].rstrip(".") == news,
        standing=standing(cards, page),
        cards=cards,
        periods=("previous", "week", "month", "year"),
        years=[year for card in cards if (year := year_of(card, page.words))],
        pairs=_pairs(page),
        credits=_credits(cards),
        converter=converter(page, params, "KZT"),
    )


def moves_of(page: Page) -> dict[str, dict[str, dict[str, Any]]]:
    """Return moves by currency and period: what each gained in percent, raw and as displayed; None if unknown."""
    moves: dict[str, dict[str, dict[str, Any]]] = {}
    for row in page.reader.rows(_MOVES, {"base": page.params.base}):
        moves.setdefault(row["quote"], {})[row["period"]] = {
            **row,
            "shown": page.words.change(row["change"], row["change_pct"]),
            "way": way(row["change"]),
        }
    return moves


def way(change: str | None) -> str:
    """Return up, down, flat or unknown for a change as displayed."""
    if change is None:
        return "unknown"
    return "flat" if change == "0" else "down" if change.startswith("-") else "up"


def cards_of(page: Page, moves: dict[str, dict[str, dict[str, Any]]]) -> list[dict[str, Any]]:
    """Build the cards: ticker rows with the facts and moves of each currency."""
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
                "short": page.words.short_name(code),
                "low": written(facts[code]["low"], row["inverted"], page.words),
                "high": written(facts[code]["high"], row["inverted"], page.words),
                "inverse": _inverse(page, row),
                "waiting": unconfirmed(page.ticker.row(spoken_of(f"{code}/{page.params.base}")), page.words),
            }
        )
    return cards


def _add_lines(page: Page, cards: list[dict[str, Any]]) -> None:
    """Give each card the line of its year, and the sparkline of its last 90 days."""
    lines: dict[str, list[tuple[date, float | None]]] = {}
    for row in page.reader.rows(_YEAR, page.params.direct):
        lines.setdefault(row["quote"], []).append((row["observed_on"], row["value"]))
    for card in cards:
        card["line"] = lines.get(card["code"], [])
        card["sparkline"] = sparkline(_since(card["line"], 90), IN_A_ROW, steps=card["kind"] == "official")


def _since(days: Days, span: int) -> Days:
    """Return the last days of a line."""
    return [each for each in days if (days[-1][0] - each[0]).days <= span]


def _credits(cards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return each publisher once, with its currencies and the days of their rates; a peg has no day."""
    found: dict[str, dict[str, Any]] = {}
    for card in cards:
        if card["bank"]:
            credit = found.setdefault(card["bank"], {"bank": card["bank"], "site": card["site"], "days": []})
            credit["days"].append((card["code"], None if card["pegged"] else card["observed_on"]))
    return list(found.values())


def written(rate: str | None, inverted: bool, words: Words) -> str | None:
    """Write a rate as the cards write theirs."""
    return (rate and words.number(rate)) if inverted else units_written(rate, words)


def _inverse(page: Page, row: Row) -> str | None:
    """Return the rate of a row's pair the other way round, with six digits."""
    digits = page.ticker.row(f"{row['quote']}/{row['base']}")["rate_precise"]
    return digits and page.words.number(digits)


def _pairs(page: Page) -> dict[tuple[str, str], Row]:
    """Return the row of every currency in every base, in the direction of the page, and what the currency gained."""
    look = Look(language=page.words.language, digits="precise")
    cells = [(code, base) for code in CODES for base in page.bases]
    rows = dress(page.ticker.selection([page.params.pair(*cell) for cell in cells]), look)
    changes = [page.ticker.row(f"{code}/{base}")["change"].removesuffix("%") for code, base in cells]
    return {
        cell: {
            **row,
            "way": way(None if change == UNKNOWN else change),
            "gained": None if change == UNKNOWN else page.words.percent(change, padded=True),
        }
        for cell, row, change in zip(cells, rows, changes, strict=True)
    }
