"""Other DuckDBs open a published file, the oldest that is promised among them. `make third-party` fetches them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ratesvc.publish import publish, reader
from ratesvc.publish.reader import Reader
from ratesvc.query import guide
from ratesvc.store.database import Store

from .serving import publish_every_state

pytestmark = pytest.mark.third_party

FETCHED = Path(__file__).parent / "third_party"
ASK = """
import duckdb, json, sys
path, questions = json.load(sys.stdin)
connection = duckdb.connect()
connection.execute("SET TimeZone = 'UTC'")
connection.execute(f"ATTACH '{path}' AS r (READ_ONLY)")
connection.execute("CREATE TABLE rates (ours INTEGER)")
answers = []
for way in ("USE r", "USE memory; SET search_path = 'r,memory'"):
    connection.execute(way)
    answers.append([[[str(value) for value in row] for row in connection.execute(sql).fetchall()] for sql in questions])
print(json.dumps([duckdb.__version__, answers]))
"""
LARGEST_SUM = "9999999999999999.99"
"""Dollars and cents, as DECIMAL(18, 2): more than there are."""
SUMS = f"""
SELECT
    7000000 * rate, {LARGEST_SUM} * rate, {LARGEST_SUM}::DECIMAL(18, 2) * rate,
    sum(1000000.50 * rate) OVER (), {LARGEST_SUM} * rate * 1.12
FROM headline
WHERE base = 'USD'
ORDER BY quote
"""
QUESTIONS = ["SELECT text, rate_precise, change_pct, observed_on, source FROM ticker", SUMS, *guide.questions()]


@pytest.mark.parametrize("version", ["1.2", "1.4", "2.0"])
def test_another_duckdb_gives_the_same_answers(store: Store, data: Path, version: str) -> None:
    packages = FETCHED / f"duckdb-{version}"
    if not packages.is_dir():
        pytest.skip(f"there is no DuckDB {version}: `make third-party` fetches it")
    publish_every_state(store)
    publish.publish(store)
    newest = Reader(reader.newest(data / "published"))
    expected = [[[str(value) for value in row] for row in newest.query(sql).fetchall()] for sql in QUESTIONS]
    asked = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps([str(newest.published.folder / "rates.duckdb"), QUESTIONS]),
        env={**os.environ, "PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 0, asked.stderr
    used, answers = json.loads(asked.stdout)
    assert used.startswith(version)
    for sql, *answer in zip(QUESTIONS, expected, *answers, strict=True):
        assert answer == [answer[0]] * 3, sql
