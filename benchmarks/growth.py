"""How large and how slow is a store after 1, 5 and 10 years of 96 snapshots a day of seven sources?

The past is written by SQL, in the rows that the service would have left: each source publishes once a day, at its own
time; each such snapshot made a version, and one more was made every midnight; quiet snapshots older than 90 days are
counted by day. Then the service's own code takes quiet snapshots and publishes, and its web application answers.

    python -m benchmarks.growth --years 1      (only one of them)
"""

import argparse
import os
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd

from ratesvc.core import settings
from ratesvc.core.observation import Observation, midnight
from ratesvc.core.reading import Reading
from ratesvc.publish import publish
from ratesvc.publish.reader import newest
from ratesvc.store.database import Store, writing
from ratesvc.store.roll_up import roll_up
from ratesvc.store.write import rebuild, record
from ratesvc.validation.fetch_result import Answer
from ratesvc.web import create_app

PUBLISHES = {  # Its hour, the currencies, and the units per dollar that the walk begins with.
    "currency_api": (0, {"KGS": 87.4, "KZT": 518, "TJS": 9.3, "UZS": 12600, "TMT": 3.5}),
    "nbk": (6, {"KZT": 517.3}),
    "nbkr": (9, {"KGS": 87.45}),
    "cbu": (10, {"UZS": 12620.5, "TMT": 3.5}),
    "nbt": (11, {"TJS": 9.345}),
    "cbt": (12, {"TMT": 3.5}),
    "cbr": (13, {"KGS": 87.45, "KZT": 517.3, "TJS": 9.345, "UZS": 12620.5, "TMT": 3.5}),
}
ROUNDS = 7
PAGES = ("/?n={}", "/currency/KZT?n={}", "/api/snapshots?limit={}")
"""Each time with another number, so that no answer is cached."""


def fill(store: Store, years: int) -> None:
    """Write the past of a store, up to a quarter of an hour ago."""
    now = datetime.now(UTC).replace(tzinfo=None)
    publish.publish(store)
    [document] = [path.read_text() for path in newest(settings.load().published).folder.glob("ticker.json")]
    with store.transaction() as connection:
        for table in ("snapshots", "fetches", "published_versions", "ticker_rows"):
            connection.execute(f"DELETE FROM {table}")
        connection.execute("CREATE TEMP TABLE publishes (source VARCHAR, hour INTEGER, currency VARCHAR, units DOUBLE)")
        for source, (hour, units) in PUBLISHES.items():
            for currency, start in units.items():
                connection.execute("INSERT INTO publishes VALUES (?, ?, ?, ?)", [source, hour, currency, start])
        parameters = {"first": now.replace(microsecond=0) - timedelta(days=365 * years), "now": now}
        for statement in _PAST:
            connection.execute(statement, {name: each for name, each in parameters.items() if f"${name}" in statement})
        _write_tickers(connection, document)
    rebuild(store)
    roll_up(store, datetime.now(UTC))


def _write_tickers(connection: duckdb.DuckDBPyConnection, document: str) -> None:
    """Each version of the past has a ticker of which a row or two differ from the one before."""
    published = connection.execute("FROM published ORDER BY snapshot_id").fetchall()
    pieces = document[document.index('"rows"') :].split('},{"pair":')
    ids, texts, row_ids = [], [], []
    current = [0] * len(pieces)
    for number, _ in enumerate(published):
        for place in (number % 5, 0 if number % 8 == 0 else number % 5):
            digit = str(number % 10)
            made = re.sub(r"\d(?=\d{0,3}[\",])", digit, pieces[place])
            made = re.sub(r"\d{4}-\d{2}-\d{2}", f"{2000 + number % 27}-{number % 12 + 1:02}-{number % 28 + 1:02}", made)
            texts.append(f"{made[:-12]}{number:012}")
            ids.append(len(texts))
            current[place] = len(texts)
        row_ids.append([each or 1 for each in current])
    rows = pd.DataFrame({"row_id": ids, "text": texts})
    versions = pd.DataFrame(
        {
            "version": [f"{moment:%Y%m%dT%H%M%S000Z}" for _, moment in published],
            "published_at": [moment for _, moment in published],
            "snapshot_id": [snapshot_id for snapshot_id, _ in published],
            "row_ids": row_ids,
        }
    )
    connection.execute("INSERT INTO ticker_rows BY NAME FROM rows")
    connection.execute("INSERT INTO published_versions BY NAME FROM versions")
    assert len(rows) >= len(versions)


