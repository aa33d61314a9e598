"""What do the pairs of four bases cost, beside those of the dollar alone (RATESVC_BASES=USD)?

Two stores get the bundled history. In one process, by turns, each publishes, answers `ticker` and `moves`, and serves
two pages; each time with another address, so that no answer is cached.

    python -m benchmarks.pairs --rounds 9
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from ratesvc.collect import snapshot
from ratesvc.core import settings
from ratesvc.publish import publish
from ratesvc.publish.reader import Reader, newest
from ratesvc.store.database import writing
from ratesvc.web import create_app

BASES = {"one base": "USD", "four bases": "USD,EUR,RUB,CNY"}
PAGES = ("/", "/currency/KZT")
LANGUAGES = ("en", "ru", "kk", "ky", "uz", "tg", "tk")


class Side:
    """A store with some bases, and what is measured of it."""

    def __init__(self, bases: str, folder: Path) -> None:
        self.environment = {"RATESVC_BASES": bases, "RATESVC_DATA": str(folder)}
        os.environ.update(self.environment)
        with writing() as store:
            snapshot.load_archive(store)
            publish.publish(store)
        self.reader = Reader(newest(settings.load().published))
        self.client = create_app().test_client()

    def publish(self) -> float:
        with writing() as store:
            return seconds(lambda: publish.publish(store))

    def query(self, text: str) -> float:
        return seconds(lambda: self.reader.query(text).fetchall())

    def page(self, path: str, number: int) -> float:
        def fetch() -> None:
            answer = self.client.get(f"{path}?lang={LANGUAGES[number % 7]}&range={1 + number // 7}y")
            assert answer.status_code == 200, answer.text

        return seconds(fetch)

    def measured(self, number: int) -> dict[str, float]:
        os.environ.update(self.environment)
        return {
            "publication": self.publish(),
            "ticker": self.query("FROM ticker"),
            "moves": self.query("FROM moves"),
            **{path: self.page(path, number) for path in PAGES},
        }


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        sides = {name: Side(bases, Path(folder) / name) for name, bases in BASES.items()}
        times: dict[str, list[dict[str, float]]] = {name: [] for name in sides}
        for number in range(rounds):
            for name, side in sides.items():
                times[name].append(side.measured(number))
    print(f"medians of {rounds}, in ms")
    for what in times["one base"][0]:
        one, four = (1000 * statistics.median(each[what] for each in times[name]) for name in BASES)
        print(f"{what:14} one base {one:7.1f}   four bases {four:7.1f}   {four / one:.2f} times")


if __name__ == "__main__":
    main()
