"""How fast is a chart of ten million sightings, beside Plotly's own way of sending them all?

One series with a sighting a minute, and two spikes that must not be lost. Every request asks for other days, so that
no answer comes from memory; a smaller history: --rows.
"""

import argparse
import http.client
import json
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import brotli
import duckdb
import plotly.graph_objects as go

from ratesvc import ingest, publish, settings
from ratesvc.reader import newest
from ratesvc.record import rebuild
from ratesvc.store import writing
from tests.serving import free_port, serving

ROUNDS = 15
FIRST_MS, ZOOM_MS = 150, 100
MAKE = """
INSERT INTO observations
SELECT
    'currency_api', 'KZT', moment,
    (500 + 60 * sin(minute / 900000.0) + 8 * sin(minute / 7000.0) + hash(minute) % 1000 / 1000.0
    + CASE minute WHEN $rows // 3 THEN 40 WHEN $rows // 2 THEN -40 ELSE 0 END)::DECIMAL(18, 8),
    moment + INTERVAL 1 MINUTE, (SELECT max(fetch_id) FROM fetches)
FROM (SELECT minute, $last - minute * INTERVAL 1 MINUTE AS moment FROM range($rows) AS minutes(minute))
ORDER BY moment
"""


class Measured(NamedTuple):
    """One question, asked several times of different days."""

    name: str
    milliseconds: float
    points: int
    plain: int
    compressed: int
    target: int


def main() -> None:
    """Makes the history, serves it, asks, and prints a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000, help="sightings of the series")
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as data:
        os.environ["RATESVC_DATA"] = data
        settings.load.cache_clear()
        file = _history(rows)
        port = free_port()
        with serving(port, RATESVC_DATA=data), duckdb.connect() as views:
            views.execute(f"ATTACH '{file}' AS ratesvc (READ_ONLY)")
            views.execute("USE ratesvc")
            measured = list(_ask(port, views, rows))
            seconds, size = _plotly(views)
    print(f"\n{rows:,} sightings in one series, medians of {ROUNDS} requests, each for other days")
    print(f"{'':34}{'ms':>8}{'points':>8}{'bytes':>10}{'br':>9}{'target':>9}")
    for each in measured:
        verdict = "ok" if each.milliseconds < each.target else "missed"
        print(
            f"{each.name:34}{each.milliseconds:8.0f}{each.points:8}{each.plain:10,}{each.compressed:9,}"
            f"{each.target:6} {verdict}"
        )
    first = measured[0]
    print(
        f"{'fig.to_json() of all sightings':34}{seconds * 1000:8,.0f} {rows:,} points, {size:,} bytes"
        f"   {seconds * 1000 / first.milliseconds:,.0f} times as long, {size / first.plain:,.0f} times the bytes"
    )


def _history(rows: int) -> Path:
    began = time.monotonic()
    with writing() as store:
        ingest.load_archive(store)
        last = datetime.now(UTC).replace(second=0, microsecond=0, tzinfo=None)
        with store.transaction() as connection:
            connection.execute("DELETE FROM observations WHERE currency = 'KZT'")
            connection.execute(MAKE, {"rows": rows, "last": last})
        rebuild(store)
        made = time.monotonic()
        publish.publish(store)
    print(f"made in {made - began:.1f} s, published in {time.monotonic() - made:.1f} s")
    return newest(settings.load().published).folder / "rates.duckdb"


def _ask(port: int, views: duckdb.DuckDBPyConnection, rows: int) -> Iterator[Measured]:
    today = datetime.now(UTC).date()
    begin = today - timedelta(minutes=rows)
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    spikes = [today - timedelta(minutes=rows // part) for part in (3, 2)]
    step = (today - begin).days // (ROUNDS + 1)
    for name, days, target in (
        ("first data, all of it", None, FIRST_MS),
        ("zoom to a year", 365, ZOOM_MS),
        ("zoom to a month", 30, ZOOM_MS),
        ("zoom to three days", 3, ZOOM_MS),
        ("zoom to a day", 0, ZOOM_MS),
    ):
        spans = [
            (begin + timedelta(days=back), today - timedelta(days=back))
            if days is None
            else (day := spikes[back] if back < 2 else begin + timedelta(days=back * step), day + timedelta(days=days))
            for back in range(ROUNDS)
        ]
        took, answers = [], []
        for first, last in spans:
            path = f"/dashboards/line.json?currency=KZT&from={first}&to={last}&scale=linear&grain=week"
            started = time.perf_counter()
            answers.append(_get(connection, path))
            took.append((time.perf_counter() - started) * 1000)
        for (first, last), answer in zip(spans, answers, strict=True):
            _check(views, json.loads(answer), first, last)
        plain, points = answers[-1], json.loads(answers[-1])["data"][0]["x"]
        yield Measured(
            name, statistics.median(took), len(points), len(plain), len(brotli.compress(plain, quality=5)), target
        )
    took = []
    for amount in range(ROUNDS):
        started = time.perf_counter()
        page = _get(connection, f"/currency/KZT?amount={amount}")
        took.append((time.perf_counter() - started) * 1000)
    yield Measured(
        "the page itself", statistics.median(took), 0, len(page), len(brotli.compress(page, quality=5)), 1000
    )


def _get(connection: http.client.HTTPConnection, path: str) -> bytes:
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status == 200, body[:300]
    return body


def _check(views: duckdb.DuckDBPyConnection, answer: dict[str, Any], first: date, last: date) -> None:
    """The greatest and the least sighting of the days are among the points."""
    extremes = views.execute(
        "SELECT trimmed(max(units_per_usd)), trimmed(min(units_per_usd)) FROM observations"
        " WHERE currency = 'KZT' AND observed_at BETWEEN ? AND ?::TIMESTAMP + INTERVAL '1 day' - INTERVAL '1 second'",
        [first, last],
    ).fetchone()
    sent = {units for trace in answer["data"] for units in trace["customdata"]}
    assert extremes is not None
    assert set(extremes) <= sent, (first, last, extremes)


def _plotly(views: duckdb.DuckDBPyConnection) -> tuple[float, int]:
    """Plotly's own way: the whole series into a figure, and the figure into JSON."""
    frame = views.execute(
        "SELECT observed_at, 1 / units_per_usd::DOUBLE AS rate FROM observations WHERE currency = 'KZT' ORDER BY 1"
    ).df()
    figure = go.Figure()
    figure.add_scatter(x=frame["observed_at"], y=frame["rate"])
    began = time.perf_counter()
    size = len(figure.to_json())
    return time.perf_counter() - began, size


if __name__ == "__main__":
    main()