_PAST = (
    """
    CREATE TEMP TABLE news AS
    SELECT source, hour, day + hour * INTERVAL 1 HOUR + INTERVAL 15 MINUTES AS taken_at, day::DATE AS day
    FROM (SELECT DISTINCT source, hour FROM publishes), generate_series($first, $now, INTERVAL 1 DAY) AS days(moment),
        (SELECT 1), LATERAL (SELECT date_trunc('day', moment) AS day)
    WHERE (source = 'currency_api' OR isodow(day) <= 5) AND taken_at < $now - INTERVAL 1 HOUR
    """,
    """
    CREATE TEMP TABLE rounds_taken AS
    SELECT row_number() OVER (ORDER BY taken_at) AS snapshot_id, taken_at
    FROM (
        SELECT DISTINCT taken_at FROM news
        UNION SELECT unnest(generate_series(
            date_trunc('day', $now) - INTERVAL 90 DAYS, $now - INTERVAL 20 MINUTES, INTERVAL 15 MINUTES
        ))
    )
    """,
    "INSERT INTO snapshots SELECT snapshot_id, taken_at, taken_at + INTERVAL 9 SECONDS, 'schedule' FROM rounds_taken",
    """
    INSERT INTO fetches BY NAME
    SELECT
        row_number() OVER (ORDER BY snapshot_id, source) AS fetch_id, snapshot_id, source,
        'https://www.' || source || '.example/rates/all/latest.xml' AS url,
        taken_at + hash(source) % 1000 * INTERVAL 1 MILLISECOND AS started_at,
        taken_at + hash(source, snapshot_id) % 9000 * INTERVAL 1 MILLISECOND AS finished_at,
        CASE WHEN news.source IS NULL THEN 'unchanged' ELSE 'new' END AS outcome,
        200 AS http_status, 20000 + hash(day) % 3000 AS bytes,
        sha256(source || coalesce(day, last_day)) AS payload_sha256,
        CASE WHEN news.source IS NULL THEN 0 ELSE currencies END AS observations, 0 AS rejections,
        md5(source || coalesce(day, last_day)) AS etag
    FROM rounds_taken
    CROSS JOIN (SELECT source, count(*) AS currencies FROM publishes GROUP BY source)
    ASOF JOIN (SELECT source, taken_at, day AS last_day FROM news) AS before USING (source, taken_at)
    LEFT JOIN news ON news.source = before.source AND news.taken_at = rounds_taken.taken_at
    ORDER BY ALL
    """,
    """
    INSERT INTO observations
    SELECT
        source, 'USD', currency, day,
        (units * (1 + 0.02 * sin(epoch(day) / 3e6) + hash(day, currency) % 100 / 1e6))::DECIMAL(18, 4),
        fetches.finished_at, fetch_id, NULL
    FROM news JOIN publishes USING (source) JOIN rounds_taken USING (taken_at) JOIN fetches USING (snapshot_id, source)
    ORDER BY fetch_id
    """,
    """
    CREATE TEMP TABLE published AS
    SELECT snapshot_id, taken_at + INTERVAL 10 SECONDS AS published_at
    FROM rounds_taken WHERE taken_at IN (SELECT taken_at FROM news) OR taken_at = date_trunc('day', taken_at)
    """,
)


def take_quietly(store: Store) -> None:
    """Take a snapshot with nothing new, and publish nothing."""
    record(store, "schedule", quiet_answers(datetime.now(UTC)))
    assert publish.publish_changes(store) is None


def quiet_answers(moment: datetime) -> list[Answer]:
    """All sources, with nothing new."""
    return [
        Answer(
            source=source,
            url=f"https://www.{source}.example/rates/all/latest.xml",
            started_at=moment,
            finished_at=moment,
        )
        for source in PUBLISHES
    ]


def new_answer(units: str) -> Answer:
    """A new figure of today for the tenge."""
    now = datetime.now(UTC)
    figure = Observation(
        source="currency_api", base="USD", quote="KZT", observed_at=midnight(f"{now:%Y-%m-%d}"), rate=Decimal(units)
    )
    reading = Reading(observations=[figure])
    return replace(quiet_answers(now)[0], reading=reading, document=units.encode())


def written(act: Callable[[], object]) -> int:
    """Bytes that this process hands to the file system during an act."""

    def count() -> int:
        return int(Path("/proc/self/io").read_text().partition("wchar: ")[2].split()[0])

    before = count()
    act()
    return count() - before


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def measure(years: int) -> dict[str, str]:
    """Fill a store and measure it; returns the figures by their names."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RATESVC_DATA"] = folder
        settings.load.cache_clear()
        with writing() as store:
            fill(store, years)
            publish.publish_changes(store)
            size = settings.load().database.stat().st_size
            quiet, changed = [], []
            for turn in range(ROUNDS):
                quiet.append(written(partial(take_quietly, store)))
                record(store, "schedule", [new_answer(f"518.{turn:02}")])
                changed.append(seconds(partial(publish.publish_changes, store)))
        version = newest(settings.load().published)
        client = create_app().test_client()
        asked = {
            page: [seconds(partial(client.get, page.format(turn))) for turn in range(90, 90 + ROUNDS)] for page in PAGES
        }
    return {
        "store": f"{size / 1e6:.1f} MB",
        "version": f"{sum(file['bytes'] for file in version.manifest['files'].values()) / 1e6:.1f} MB",
        "quiet snapshot": f"{statistics.median(quiet) / 1e3:.0f} kB",
        "publication": f"{statistics.median(changed):.2f} s",
        **{page.partition("?")[0]: f"{statistics.median(taken) * 1e3:.0f} ms" for page, taken in asked.items()},
    }


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, nargs="*", default=[1, 5, 10])
    figures = {years: measure(years) for years in parser.parse_args().years}
    print(f"{'years':16}" + "".join(f"{years:>12}" for years in figures))
    for name in next(iter(figures.values())):
        print(f"{name:16}" + "".join(f"{found[name]:>12}" for found in figures.values()))


if __name__ == "__main__":
    main()
