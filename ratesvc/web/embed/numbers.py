"""One number, and one sentence: of a pair now or on a day, live or as a version had it."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from flask import Blueprint, Response

from ratesvc.publish.reader import Reader
from ratesvc.render.i18n import LANGUAGES
from ratesvc.render.sentence import sentence
from ratesvc.render.ticker import Look, Row, day_of
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import PAIRS, Asked, Refused
from ratesvc.web.http.responses import FOR_EVER, cacheable, seconds_left
from ratesvc.web.http.ticker_routes import as_json, look_of

blueprint = Blueprint("numbers", __name__)


class Wanted(NamedTuple):
    """What is shown of one pair. newest: what all of an answer is read from; seconds: how long it may be cached."""

    newest: Reader
    told: ticker_rows.TickerRows
    row: Row
    seconds: int


def wanted(asked: Asked, pair: str) -> Wanted:
    """What the parameters `on` and `pin` mean for a pair. Raises Refused."""
    newest = ticker_rows.reader()
    version, day = asked.version("pin"), asked.day("on")
    # East of Greenwich tomorrow begins earlier, and a bank may have published its rate.
    if day and day > datetime.now(UTC).date() + timedelta(days=1):
        raise Refused(422, "on is in the future: what will be known then is not known now", "on")
    told = ticker_rows.of(newest, version) if version else ticker_rows.now(newest)
    row = told.row(pair)
    if day:
        then = ticker_rows.on(newest, pair, day, told)
        # The ticker's own row, asked for a later day, may be stale; on its own day it is history.
        its_own = row["observed_on"] and (day_of(row), row["source"]) == (day_of(then), then["source"])
        row = row if its_own and day > day_of(row) else then
    return Wanted(newest, told, row, FOR_EVER if version else seconds_left(newest.published))


def pair_of(asked: Asked) -> str:
    """The one pair that is asked for, as KZT/USD or KZT. Raises Refused."""
    pairs = asked.pairs("pair")
    if len(pairs) != 1:
        raise Refused(422, f"say for which pair: pair is one of {', '.join(PAIRS.values())}", "pair")
    return pairs[0]


@blueprint.get("/embed/value.json")
def value() -> Response:
    """What <rates-value> shows: a ticker of one row."""
    asked = Asked("pair", "on", "pin", "digits", "per", "sign", "lang", "unconfirmed")
    look, found = look_of(asked), wanted(asked, pair_of(asked))
    alone = ticker_rows.TickerRows(version=found.told.version, published_at=found.told.published_at, rows=[found.row])
    return cacheable(as_json(alone, look), "application/json", found.seconds)


@blueprint.get("/embed/sentence")
def one_sentence() -> Response:
    """One sentence with its source."""
    asked = Asked("pair", "on", "pin", "lang")
    language = asked.word("lang", LANGUAGES, "en")
    found = wanted(asked, pair_of(asked))
    words = Look(language=language).words
    body = sentence(found.row, words).encode() + b"\n"
    return cacheable(body, "text/plain; charset=utf-8", found.seconds, Content_Language=language)
