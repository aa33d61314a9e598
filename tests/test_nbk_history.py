"""Years of the official tenge, a float and a crash included, arrive day by day, and all of them get in."""

import csv
import os
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from ratesvc.core.observation import midnight
from ratesvc.sources import nbk
from ratesvc.store.database import Store
from ratesvc.store.write import record
from ratesvc.validation.fetch_result import Answer

pytestmark = pytest.mark.soak

UNTIL = os.environ.get("HISTORY_UNTIL", "2016-01-01")
"""`make soak` replays all of it."""
STORMS = {"2015-08-21": Decimal("-26.20"), "2020-03-17": Decimal("-6.70")}
"""The float of 2015 and the crash of oil of 2020: 188.38 / 255.26 - 1 and 405.46 / 434.59 - 1."""

RECORDED = Path(__file__).parents[2] / "shared" / "data" / "nbk_usd_kzt_2015_2020.csv"
ITEM = "<item><fullname>ДОЛЛАР США</fullname><title>USD</title><description>{}</description><quant>{}</quant></item>"
DOCUMENT = '<?xml version="1.0" encoding="utf-8"?><rates><date>{}</date>' + ITEM + "</rates>"


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded history is not at hand")
def test_all_days_of_the_official_tenge_enter_and_none_waits_for_good(store: Store) -> None:
    with RECORDED.open() as file:
        days = [(row["Date"], row["USD_quant"], row["USD"]) for row in csv.DictReader(file) if row["Date"] < UNTIL]
    held = []
    for day, quant, rate in days:
        evening_before = midnight(day) - timedelta(hours=6)
        document = DOCUMENT.format(datetime.fromisoformat(day).strftime("%d.%m.%Y"), rate, quant).encode()
        answer = Answer(
            source="nbk",
            url="https://nationalbank.kz/rss/get_rates.cfm",
            started_at=evening_before,
            finished_at=evening_before,
            document=document,
            reading=nbk.parse(document),
        )
        [fetch] = record(store, "schedule", [answer])
        held += [f"{each.observed_at:%Y-%m-%d}" for each in fetch.verdict.set_aside]

    storms = {day: change for day, change in STORMS.items() if day < UNTIL}
    assert set(storms) <= set(held)
    assert len(held) < 15  # Without a printed step: the first of all, and moves by more than 3.5 %.
    assert store.query("FROM held") == []
    stored = store.query("SELECT observed_on::VARCHAR, rate FROM rates WHERE source = 'nbk' ORDER BY observed_on")
    assert len(stored) > 200
    assert stored == [(day, Decimal(rate) / Decimal(quant)) for day, quant, rate in days]
    changes = dict(
        store.query(
            "SELECT observed_on::VARCHAR, inverse_change_shown FROM changes"
            " WHERE source = 'nbk' AND period = 'previous'"
        )
    )
    assert storms.items() <= changes.items()
