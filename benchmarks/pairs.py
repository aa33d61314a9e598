"""What do the pairs of four bases cost, beside those of the dollar alone (RATESVC_BASES=USD)?

Two stores get the bundled history. In one process, by turns, each stores and publishes a new market document, answers
`ticker` and `moves`, and serves two pages; each time at another address, so that no answer is cached.

    python -m benchmarks.pairs --rounds 9
"""

import argparse
import itertools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from ratesvc import sources
from ratesvc.collect import snapshot
from ratesvc.core import settings
from ratesvc.publish import publish
from ratesvc.publish.reader import Reader, newest
from ratesvc.render.i18n import LANGUAGES
from ratesvc.store.database import writing
from ratesvc.store.write import record
from ratesvc.validation.fetch_result import Answer
from ratesvc.web import create_app
from ratesvc.web.charts.selection import RANGES

BASES = {"one base": "USD", "four bases": "USD,EUR,RUB,CNY"}
PAGES = ("/", "/currency/KZT")
ADDRESSES = list(itertools.product(RANGES, LANGUAGES))
PRICES = {"kgs": 87.45, "kzt": 517.3, "tjs": 9.345, "uzs": 12620.5, "tmt": 3.5, "eur": 0.86, "rub": 77.4, "cny": 7.06}
"""What a market document says one dollar costs."""


class Side:
    """A store with some bases, and what is measured of it."""

    def __init__(self, bases: str, folder: Path) -> None:
        self.environment = {"RATESVC_BASES": bases, "RATESVC_DATA": str(folder)}
        self.enter()
        with writing() as store:
            snapshot.load_archive(store)
            publish.publish(store)
        self.client = create_app().test_client()

    def enter(self) -> None:
        """Make its settings those of the process."""
        os.environ.update(self.environment)
        settings.load.cache_clear()

    def measured(self, number: int) -> dict[str, float]:
        """Return seconds by what took them."""
        self.enter()
        with writing() as store:
            times = {"snapshot": seconds(partial(record, store, "schedule", [market(number)]))}
            times["publication"] = seconds(partial(publish.publish_changes, store))
        reader = Reader(newest(settings.load().published))
        for view in ("ticker", "moves"):
            times[view] = seconds(partial(reader.rows, f"FROM {view}"))
        for page in PAGES:
            times[page] = seconds(partial(self.fetch, page, number))
        return times

    def fetch(self, page: str, number: int) -> None:
        span, language = ADDRESSES[number]
        answer = self.client.get(f"{page}?lang={language}&range={span}")
        assert answer.status_code == 200, answer.text


def market(number: int) -> Answer:
    """Return a market document of today in which each price differs from the one before."""
    now = datetime.now(UTC)
    prices = {code: price * (1 + number / 10_000) for code, price in PRICES.items()}
    document = json.dumps({"date": f"{now:%Y-%m-%d}", "usd": prices}).encode()
    return Answer(
        source="currency_api",
        url="https://market.example/",
        started_at=now,
        finished_at=now,
        document=document,
        asked_for=None,
        reading=sources.named("currency_api").parse(document),
    )


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    assert rounds <= len(ADDRESSES)
    with tempfile.TemporaryDirectory() as folder:
        sides = {name: Side(bases, Path(folder) / name) for name, bases in BASES.items()}
        times: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
        for number in range(rounds):
            for name in sorted(sides, reverse=number % 2 == 1):
                times[name].append(sides[name].measured(number))
    print(f"medians of {rounds}, in ms")
    for what in times["one base"][0]:
        one, four = (1000 * statistics.median(each[what] for each in times[name]) for name in BASES)
        print(f"{what:14} one base {one:7.1f}   four bases {four:7.1f}   {four / one:.2f} times")


if __name__ == "__main__":
    main()
