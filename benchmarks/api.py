"""How fast is the warm API, compared with Datasette serving the same rows?

`/api/rates?currency=KZT&limit=100` of the bundled history, with and without If-None-Match. Both run on this machine,
ratesvc with two workers, Datasette with two SQL threads, and wrk measures them in turn. Needs the Debian package wrk,
and Datasette in its own environment:

    python -m venv /tmp/datasette && /tmp/datasette/bin/pip install datasette
    python -m benchmarks.api /tmp/datasette/bin/datasette
"""

import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from os import environ
from pathlib import Path

from benchmarks.ticker import fetch, free_port, requests_per_second, running
from ratesvc.publish.reader import newest

ROUNDS = 5
SECONDS = 4
ROWS = 100
LEAST = 20
"""Least ratio of requests per second to Datasette's."""


def main() -> None:
    """Print the medians and their ratios; exit code 1 if a ratio is below LEAST."""
    if len(sys.argv) != 2 or not shutil.which(sys.argv[1]) or not shutil.which("wrk"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ours, theirs = free_port(), free_port()
        settings = {"RATESVC_DATA": str(folder / "data"), "RATESVC_PORT": str(ours), "RATESVC_WORKERS": "2"}
        ratesvc = [sys.executable, "-m", "ratesvc"]
        subprocess.run([*ratesvc, "publish"], env={**environ, **settings}, check=True, stdout=subprocess.DEVNULL)
        assert newest(folder / "data" / "published")
        api = f"http://127.0.0.1:{ours}/api/rates?currency=KZT&limit={ROWS}&source=currency_api"
        datasette = [
            sys.argv[1],
            "serve",
            str(folder / "rates.db"),
            "-p",
            str(theirs),
            "--setting",
            "num_sql_threads",
            "2",
        ]
        with running([*ratesvc, "web"], settings):
            rows = json.loads(fetch(api))["rows"]
            assert len(rows) == ROWS
            _copy(rows, folder / "rates.db")
            with running(datasette, {}):
                theirs_url = f"http://127.0.0.1:{theirs}/rates/rates.json?currency=KZT&_size={ROWS}&_sort_desc=since"
                assert len(json.loads(fetch(theirs_url))["rows"]) == ROWS
                with urllib.request.urlopen(api) as answer:
                    known = ["-H", f"If-None-Match: {answer.headers['ETag']}"]
                requests = {"ratesvc": (api, []), "ratesvc, 304": (api, known), "datasette": (theirs_url, [])}
                measured: dict[str, list[float]] = {server: [] for server in requests}
                for url, more in requests.values():
                    requests_per_second(url, 1, *more)  # Warm-up.
                for _ in range(ROUNDS):
                    for server, (url, more) in requests.items():
                        measured[server].append(requests_per_second(url, SECONDS, *more))
    peer = statistics.median(measured["datasette"])
    for server, figures in measured.items():
        middle = statistics.median(figures)
        print(f"{server:12} {middle:8.0f} requests/s, {middle / peer:6.1f} times Datasette")
    sys.exit(min(statistics.median(measured[server]) for server in ("ratesvc", "ratesvc, 304")) < LEAST * peer)


def _copy(rows: list[dict[str, object]], path: Path) -> None:
    """Write the same rows for Datasette, with the index it would need."""
    columns = [name for name in rows[0] if name != "exact"]
    with sqlite3.connect(path) as database:
        database.execute(f"CREATE TABLE rates ({', '.join(columns)})")
        marks = ", ".join("?" * len(columns))
        database.executemany(f"INSERT INTO rates VALUES ({marks})", [[row[name] for name in columns] for row in rows])
        database.execute("CREATE INDEX by_currency ON rates (currency, since)")
    database.close()


if __name__ == "__main__":
    main()
