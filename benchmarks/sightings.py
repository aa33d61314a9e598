"""What do 50 million sightings cost? Storing, publishing and reading them, beside plain DuckDB on the same Parquet.

Five market pairs over 32 months, whose prices wander; an hour of them is one fetch. Each step runs in a process of its
own, for its peak of memory (resident), with RATESVC_MEMORY=2GB. The last version is published three times, each after
a snapshot of five new rates, as the service does it. The plain questions are what a reader without ratesvc would ask
of the Parquet files: the newest rate of each pair, and the mean of a column, which reads one column of all rows.

    python -m benchmarks.sightings [sightings] [ducklake:postgres:...]

With the address of a PostgreSQL database the store is a lake there. `lake` starts a server for it.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import duckdb

from ratesvc.core import settings
from ratesvc.core.observation import Observation
from ratesvc.core.reading import Reading
from ratesvc.publish import publish, reader
from ratesvc.run.front import app_server
from ratesvc.store import fetch_log
from ratesvc.store.database import writing
from ratesvc.store.write import rebuild, record
from ratesvc.validation.fetch_result import Answer
from ratesvc.web import create_app
from tests.postgres import postgres_server

SIGHTINGS = 50_000_000
MONTHS = 32
HOURS = 744
PAIRS = {"KGS": 87.0, "KZT": 500.0, "TJS": 10.5, "UZS": 12600.0, "TMT": 3.5}
VIEWS = ("ticker", "moves", "latest", "headline", "freshness", "corrections")
ROUNDS = 5


def main(sightings: int, lake: str) -> None:
    """Run the steps in an empty folder."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        environment = {**os.environ, "RATESVC_DATA": folder, "RATESVC_MEMORY": "2GB"}
        if lake == "lake":
            lake = f"ducklake:postgres:{stack.enter_context(postgres_server()).new_database()}"
        if lake:
            environment["RATESVC_STORE"] = lake
        print(f"{sightings:,} sightings, {'a lake' if lake else 'a file'}, {os.cpu_count()} cores")
        for step in STEPS:
            command = [sys.executable, "-m", "benchmarks.sightings", step, str(sightings)]
            process = subprocess.Popen(command, env=environment)
            _, status, usage = os.wait4(process.pid, 0)
            assert status == 0, f"{step} failed"
            print(f"    {step}: {usage.ru_maxrss / 1000:,.0f} MB at most", flush=True)
        print(f"    store: {_size(Path(folder)):,.0f} MB")


