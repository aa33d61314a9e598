"""The ticker: `/ticker.json`, `.txt` and `.html`, with or without parameters."""

from dataclasses import replace
from typing import Annotated, Literal

from flask import Blueprint, Response, current_app, request
from pydantic import Field

from ratesvc.core.currencies import as_printed
from ratesvc.render import ticker
from ratesvc.render.ticker import PLAIN, Look
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.hot_ticker import HotTicker
from ratesvc.web.http.params import (
    AS_KNOWN_AT_NAMES,
    PAIRS_NAMES,
    TICKER_PAIRS,
    Direction,
    Labels,
    Language,
    Pairs,
    Params,
    PastMoment,
    one_of,
    whole,
)
from ratesvc.web.http.responses import FOR_EVER, HOT_SECONDS, cacheable, seconds_left

blueprint = Blueprint("ticker", __name__)

TYPES = {
    "/ticker.json": "application/json",
    "/ticker.txt": "text/plain; charset=utf-8",
    "/ticker.html": "text/html; charset=utf-8",
}
# Any site may frame this page: it runs no scripts and loads nothing.
PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors *"

SMALLEST, LARGEST = 12, 32
"""Pixels."""
PER = {"auto": None, **{str(10**power): 10**power for power in range(6)}}


class PairsParams(Params):
    """Selection of pairs."""

    pairs: Pairs = Field(
        (),
        validation_alias=PAIRS_NAMES,
        description="Pairs in any direction and order, such as USD/KZT,EUR/KZT,KZT/RUB; default: the five in dollars.",
    )
    direction: Direction = Field(
        "left", description="`local`: the five as people quote them, USD/KZT; else how the element moves."
    )


class LookParams(Params):
    """Formatting of a row."""

    digits: Annotated[Literal["site", "precise"], one_of("site", "precise")] = Field(
        "site", description="`site`: five decimals; `precise`: six significant digits."
    )
    per: Annotated[str, one_of(*PER)] = Field(
        "1", description="Units of the currency that the rate is for; `auto`: 1, 100 or 1,000."
    )
    sign: Annotated[str, one_of("minus", "always")] = Field(
        "minus", description="`always`: put a plus sign before a rise."
    )
    change: Annotated[Literal["percent", "absolute", "both"], one_of("percent", "absolute", "both")] = Field(
        "percent", description="The change in percent, in units of the quote, or both."
    )
    lang: Language | None = Field(None, description="The language of numbers, dates and words.")
    unconfirmed: Annotated[Literal["hide", "show"], one_of("hide", "show")] = Field(
        "hide", description="`show`: an unconfirmed figure replaces the last confirmed rate."
    )

    @property
    def look(self) -> Look:
        """These parameters for the renderer."""
        return Look(
            digits=self.digits,
            per=PER[self.per],
            plus=self.sign == "always",
            language=self.lang,
            unconfirmed=self.unconfirmed,
            change=self.change,
        )


class RowsParams(LookParams, PairsParams):
    """Selection and formatting of rows: the parameters of a Look."""

    labels: Labels = Field(
        (), description="Names in the place of pairs, such as KGS:Som,USD/KZT:Dollar; a code is for its every pair."
    )

    @property
    def look(self) -> Look:
        """These parameters for the renderer."""
        local = tuple(map(as_printed, TICKER_PAIRS)) if self.direction == "local" else ()
        return replace(super().look, pairs=self.pairs or local, labels=self.labels)


class TickerParams(RowsParams):
    """Parameters of /ticker.json, .txt and .html."""

    as_known_at: PastMoment | None = Field(
        None, validation_alias=AS_KNOWN_AT_NAMES, description="Return the ticker as of this moment; default: now."
    )


class StripParams(Params):
    """How a ticker that scrolls is shown."""

    fontsize: Annotated[int, whole(SMALLEST, LARGEST)] = Field(
        ticker.FONT_SIZE, description="Size of the letters in pixels; the height of the ticker follows."
    )
    sources: Annotated[str, one_of("line", "info")] = Field(
        "line", description="The names of the sources behind the rows, or behind a button (`info`)."
    )


class TickerPageParams(TickerParams, StripParams):
    """Parameters of /ticker.html."""


@blueprint.get("/ticker.<any(json,txt,html):form>")
def rows(form: str) -> Response:
    """Get the ticker, formatted.

    The current one, or with `as_known_at` the one published last at that moment.
    """
    path = f"/ticker.{form}"
    policy = {"Content_Security_Policy": PAGE_POLICY} if form == "html" else {}
    hot: HotTicker = current_app.extensions["hot"]
    if not request.args and (plain := hot.body(path)):
        return cacheable(plain, TYPES[path], HOT_SECONDS, **policy)
    params = TickerPageParams.parse_page() if form == "html" else TickerParams.parse()
    look = params.look
    newest = ticker_rows.reader()
    if params.as_known_at:
        version_rows = ticker_rows.at(newest, params.as_known_at, params.sent_as("as_known_at"))
    else:
        version_rows = ticker_rows.now(newest)
    # What was known before the newest version never changes.
    final = version_rows.version != newest.published.version
    as_published = look == PLAIN and form == "json" and version_rows.document
    body = as_published or variant(version_rows, params, form)
    seconds = FOR_EVER if final else seconds_left(newest.published)
    return cacheable(body, TYPES[path], seconds, **policy)


def variant(version_rows: ticker_rows.TickerRows, params: TickerParams, form: str) -> bytes:
    """Render rows in one of the three forms."""
    look = params.look
    if form == "json":
        return as_json(version_rows, look)
    rows = version_rows.selection(look.pairs)
    if isinstance(params, TickerPageParams):
        return ticker.as_page(rows, look, fontsize=params.fontsize, sources=params.sources)
    return ticker.as_text(ticker.dress(rows, look))


def as_json(version_rows: ticker_rows.TickerRows, look: Look) -> bytes:
    """Render rows as JSON, with the labels and the date that a widget shows."""
    words, rows = look.words, version_rows.selection(look.pairs)
    return ticker.as_json(
        ticker.dress(rows, look),
        version_rows.version,
        version_rows.published_at,
        language=words.language,
        direction=words.direction,
        words={
            "title": words.gettext("Exchange rates"),
            "pause": words.gettext("Pause the ticker"),
            "play": words.gettext("Play the ticker"),
            "updated": words.gettext("updated {day}", day=words.day(version_rows.published_at.date())),
            "credit": ticker.credit(rows, words),
            "sources": words.gettext("Sources"),
        },
    )
