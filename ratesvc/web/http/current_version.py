"""The newest published version, kept open in a web worker.

A worker polls the pointer, and the status of the files that it has open. If the pointer is damaged, the open version
stays in use; if the version is, the newest whole one is used instead. `problem` says what is wrong.

Before a new version is served, what readers asked of the last one is answered from it (`before_each_version`), so that
none of them waits for a first view. Meanwhile `reader` is the new version in the thread that does so, and only there.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from ratesvc.core.errors import RatesvcError
from ratesvc.publish import manifest
from ratesvc.publish.reader import POINTER, Published, Reader, is_whole, newest, newest_whole

EVERY_SECONDS = 0.25

log = logging.getLogger("ratesvc")


class Current:
    """The newest version that could be opened: `reader`, None before the first one."""

    def __init__(self, published: Path) -> None:
        self.problem: str | None = None
        self.before_each_version: list[Callable[[], None]] = []
        self.after_each_poll: list[Callable[[], None]] = []
        self._reader: Reader | None = None
        self._here = threading.local()
        self._published = published
        self._seen: object = None
        self.look()

    @property
    def reader(self) -> Reader | None:
        """The newest version that could be opened; None before the first one."""
        return getattr(self._here, "reader", self._reader)

    def look(self, prepare: Sequence[Callable[[], None]] = ()) -> None:
        """Open the version that the pointer names, if the pointer or a file of the open version has changed.

        prepare: what is done with a new version before it is served.
        """
        seen = self._status()
        if seen and seen == self._seen:
            return
        try:
            # What is answered while there is a problem mentions it.
            self._open(newest(self._published), () if self.problem else prepare)
            self.problem = None
            self._seen = self._status()
        except (RatesvcError, OSError) as failure:
            # `_seen` stays, so the next poll retries. Before the first version there is no pointer, which is no error.
            self.trouble(str(failure), known=not (seen or self._reader))
            self._fall_back()

    def _open(self, version: Published, prepare: Sequence[Callable[[], None]]) -> None:
        if self._reader and self._reader.published.version == version.version:
            self._reader.published = version  # It was checked again, and nothing was new.
            return
        reader = Reader(version)
        with self._showing_here(reader):
            for each in prepare:
                each()
        self._reader = reader

    @contextmanager
    def _showing_here(self, reader: Reader) -> Iterator[None]:
        self._here.reader = reader
        try:
            yield
        finally:
            del self._here.reader

    def _fall_back(self) -> None:
        """Keep the open version unless it is damaged, else open the newest whole one, or none."""
        open_folder = self._reader and self._reader.published.folder
        if open_folder and (is_whole(open_folder) or not open_folder.exists()):
            return  # Nothing wrong can be read from files that were removed while they are open.
        self._reader = None
        whole, _ = newest_whole(self._published)
        if whole:
            with suppress(RatesvcError):
                self._reader = Reader(whole)

    def _status(self) -> object:
        """What changes whenever the pointer or a file of the open version does; None if one of them is missing."""
        paths = [self._published / POINTER]
        if self._reader:
            folder = self._reader.published.folder
            paths += [folder / name for name in (manifest.NAME, *self._reader.published.manifest["files"])]
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
        self.look(self.before_each_version)
        for each in self.after_each_poll:
            each()

    def watch(self) -> None:
        """Poll in a background thread as long as the process lives."""

        def forever() -> None:
            while True:
                time.sleep(EVERY_SECONDS)
                self.poll()

        threading.Thread(target=forever, name="watch the pointer", daemon=True).start()
