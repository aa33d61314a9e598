"""The ticker's rows as an editor wants them: `/ticker.json`, `.txt` and `.html` with parameters.

Without parameters they are answered by `hot_ticker`, before this.
"""

import re
from datetime import UTC, datetime

from flask import Blueprint, Response

from ratesvc.render import ticker
from ratesvc.render.i18n import LANGUAGES
from ratesvc.render.ticker import PLAIN, Look
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Asked
from ratesvc.web.http.responses import FOR_EVER, cacheable, seconds_left

blueprint = Blueprint("ticker", __name__)

TYPES = {
    "/ticker.json": "application/json",
    "/ticker.txt": "text/plain; charset=utf-8",
    "/ticker.html": "text/html; charset=utf-8",
}
# The page may stand in anybody's frame; it runs nothing and loads nothing.
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"

LOOK = ("pairs", "digits", "per", "sign", "lang", "unconfirmed")
"""The parameters of a Look."""
PER = {"auto": None, **{str(10**power): 10**power for power in range(6)}}


def look_of(asked: Asked) -> Look:
    """How the rows are wanted. Raises Refused."""
    return Look(
        pairs=asked.pairs(),
        digits=asked.choice("digits", {"site": "site", "precise": "precise"}, "site"),
        per=asked.choice("per", PER, 1),
        plus=asked.choice("sign", {"always": True, "minus": False}, False),
        language=_language_of(asked),
        unconfirmed=asked.choice("unconfirmed", {"hide": "hide", "show": "show"}, "hide"),
    )


def _language_of(asked: Asked) -> str | None:
    """English for a language that is not here: scripts name that of the page in which they stand."""
    text = asked.text("lang")
    if text and re.fullmatch("[a-z]{2}", text):
        return text if text in LANGUAGES else "en"
    return asked.word("lang", LANGUAGES, "en") if text is not None else None


@blueprint.get("/ticker.<any(json,txt,html):form>")
def rows(form: str) -> Response:
    """The rows now, or with `at` as they stood at a moment."""
    path = f"/ticker.{form}"
    ask = Asked.of_a_page if form == "html" else Asked  # People open the page.
    asked = ask(*LOOK, "at")
    look = look_of(asked)
    newest = ticker_rows.reader()
    now = datetime.now(UTC)
    moment = asked.moment("at", now)
    told = ticker_rows.at(newest, moment) if moment else ticker_rows.now(newest)
    # What was known before the newest version is known for ever.
    settled = told.version != newest.published.version
    as_it_was = look == PLAIN and form == "json" and told.document
    body = as_it_was or variant(path, told, look)
    policy = {"Content_Security_Policy": PAGE_POLICY} if form == "html" else {}
    seconds = FOR_EVER if settled else seconds_left(newest.published)
    return cacheable(body, TYPES[path], seconds, **policy)


def variant(path: str, told: ticker_rows.TickerRows, look: Look) -> bytes:
    """What one of the three addresses says of some rows."""
    if path == "/ticker.json":
        return as_json(told, look)
    return ticker.as_page(told.rows, look) if path == "/ticker.html" else ticker.as_text(ticker.dress(told.rows, look))


def as_json(told: ticker_rows.TickerRows, look: Look) -> bytes:
    """The rows, and the words and the date that a widget shows beside them."""
    words = look.words
    return ticker.as_json(
        ticker.dress(told.rows, look),
        told.version,
        told.published_at,
        language=words.language,
        direction=words.direction,
        words={
            "title": words.gettext("Exchange rates"),
            "pause": words.gettext("Pause the ticker"),
            "play": words.gettext("Play the ticker"),
            "updated": words.gettext("updated {day}", day=words.day(told.published_at.date())),
            "credit": ticker.credit(told.rows, words),
        },
    )
