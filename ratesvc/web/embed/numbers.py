"""One number, and one sentence: of a pair now or on a day, live or as a version had it."""

from datetime import date
from typing import NamedTuple

from flask import Blueprint, Response
from pydantic import Field

from ratesvc.publish.reader import Reader
from ratesvc.render.sentence import sentence
from ratesvc.render.ticker import Look, Row, day_of
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import PAIR_NAMES, PAIRS, Code, Language, Params, PastDay, Version
from ratesvc.web.http.responses import FOR_EVER, cacheable, seconds_left
from ratesvc.web.http.ticker_routes import LookParams, as_json

blueprint = Blueprint("numbers", __name__)


class Wanted(NamedTuple):
    """What is shown of one pair. newest: what all of an answer is read from; seconds: how long it may be cached."""

    newest: Reader
    told: ticker_rows.TickerRows
    row: Row
    seconds: int


def wanted(pair: str, day: date | None = None, version: str | None = None) -> Wanted:
    """A pair on a day, as a version had it; by default the newest of both. Raises Refused."""
    newest = ticker_rows.reader()
    told = ticker_rows.of(newest, version) if version else ticker_rows.now(newest)
    row = told.row(pair)
    if day:
        then = ticker_rows.on(newest, pair, day, told)
        # The ticker's own row, asked for a later day, may be stale; on its own day it is history.
        its_own = row["observed_on"] and (day_of(row), row["source"]) == (day_of(then), then["source"])
        row = row if its_own and day > day_of(row) else then
    return Wanted(newest, told, row, FOR_EVER if version else seconds_left(newest.published))


class SentenceParams(Params):
    """Parameters of the sentence."""

    pair: Code = Field(validation_alias=PAIR_NAMES)
    on: PastDay | None = None
    pin: Version | None = None
    lang: Language = "en"


class ValueParams(LookParams):
    """Parameters of the number: a Look, for one pair on a day."""

    pair: Code = Field(validation_alias=PAIR_NAMES)
    on: PastDay | None = None
    pin: Version | None = None


@blueprint.get("/embed/value.json")
def value() -> Response:
    """What <rates-value> shows: a ticker of one row."""
    params = ValueParams.parse_page()
    look, found = params.look, wanted(PAIRS[params.pair], params.on, params.pin)
    alone = ticker_rows.TickerRows(version=found.told.version, published_at=found.told.published_at, rows=[found.row])
    return cacheable(as_json(alone, look), "application/json", found.seconds)


@blueprint.get("/embed/sentence")
def one_sentence() -> Response:
    """One sentence with its source."""
    params = SentenceParams.parse_page()
    found = wanted(PAIRS[params.pair], params.on, params.pin)
    words = Look(language=params.lang).words
    body = sentence(found.row, words).encode() + b"\n"
    return cacheable(body, "text/plain; charset=utf-8", found.seconds, Content_Language=params.lang)
