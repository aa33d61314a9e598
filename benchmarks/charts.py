"""How fast is a chart of ten million sightings, and does it keep all extremes?

One series with a sighting a minute over 19 years, behind the real web server. Every request is for different days, so
that no response is cached; half of them accept Brotli. For comparison, plain Plotly, which sends every point.

    python benchmarks/charts.py --rows 200000     (a smaller history)
"""

import argparse
import itertools
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection
from typing import NamedTuple

import brotli
import plotly.graph_objects as go

from ratesvc.collect import snapshot
from ratesvc.core import settings
from ratesvc.publish import publish
from ratesvc.publish.reader import Reader, newest
from ratesvc.store.database import Store, writing
from ratesvc.store.write import rebuild
from tests.serving import free_port, serving

ROUNDS = 15
"""Number of measured requests in each encoding."""
FIRST, ZOOM = 150, 100
"""Targets in milliseconds: for the first lines of a page, and for other days of them."""
LINE, PAGE = "/dashboards/line.json?currency=KZT", "/currency/KZT"
WHOLE = "the whole but for some days"
ZOOMS = {"a year": 365, "a month": 30, "3 days": 3, "1 day": 1}
"""Ranges in days. Three days and one day are short enough for every sighting."""
UP, DOWN = 900, 250
"""Two spikes of one sighting each; the walk stays between them."""

_SNAPSHOT = "INSERT INTO snapshots SELECT max(snapshot_id) + 1, $now, $now, 'backfill' FROM snapshots"
_FETCH = """
INSERT INTO fetches BY NAME
SELECT
    max(fetch_id) + 1 AS fetch_id, max(snapshot_id) + 1 AS snapshot_id, 'currency_api' AS source, 'made' AS url,
    $now AS started_at, $now AS finished_at, 'new' AS outcome, $rows AS observations, 0 AS rejections,
    ($now - $rows * INTERVAL 1 MINUTE)::DATE AS asked_from, $now::DATE AS asked_to
FROM fetches
"""
_WALK = f"""
INSERT INTO observations
SELECT
    'currency_api', 'KZT', $now - ($rows - 1 - minute) * INTERVAL 1 MINUTE,
    CASE minute WHEN $rows // 2 THEN {UP} WHEN $rows * 3 // 4 THEN {DOWN}
    ELSE 500 + sum((hash(minute) % 8001)::INTEGER - 4000) OVER (ORDER BY minute) / 100000 END::DECIMAL(18, 8),
    $now, (SELECT max(fetch_id) FROM fetches), NULL
FROM range($rows) AS minutes(minute)
ORDER BY minute
"""
_HISTORY = """
SELECT
    min(observed_at)::DATE, max(observed_at)::DATE, max_by(observed_at, rate)::DATE,
    min_by(observed_at, rate)::DATE, max(rate), min(rate)
FROM observations WHERE base = 'USD' AND quote = 'KZT'
"""
_EVERYTHING = (
    "SELECT observed_at, 1 / rate::DOUBLE AS rate FROM observations WHERE base = 'USD' AND quote = 'KZT' ORDER BY 1"
)
_EXTREMES = """
SELECT trimmed(max(rate)), trimmed(min(rate))
FROM observations
WHERE base = 'USD' AND quote = 'KZT' AND observed_at >= ?::DATE AND observed_at < ?::DATE + INTERVAL 1 DAY
"""


Requests = dict[str, tuple[date, date] | None]
"""URLs, with the first and last day of chart data."""


class Measured(NamedTuple):
    """Response times in milliseconds by encoding, size of the last responses, and lost extremes."""

    name: str
    target: int | None
    took: dict[str, list[float]]
    sizes: dict[str, int]
    points: int
    lost: list[str]

    def median(self, encoding: str) -> float:
        return statistics.median(self.took[encoding])

    def __str__(self) -> str:
        brotlied = f"{self.median('br'):8.0f}{self.sizes['br']:10,}" if "br" in self.took else ""
        plain = f"{self.median('identity'):8.0f}{self.sizes['identity']:14,}"
        verdict = "ok" if self.target and max(map(self.median, self.took)) < self.target else "missed"
        target = f"    < {self.target} {verdict}" if self.target else ""
        return f"{self.name:34}{plain}{brotlied:18}{f'{self.points:,}' if self.points else '':>12}{target}"


