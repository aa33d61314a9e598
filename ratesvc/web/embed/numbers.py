"""One number and one sentence of a pair: current or for a day, live or pinned to a version."""

from datetime import date
from typing import NamedTuple

from flask import Blueprint, Response
from pydantic import Field

from ratesvc.publish.reader import Reader
from ratesvc.render.sentence import sentence, spoken_of
from ratesvc.render.ticker import UNKNOWN, Look, Row, day_of, dress
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import PAIR_NAMES, Language, Pair, Params, PastDay, Version
from ratesvc.web.http.responses import FOR_EVER, cacheable, seconds_left
from ratesvc.web.http.ticker_routes import LookParams, as_json

blueprint = Blueprint("numbers", __name__)


class PairRow(NamedTuple):
    """The row of one pair. newest: the version to read from; seconds: the cache time."""

    newest: Reader
    ticker: ticker_rows.TickerRows
    row: Row
    seconds: int


def find_row(pair: str, day: date | None = None, version: str | None = None) -> PairRow:
    """Find the row of a pair for a day, as of a version; by default the newest of both. Raises ParameterError."""
    newest = ticker_rows.reader()
    ticker = ticker_rows.of(newest, version) if version else ticker_rows.now(newest)
    row = ticker.row(pair)
    if day:
        past_row = ticker_rows.on(newest, pair, day, ticker)
        # For a later day the ticker's own row applies, which may be stale; for its own day it is history.
        same_rate = row["observed_on"] and (day_of(row), row["source"]) == (day_of(past_row), past_row["source"])
        row = row if same_rate and day > day_of(row) else past_row
    return PairRow(newest, ticker, row, FOR_EVER if version else seconds_left(newest.published))


def rate_of(row: Row) -> str:
    """Return the rate of a dressed row as the pages write it: as printed, or the other way round with its digits."""
    return str((row["rate"] if row["inverted"] else row["units"]) if row["printed"] else UNKNOWN)


def of_its_currency(found: PairRow, look: Look, version: str | None) -> Row:
    """Dress a row for a picture of its currency: changes, also of a figure under review, are the currency's own.

    If a dollar costs more tenge, the tenge has lost, whichever way the pair is written.
    """
    [row] = dress([found.row], look)
    if row["inverted"]:
        return row
    base, code = row["pair"].split("/")
    [own] = dress([find_row(f"{code}/{base}", version=version).row], look)
    not_confirmed = look.words.gettext("not confirmed")
    mark = row["mark"] and f"{not_confirmed}: {row['unconfirmed_rate']} {own['unconfirmed_change']}"
    label = ", ".join(filter(None, (row["status"], mark))) or None
    text = f"{row['pair']} = {rate_of(row)}, {code} {own['change']}" + (f" ({mark})" if mark else "")
    return {**row, "change": own["change"], "direction": own["direction"], "mark": mark, "label": label, "text": text}


def reverse(pair: str, language: str, version: str | None) -> str | None:
    """Write the rate of a pair the other way round; None without a rate."""
    base, quote = pair.split("/")
    [row] = dress([find_row(f"{quote}/{base}", version=version).row], Look(language=language, digits="precise"))
    return f"1 {quote} = {rate_of(row)} {base}" if row["printed"] else None


class SentenceParams(Params):
    """Parameters of the sentence."""

    pair: Pair = Field(validation_alias=PAIR_NAMES)
    on: PastDay | None = None
    pin: Version | None = None
    lang: Language = "en"


class ValueParams(LookParams):
    """Parameters of the number: formatting, for one pair and day."""

    pair: Pair = Field(validation_alias=PAIR_NAMES)
    on: PastDay | None = None
    pin: Version | None = None


@blueprint.get("/embed/value.json")
def value() -> Response:
    """Serve the data of <rates-value>: a ticker of one row."""
    params = ValueParams.parse_page()
    look, pair_row = params.look, find_row(params.pair, params.on, params.pin)
    single = ticker_rows.TickerRows(
        version=pair_row.ticker.version, published_at=pair_row.ticker.published_at, rows=[pair_row.row], others=list
    )
    return cacheable(as_json(single, look), "application/json", pair_row.seconds)


@blueprint.get("/embed/sentence")
def one_sentence() -> Response:
    """Serve one sentence that names its source."""
    params = SentenceParams.parse_page()
    pair_row = find_row(spoken_of(params.pair), params.on, params.pin)
    words = Look(language=params.lang).words
    body = sentence(pair_row.row, words).encode() + b"\n"
    return cacheable(body, "text/plain; charset=utf-8", pair_row.seconds, Content_Language=params.lang)
