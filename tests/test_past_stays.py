"""What a past day's rate was depends neither on today's date nor on who publishes today.

`SILENT_QUESTIONS=60 pytest -n 0 -s tests/test_past_stays.py` asks 60 questions of each of twelve silences.
"""

import json
import os
import random
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from lxml import html

from ratesvc.core import settings
from ratesvc.core.currencies import BY_CODE, CODES
from ratesvc.publish import publish
from ratesvc.publish.reader import Reader, newest
from ratesvc.render.i18n import Words
from ratesvc.render.ticker import units_written
from ratesvc.store.database import writing
from ratesvc.web import create_app

from .clock import set_clock

pytestmark = pytest.mark.proof

QUESTIONS = int(os.environ.get("SILENT_QUESTIONS", "0"))
"""Of each silence; otherwise six of two of them."""
SILENCES = [
    (source, back, later)
    for source in (("nbk", "nbkr", "nbt", "currency_api") if QUESTIONS else ("nbk", "currency_api"))
    for back, later in ((90, 30), (300, 400), (3, 1))[: 3 if QUESTIONS else 1]
]
"""Which source is silent, since how many days, and how many days after today somebody asks."""
TODAY = datetime.now(UTC).date()
REACH = 10

Series = dict[tuple[str, str], dict[date, Decimal]]


@contextmanager
def silenced(
    busy_year: Path, folder: Path, source: str, since: date, now: datetime
) -> Iterator[tuple[Reader, FlaskClient]]:
    """The published file and the application, at a moment, where a source has printed nothing since a day."""
    folder.mkdir()
    shutil.copyfile(busy_year / "rates.duckdb", folder / "rates.duckdb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RATESVC_DATA", str(folder))
        settings.load.cache_clear()
        with writing() as store:
            with store.transaction() as connection:
                connection.execute("DELETE FROM observations WHERE source = ? AND observed_at >= ?", [source, since])
                connection.execute("DELETE FROM daily WHERE source = ? AND observed_on >= ?", [source, since])
            set_clock(store, now)
            publish.publish(store)
        yield Reader(newest(folder / "published")), create_app().test_client()
    settings.load.cache_clear()


def series_of(busy_year: Path) -> Series:
    """All rates of the year, by source and currency."""
    series: Series = {}
    rows = Reader(newest(busy_year / "published")).rows("SELECT source, quote, observed_on, close FROM daily")
    for row in rows:
        series.setdefault((row["source"], row["quote"]), {})[row["observed_on"]] = row["close"]
    return series


def expected(series: Series, code: str, day: date) -> tuple[str, date, Decimal] | None:
    """The rate in force on a day by what was printed for that day and the ten before, and nothing else."""
    currency = BY_CODE[code]
    if currency.peg:
        return "peg", day, currency.peg.rate
    for source in (currency.official, currency.market):
        known = series.get((str(source), code), {})
        days = [each for each in known if day - timedelta(days=REACH) <= each <= day]
        if days:
            return str(source), max(days), known[max(days)]
    return None


@pytest.mark.parametrize(("source", "back", "later"), SILENCES)
def test_a_past_day_answers_alike_whoever_is_silent_and_whenever_one_asks(
    busy_year: Path, tmp_path: Path, source: str, back: int, later: int
) -> None:
    since = TODAY - timedelta(days=back)
    series = {
        key: {day: units for day, units in days.items() if key[0] != source or day < since}
        for key, days in series_of(busy_year).items()
    }
    chance = random.Random(f"{source} {back}")
    now = datetime.now(UTC) + timedelta(days=later)
    with silenced(busy_year, tmp_path / "silenced", source, since, now) as (views, client):
        for _ in range(QUESTIONS or 6):
            code = chance.choice(sorted(CODES))
            day = TODAY - timedelta(
                days=chance.choice((chance.randint(1, 420), max(back + chance.randint(-15, 15), 1)))
            )
            ask_everywhere(views, client, code, day, expected(series, code, day))


def ask_everywhere(
    views: Reader, client: FlaskClient, code: str, day: date, right: tuple[str, date, Decimal] | None
) -> None:
    source, observed_on, units = right or (None, None, None)
    question = (code, day, right)
    [row] = views.rows("SELECT rate_on('USD', ?, ?) AS units, source_on('USD', ?, ?) AS source", [code, day, code, day])
    assert (row["units"], row["source"]) == (units, source), question
    found = views.rows("FROM headline_daily WHERE base = 'USD' AND quote = ? AND day = ?", [code, day])
    assert [(each["source"], each["observed_on"], each["rate"]) for each in found] == ([right] if right else [])
    drawn = views.rows(
        "FROM history WHERE base = 'USD' AND quote = ? AND observed_on = ? AND rate IS NOT NULL", [code, day]
    )
    assert [(each["source"], each["rate"]) for each in drawn] == ([(source, units)] if observed_on == day else [])

    rounded = units and float(f"{units:.10g}")
    first = client.get(f"/v1/{day}?base=USD&symbols={code}")
    assert (json.loads(first.text)["rates"][code] if first.status_code == 200 else None) == rounded, question
    second = client.get(f"/v2/rates?date={day}&base=USD&quotes={code}")
    assert [each["rate"] for each in json.loads(second.text)] == ([rounded] if right else []), question
    assert second.headers.get("X-Source") == source
    converted = json.loads(client.get(f"/api/convert?from=USD&to={code}&on={day}").text, parse_float=Decimal)["rows"]
    assert [(each["quote_source"], each["quote_rate"]) for each in converted] == [(source, units)], question

    page = html.fromstring(client.get(f"/currency/{code}?amount=1&of=USD&in={code}&on={day}").text)
    answer = page.find(".//p[@class='converted']/strong")
    text = None if answer is None else answer.text_content()
    assert text == (None if units is None else f"{units_written(f'{units:f}', Words('en'))} {code}"), question
