"""Requests that nginx answered by itself, counted from its log for /metrics."""

from collections import Counter
from contextlib import suppress
from pathlib import Path

from ratesvc.web.ops.metrics import REQUESTS

MOST_BYTES = 16_000_000


class RequestCounts:
    """Adds the lines of the log to the metrics; a line is an endpoint and a status."""

    def __init__(self, log: Path) -> None:
        log.touch()
        with suppress(PermissionError):  # An nginx of another user owns it once it has reopened its logs.
            log.chmod(0o666)
        self._log = log.open("r+b", buffering=0)
        self._log.truncate()
        self._read = 0

    def refresh(self) -> None:
        """Count the new lines."""
        self._log.seek(self._read)
        whole, newline, _ = self._log.read(MOST_BYTES).rpartition(b"\n")
        self._read += len(whole) + len(newline)
        for line, times in Counter(whole.split(b"\n") if whole else ()).items():
            if len(words := line.decode(errors="replace").split()) == 2:
                REQUESTS.labels(*words).inc(times)
        if self._read > MOST_BYTES:
            # nginx appends, so it goes on at the beginning. What it wrote since the last read is not counted.
            self._log.truncate(0)
            self._read = 0
