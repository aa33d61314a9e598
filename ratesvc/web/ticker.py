"""The ticker's rows as an editor wants them: `/ticker.json`, `.txt` and `.html` with parameters.

Without parameters `hot` answers, before this; it comes here only while nothing is published.
"""

from datetime import UTC, datetime

from flask import Blueprint, Response

from ratesvc import ticker
from ratesvc.ticker import PLAIN, Look
from ratesvc.web import said
from ratesvc.web.answers import FOR_EVER, cacheable, seconds_left
from ratesvc.web.asked import Asked
from ratesvc.web.hot import PAGE_POLICY, TYPES
from ratesvc.words import LANGUAGES

blueprint = Blueprint("ticker", __name__)

LOOK = ("pairs", "digits", "per", "sign", "lang")
"""The parameters of a Look."""
PER = {"auto": None, **{str(10**power): 10**power for power in range(6)}}


def look_of(asked: Asked) -> Look:
    """How the rows are wanted. Raises Refused."""
    return Look(
        pairs=asked.pairs(),
        digits=asked.choice("digits", {"site": "site", "precise": "precise"}, "site"),
        per=asked.choice("per", PER, 1),
        plus=asked.choice("sign", {"always": True, "minus": False}, False),
        language=asked.choice("lang", {language: language for language in LANGUAGES}, None),
    )


@blueprint.get("/ticker.<any(json,txt,html):form>")
def rows(form: str) -> Response:
    """The rows now, or with `at` as they stood at a moment."""
    asked = Asked(*LOOK, "at")
    look = look_of(asked)
    newest = said.reader()
    now = datetime.now(UTC)
    moment = asked.moment("at", now)
    told = said.at(newest, moment) if moment else said.now(newest)
    # What was known before the newest version is known for ever.
    settled = told.version != newest.published.version
    if form == "json":
        plain = look == PLAIN and told.document is not None
        body = told.document if plain and told.document else as_json(told, look)
    elif form == "txt":
        body = ticker.as_text(ticker.dress(told.rows, look))
    else:
        body = ticker.as_page(told.rows, look)
    policy = {"Content_Security_Policy": PAGE_POLICY} if form == "html" else {}
    seconds = FOR_EVER if settled else seconds_left(newest.published)
    return cacheable(body, TYPES[f"/ticker.{form}"], seconds, **policy)


def as_json(told: said.Said, look: Look) -> bytes:
    """The rows, and the words and the date that a widget shows beside them."""
    words = look.words
    return ticker.as_json(
        ticker.dress(told.rows, look),
        told.version,
        told.published_at,
        language=words.language,
        direction=words.direction,
        words={
            **{key: words.say(key) for key in ("title", "pause", "play")},
            "as_of": words.say("as_of", day=words.day(told.published_at.date())),
        },
    )
