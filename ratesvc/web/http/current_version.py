"""The newest published version, kept open in a web worker.

A worker polls the pointer. If the pointer is damaged or its version cannot be opened, the last good version stays in
use and `problem` says what is wrong.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ratesvc.core.errors import RatesvcError
from ratesvc.publish.reader import POINTER, Reader, newest

EVERY_SECONDS = 0.25

log = logging.getLogger("ratesvc")


class Current:
    """The newest version that could be opened: `reader`, None before the first one."""

    def __init__(self, published: Path) -> None:
        self.reader: Reader | None = None
        self.problem: str | None = None
        self._published = published
        self._seen: tuple[int, int] | None = None
        self.look()

    def look(self) -> None:
        """Open the version that the pointer names, if the pointer has changed."""
        try:
            status = (self._published / POINTER).stat()
            seen = (status.st_mtime_ns, status.st_ino)
        except OSError:
            seen = None
        if seen and seen == self._seen:
            return
        try:
            self.reader = Reader(newest(self._published))
            self.problem = None
            self._seen = seen
        except (RatesvcError, OSError) as failure:
            # `_seen` stays, so the next poll retries. Before the first version there is no pointer, which is no error.
            self.trouble(str(failure), known=not (seen or self.reader))

    def trouble(self, problem: str, *, known: bool = False) -> None:
        """Record a problem and log it once; `known`: expected, so not logged."""
        if problem != self.problem and not known:
            log.error("%s", problem)
        self.problem = problem

    def watch(self, *then: Callable[[], None]) -> None:
        """Poll the pointer in a background thread, and call these functions after each poll."""

        def forever() -> None:
            while True:
                time.sleep(EVERY_SECONDS)
                self.look()
                for each in then:
                    each()

        threading.Thread(target=forever, name="watch the pointer", daemon=True).start()