def main() -> None:
    """Print a table; exit code 1 if an extreme was lost. A missed target is not a failure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000, help="sightings of the series, at least 200000")
    rows: int = max(parser.parse_args().rows, 200_000)  # Fewer rows have too few days for different requests.
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RATESVC_DATA"] = folder
        settings.load.cache_clear()
        with writing() as store:
            make(store, rows)
        print(f"{f'medians of {ROUNDS}':34}{'ms':>8}{'bytes':>14}{'ms br':>8}{'bytes':>10}{'points':>12}    target")
        measured = []
        with closing(Reader(newest(settings.load().published))) as reader:
            with serving(port := free_port(), RATESVC_WORKERS="1"):
                server = HTTPConnection("127.0.0.1", port)
                for name, target, requests in questions(reader):
                    measured.append(measure(server, reader, name, target, requests))
                    print(measured[-1], flush=True)
            compare(reader, next(each for each in measured if each.name == WHOLE))
    lost = [sentence for each in measured for sentence in each.lost]
    print("\n".join(lost) or "the highest and the lowest sighting of every range were sent, both spikes too")
    raise SystemExit(1 if lost else 0)


def make(store: Store, rows: int) -> None:
    """Publish the bundled archive, with the long series in place of its own of that name."""
    began, now = time.monotonic(), datetime.now(UTC).replace(second=0, microsecond=0, tzinfo=None)
    snapshot.load_archive(store)
    with store.transaction() as connection:
        connection.execute("DELETE FROM observations WHERE source = 'currency_api' AND currency = 'KZT'")
        connection.execute(_SNAPSHOT, {"now": now})
        connection.execute(_FETCH, {"now": now, "rows": rows})
        connection.execute(_WALK, {"now": now, "rows": rows})
    made = time.monotonic()
    rebuild(store)
    rebuilt = time.monotonic()
    publish.publish(store)
    took = f"made in {made - began:.1f} s, summed up in {rebuilt - made:.1f} s"
    print(f"{rows:,} sightings {took}, published in {time.monotonic() - rebuilt:.1f} s")


def questions(reader: Reader) -> Iterator[tuple[str, int | None, Requests]]:
    """Yield each measurement: name, target in milliseconds, and distinct URLs."""
    [(begin, end, up, down, *extremes)] = reader.query(_HISTORY).fetchall()
    assert extremes == [UP, DOWN]
    some = range(2 * ROUNDS)
    yield "range=all, first of a new server", FIRST, {f"{LINE}&range=all": (begin, end)}
    yield WHOLE, FIRST, _lines((begin + timedelta(number), end) for number in some)
    for name, days in ZOOMS.items():
        room = (end - begin).days - days
        if room >= 2 * len(some):  # A small history has too few days for a year.
            around = [day - timedelta(days // 2) for day in (up, down)]
            starts = dict.fromkeys([*around, *(begin + timedelta(room * number // len(some)) for number in some)])
            zooms = itertools.islice(starts, len(some))
            yield f"zoom to {name}", ZOOM, _lines((start, start + timedelta(days - 1)) for start in zooms)
    yield "the page, for another amount", None, {f"{PAGE}?amount={number + 1}": None for number in some}
    since = (begin + timedelta(len(some) + number) for number in some)
    yield "the page, for other days", None, {f"{PAGE}?from={day}&to={end}": None for day in since}


def measure(server: HTTPConnection, reader: Reader, name: str, target: int | None, requests: Requests) -> Measured:
    """Request every URL once, alternately with and without Brotli."""
    result = Measured(name, target, took={}, sizes={}, points=0, lost=[])
    for (path, days), encoding in zip(requests.items(), itertools.cycle(("identity", "br")), strict=False):
        began = time.perf_counter()
        server.request("GET", path, headers={"Accept-Encoding": encoding})
        answer = server.getresponse()
        body = answer.read()
        result.took.setdefault(encoding, []).append(1000 * (time.perf_counter() - began))
        assert (answer.status, answer.getheader("Content-Encoding", "identity")) == (200, encoding), body[:300]
        result.sizes[encoding] = len(body)
        if days:
            lines = json.loads(brotli.decompress(body) if encoding == "br" else body)["data"]
            sent = {units for line in lines for units in line["customdata"]}
            [wanted] = reader.query(_EXTREMES, days).fetchall()
            result.lost.extend(f"LOST: {units} is not in the answer to {path}" for units in wanted if units not in sent)
            result = result._replace(points=sum(len(line["x"]) for line in lines))
    return result


def compare(reader: Reader, ours: Measured) -> None:
    """Measure plain Plotly once: the whole series as DataFrame, figure and JSON."""
    began = time.perf_counter()
    frame = reader.frame(_EVERYTHING, {})
    queried = time.perf_counter()
    size = len(go.Figure().add_scatter(x=frame["observed_at"], y=frame["rate"], mode="lines").to_json())
    ended = time.perf_counter()
    print(f"{'Plotly: fig.to_json() of all':34}{1000 * (ended - began):8,.0f}{size:14,}{'':18}{len(frame):12,}")
    longer, larger = 1000 * (ended - began) / ours.median("identity"), size / ours.sizes["identity"]
    print(f"{longer:,.0f} times as long as {WHOLE} ({queried - began:.1f} s to read), {larger:,.0f} times the bytes")


def _lines(ranges: Iterable[tuple[date, date]]) -> Requests:
    return {f"{LINE}&from={first}&to={last}": (first, last) for first, last in ranges}


if __name__ == "__main__":
    main()
