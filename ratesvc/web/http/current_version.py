"""The newest published version, kept open in a web worker.

A worker polls the pointer, and the status of the files that it has open. If the pointer is damaged, the open version
stays in use; if the version is, the newest whole one is used instead. `problem` says what is wrong.
"""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ratesvc.core.errors import RatesvcError
from ratesvc.publish import manifest
from ratesvc.publish.reader import POINTER, Published, Reader, is_whole, newest, newest_whole

EVERY_SECONDS = 0.25

log = logging.getLogger("ratesvc")


class Current:
    """The newest version that could be opened: `reader`, None before the first one."""

    def __init__(self, published: Path) -> None:
        self.reader: Reader | None = None
        self.problem: str | None = None
        self.after_each_poll: list[Callable[[], None]] = []
        self._published = published
        self._seen: object = None
        self.look()

    def look(self) -> None:
        """Open the version that the pointer names, if the pointer or a file of the open version has changed."""
        seen = self._status()
        if seen and seen == self._seen:
            return
        try:
            self._open(newest(self._published))
            self.problem = None
            self._seen = self._status()
        except (RatesvcError, OSError) as failure:
            # `_seen` stays, so the next poll retries. Before the first version there is no pointer, which is no error.
            self.trouble(str(failure), known=not (seen or self.reader))
            self._fall_back()

    def _open(self, version: Published) -> None:
        if self.reader and self.reader.published.version == version.version:
            self.reader.published = version  # It was checked again, and nothing was new.
        else:
            self.reader = Reader(version)

    def _fall_back(self) -> None:
        """Keep the open version unless it is damaged, else open the newest whole one, or none."""
        open_folder = self.reader and self.reader.published.folder
        if open_folder and (is_whole(open_folder) or not open_folder.exists()):
            return  # Nothing wrong can be read from files that were removed while they are open.
        self.reader = None
        whole, _ = newest_whole(self._published)
        if whole:
            with suppress(RatesvcError):
                self.reader = Reader(whole)

    def _status(self) -> object:
        """What changes whenever the pointer or a file of the open version does; None if one of them is missing."""
        paths = [self._published / POINTER]
        if self.reader:
            folder = self.reader.published.folder
            paths += [folder / name for name in (manifest.NAME, *self.reader.published.manifest["files"])]
        try:
            return [(status.st_mtime_ns, status.st_size, status.st_ino) for status in (path.stat() for path in paths)]
        except OSError:
            return None

    def trouble(self, problem: str, *, known: bool = False) -> None:
        """Record a problem and log it once; `known`: expected, so not logged."""
        if problem != self.problem and not known:
            log.error("%s", problem)
        self.problem = problem

    def poll(self) -> None:
        """Look, and call what depends on it."""
        self.look()
        for each in self.after_each_poll:
            each()

    def watch(self) -> None:
        """Poll in a background thread as long as the process lives."""

        def forever() -> None:
            while True:
                time.sleep(EVERY_SECONDS)
                self.poll()

        threading.Thread(target=forever, name="watch the pointer", daemon=True).start()
