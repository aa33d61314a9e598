"""The ticker's rows as an editor wants them: `/ticker.json`, `.txt` and `.html` with parameters.

Without parameters they are answered by `hot_ticker`, before this.
"""

from dataclasses import replace
from typing import Annotated, Literal

from flask import Blueprint, Response
from pydantic import Field

from ratesvc.render import ticker
from ratesvc.render.ticker import PLAIN, Look
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import (
    AS_KNOWN_AT_NAMES,
    PAIRS,
    PAIRS_NAMES,
    Codes,
    Language,
    Params,
    PastMoment,
    one_of,
)
from ratesvc.web.http.responses import FOR_EVER, cacheable, seconds_left

blueprint = Blueprint("ticker", __name__)

TYPES = {
    "/ticker.json": "application/json",
    "/ticker.txt": "text/plain; charset=utf-8",
    "/ticker.html": "text/html; charset=utf-8",
}
# The page may stand in anybody's frame; it runs nothing and loads nothing.
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"

PER = {"auto": None, **{str(10**power): 10**power for power in range(6)}}


class PairsParams(Params):
    """Which pairs."""

    pairs: Codes = Field(
        (), validation_alias=PAIRS_NAMES, description="Pairs as KZT/USD or KZT, separated by commas; default: all."
    )


class LookParams(Params):
    """How an editor wants a row."""

    digits: Annotated[Literal["site", "precise"], one_of("site", "precise")] = Field(
        "site", description="Five decimals, or six significant digits."
    )
    per: Annotated[str, one_of(*PER)] = Field(
        "1", description="The rate is for so many units; `auto`: for as many as show four digits."
    )
    sign: Annotated[str, one_of("minus", "always")] = Field("minus", description="`always`: a rise has a plus sign.")
    lang: Language | None = Field(None, description="The language of numbers, dates and words.")
    unconfirmed: Annotated[Literal["hide", "show"], one_of("hide", "show")] = Field(
        "hide", description="`show`: a figure that is not confirmed yet takes the place of the last confirmed rate."
    )

    @property
    def look(self) -> Look:
        """The same for the renderer."""
        return Look(
            digits=self.digits,
            per=PER[self.per],
            plus=self.sign == "always",
            language=self.lang,
            unconfirmed=self.unconfirmed,
        )


class RowsParams(LookParams, PairsParams):
    """How an editor wants the rows: the parameters of a Look."""

    @property
    def look(self) -> Look:
        """The same for the renderer."""
        return replace(super().look, pairs=tuple(PAIRS[code] for code in self.pairs))


class TickerParams(RowsParams):
    """Parameters of /ticker.json, .txt and .html."""

    as_known_at: PastMoment | None = Field(
        None, validation_alias=AS_KNOWN_AT_NAMES, description="What the ticker said at this moment; default: now."
    )


@blueprint.get("/ticker.<any(json,txt,html):form>")
def rows(form: str) -> Response:
    """What does the ticker say, in a style?

    Now, or with `as_known_at` as it stood at a moment.
    """
    path = f"/ticker.{form}"
    params = TickerParams.parse_page() if form == "html" else TickerParams.parse()
    look = params.look
    newest = ticker_rows.reader()
    if params.as_known_at:
        told = ticker_rows.at(newest, params.as_known_at, params.sent_as("as_known_at"))
    else:
        told = ticker_rows.now(newest)
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
