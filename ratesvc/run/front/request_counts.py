"""Requests that nginx answered by itself, counted from its log for /metrics."""

import os
from collections import Counter
from pathlib import Path

from ratesvc.web.ops.metrics import REQUESTS

MOST_BYTES = 16_000_000


class RequestCounts:
    """Adds the lines of the log to the metrics; a line is an endpoint and a status."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = 0
        log.touch()

    def refresh(self) -> None:
        """Count the new lines."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            whole, newline, _ = log.read(MOST_BYTES).rpartition(b"\n")
            self._read += len(whole) + len(newline)
        for line, times in Counter(whole.split(b"\n") if whole else ()).items():
            endpoint, status = line.decode().split()
            REQUESTS.labels(endpoint, status).inc(times)
        if self._read > MOST_BYTES:
            # nginx appends, so it goes on at the beginning. What it wrote since the last read is not counted.
            os.truncate(self._log, 0)
            self._read = 0