def fill(sightings: int) -> None:
    """Store them without validation."""
    month = sightings // MONTHS
    with writing() as store:
        with store.transaction() as connection:
            connection.execute(_SNAPSHOTS)
            connection.execute(_FETCHES)
        fetch_log.follow_later(store)  # It has the last fetch now, so that the sightings do not go into it.
        with store.transaction() as connection:
            begun = time.perf_counter()
            for number in range(MONTHS):
                connection.execute(
                    _SIGHTINGS,
                    {
                        "month": number,
                        "rows": month,
                        "step": int(30.4 * 86_400_000 / (month // 5)),
                        "quotes": [*PAIRS],
                        "rates": [*PAIRS.values()],
                    },
                )
        print(f"filled in {time.perf_counter() - begun:.1f} s")


def make_days(_: int) -> None:
    """Rebuild `daily`."""
    with writing() as store:
        timed("rebuild", lambda: rebuild(store))


def first_version(_: int) -> None:
    """Publish every month."""
    with writing() as store:
        timed("first version", lambda: publish.publish(store))


def next_versions(_: int) -> None:
    """Take a snapshot and publish what has changed, a few times."""
    snapshots, versions, checks = [], [], []
    with writing() as store:
        for number in range(ROUNDS):
            now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=number)
            observations = tuple(
                Observation(
                    source="currency_api", base="USD", quote=quote, observed_at=now, rate=Decimal(f"{rate:.2f}")
                )
                for quote, rate in PAIRS.items()
            )
            answer = Answer(
                source="currency_api",
                url="npm:benchmark",
                started_at=now,
                finished_at=now,
                document=str(number).encode(),
                reading=Reading(observations=observations),
            )
            [fetch], took = took_to(partial(record, store, "schedule", [answer]))
            assert fetch.stored == len(PAIRS), fetch
            snapshots.append(took)
            versions.append(took_to(lambda: publish.publish_changes(store))[1])
            checks.append(took_to(lambda: publish.publish_changes(store))[1])
    for what, times in {"snapshot": snapshots, "version": versions, "nothing to publish": checks}.items():
        print(f"{what}: {statistics.median(times):.2f} s ({min(times):.2f} to {max(times):.2f})")


def read(_: int) -> None:
    """Ask the published file, and plain DuckDB."""
    version = reader.newest(settings.load().published)
    opened = reader.Reader(version)
    for view in VIEWS:
        print(f"{view}: {1000 * typical(partial(opened.rows, f'FROM {view}')):.0f} ms")
    for name, question in _PLAIN.items():
        asked = question.format(files=version.folder / "observations*.parquet")
        print(f"plain DuckDB, {name}: {1000 * typical(partial(_plain, asked)):.0f} ms")
    app_server.load()  # As the web server does before it starts its workers.
    page = create_app(watch=False).test_client()
    for path in ("/", "/currency/KZT", "/currency/KGS"):
        print(f"{path}, for the first time in a process: {1000 * took_to(partial(page.get, path))[1]:.0f} ms")
    everything = "SELECT count(*), min(observed_at) FROM observations"
    print(f"the view of all sightings, {opened.query(everything).fetchone()}: ", end="")
    print(f"{1000 * typical(lambda: opened.query(everything).fetchall()):.0f} ms")
    sizes = {path.name: path.stat().st_size / 1e6 for path in version.folder.iterdir()}
    months = sum(size for name, size in sizes.items() if re.match(r"observations-", name))
    print(f"rates.duckdb {sizes['rates.duckdb']:.0f} MB, {len(sizes)} files, months {months:.0f} MB")


def _plain(question: str) -> list[Any]:
    return duckdb.sql(question).fetchall()


def timed(what: str, work: Callable[[], object]) -> None:
    """Print how long something takes."""
    print(f"{what}: {took_to(work)[1]:.1f} s")


def took_to(work: Callable[[], Any]) -> tuple[Any, float]:
    """Return the result and the seconds."""
    begun = time.perf_counter()
    result = work()
    return result, time.perf_counter() - begun


def typical(work: Callable[[], object]) -> float:
    """Return the median time in seconds, after one that does not count."""
    work()
    return statistics.median(took_to(work)[1] for _ in range(ROUNDS))


def _size(folder: Path) -> float:
    places = [folder / "rates.duckdb", *(folder / "lake").rglob("*.parquet")]
    return sum(path.stat().st_size for path in places if path.exists()) / 1e6


_SNAPSHOTS = f"""
INSERT INTO snapshots
SELECT hour + 1, TIMESTAMP '2024-04-01' + to_hours(hour), TIMESTAMP '2024-04-01' + to_hours(hour), 'schedule'
FROM range({MONTHS * HOURS}) AS hours(hour)
"""
_FETCHES = f"""
INSERT INTO fetches BY NAME
SELECT
    hour + 1 AS fetch_id, hour + 1 AS snapshot_id, 'currency_api' AS source, 'npm:benchmark' AS url,
    TIMESTAMP '2024-04-01' + to_hours(hour) AS started_at, started_at AS finished_at, 'new' AS outcome,
    2000 AS observations, 0 AS rejections,
    CASE WHEN hour = {MONTHS * HOURS} - 1 THEN DATE '2024-04-01' END AS asked_from, asked_from AS asked_to
FROM range({MONTHS * HOURS}) AS hours(hour)
"""
_SIGHTINGS = f"""
INSERT INTO observations
SELECT
    'currency_api', 'USD', quote, observed_at, (price * (1 + hash(row) % 10000 / 1e6))::DECIMAL(22, 13), observed_at,
    $month * {HOURS} + 1 + row * {HOURS} // $rows, NULL
FROM (
    SELECT
        row, $quotes[1 + row % 5] AS quote, $rates[1 + row % 5] AS price,
        TIMESTAMP '2024-04-01' + to_months($month) + to_milliseconds(row // 5 * $step) AS observed_at
    FROM range($rows) AS rows(row)
)
WHERE observed_at < now()::TIMESTAMP
"""
_PLAIN = {
    "newest rates": "SELECT base, quote, max_by(rate, observed_at) FROM '{files}' GROUP BY ALL",
    "one column": "SELECT avg(rate) FROM '{files}'",
}
STEPS = {step.__name__: step for step in (fill, make_days, first_version, next_versions, read)}

if __name__ == "__main__":
    first, *more = [*sys.argv[1:], *[str(SIGHTINGS)][len(sys.argv) > 1 :]]
    if first in STEPS:
        STEPS[first](int(more[0]))
    else:
        main(int(first), *more, *[""][len(more) :])
