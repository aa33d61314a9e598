"""How long does a query of the analysts' guide take, on the bundled history?

Run in an open `ratesvc sql`, as a separate command, and by another DuckDB that has attached the published file over
HTTP. The time of `SELECT 1` in the same run is printed beside them, to reveal a slow machine.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path

from ratesvc.core import settings
from ratesvc.publish import reader
from ratesvc.query import cli, guide
from ratesvc.store.database import writing
from tests.serving import free_port, publish_the_archive, serving
from tests.test_files import attached

TIMES = 7


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RATESVC_DATA"] = folder
        settings.load.cache_clear()
        with writing() as store:
            publish_the_archive(store)
        version = reader.newest(Path(folder) / "published").version
        questions = guide.questions()
        cursor = cli.open_version(None).cursor()

        def in_the_shell(question: str) -> None:
            with redirect_stdout(TextIOWrapper(BytesIO())):
                cli.run(cursor, question, "csv")

        _told("open `ratesvc sql`", in_the_shell, questions)
        with serving(free_port()) as address:
            remote = attached(f"{address}/data/{version}")
            _told("attached over HTTP", lambda question: remote.execute(question).fetchall(), questions)
        _told("`ratesvc sql` as a command", _command, questions[:6])


def _command(question: str) -> None:
    subprocess.run([sys.executable, "-m", "ratesvc", "sql", question], check=True, stdout=subprocess.DEVNULL)


def _told(way: str, ask: Callable[[str], object], questions: list[str]) -> None:
    medians = {}
    for question in ["SELECT 1", *questions]:
        took = []
        for _ in range(TIMES):
            started = time.perf_counter()
            ask(question)
            took.append(1000 * (time.perf_counter() - started))
        medians[question] = statistics.median(took)
    least = medians.pop("SELECT 1")
    print(
        f"{way}: median of {len(questions)} questions {statistics.median(medians.values()):.0f} ms, "
        f"the slowest {max(medians.values()):.0f} ms; SELECT 1: {least:.1f} ms"
    )


if __name__ == "__main__":
    main()
