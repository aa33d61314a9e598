"""The newest published version, kept open in a web worker.

A worker looks at the pointer on a timer. When the pointer is damaged or its version cannot be
opened, the last good version stays in use and `problem` says what is wrong.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path

from ratesvc.core.errors import CouldNot
from ratesvc.publish.reader import POINTER, Reader, newest

EVERY_SECONDS = 0.25

log = logging.getLogger("ratesvc")


class Current:
    """`reader` is the newest version that could be opened, None before the first one."""

    def __init__(self, published: Path) -> None:
        self.reader: Reader | None = None
        self.problem: str | None = None
        self._published = published
        self._seen: tuple[int, int] | None = None
        self.look()

    def look(self) -> None:
        """Opens the version that the pointer names, if the pointer is another one than last time."""
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
        except (CouldNot, OSError) as failure:
            # It will look again, because the trouble may pass. Before the first version there is none.
            self.trouble(str(failure), known=not (seen or self.reader))

    def trouble(self, problem: str, *, known: bool = False) -> None:
        """Takes note of a problem; it is logged once, and not at all where it is known to be none."""
        if problem != self.problem and not known:
            log.error("%s", problem)
        self.problem = problem

    def watch(self, *then: Callable[[], None]) -> None:
        """Looks and then calls these, again and again, for as long as this process lives."""

        def forever() -> None:
            while True:
                time.sleep(EVERY_SECONDS)
                self.look()
                for each in then:
                    each()

        threading.Thread(target=forever, name="watch the pointer", daemon=True).start()
