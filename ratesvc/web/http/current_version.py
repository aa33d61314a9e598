"""The newest published version, kept open in a web worker.

A worker polls the pointer, and the status of the files that it has open. If the pointer is damaged, the open version
stays in use; if the version is, the newest whole one is used instead. `problem` says what is wrong.

If it has a `warming`, a new version is warmed before it is served, unless the worker is behind already: what it serves
next is always the newest version.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ratesvc.core.errors import RatesvcError
from ratesvc.publish import manifest
from ratesvc.publish.reader import POINTER, Published, Reader, is_whole, newest, newest_whole, versions

if TYPE_CHECKING:
    from ratesvc.web.http.warming import Warming

EVERY_SECONDS = 0.25
SOON_SECONDS = 0.02
"""The same while a version is being warmed."""

log = logging.getLogger("ratesvc")


class Current:
    """The newest version that could be opened: `reader`, None before the first one."""

    def __init__(self, published: Path) -> None:
        self.problem: str | None = None
        self.warming: Warming | None = None
        self.after_each_poll: list[Callable[[], None]] = []
        self._published = published
        self._seen: object = None
        self._served: Reader | None = None
        self._upcoming: Reader | None = None
        self._here = threading.local()
        self.look()

    @property
    def reader(self) -> Reader | None:
        """The newest version that could be opened; None before the first one. In a thread that warms one, that one."""
        return getattr(self._here, "reader", self._served)

    @contextmanager
    def showing(self, reader: Reader) -> Iterator[None]:
        """Show this thread a version that may not be served yet."""
        self._here.reader = reader
        try:
            yield
        finally:
            del self._here.reader

    def look(self) -> None:
        """Open the version that the pointer names, if the pointer or a file of the open version has changed."""
        seen = self._status()
        if not seen or seen != self._seen:
            self._follow(known=not (seen or self._served))
        if self._upcoming and self.warming and self.warming.is_done:
            self._serve(self._upcoming)

    def _follow(self, *, known: bool) -> None:
        try:
            self._open(newest(self._published))
            self.problem = None
            self._seen = self._status()
        except (RatesvcError, OSError) as failure:
            # `_seen` stays, so the next poll retries. Before the first version there is no pointer, which is no error.
            self.trouble(str(failure), known=known)
            if self.warming:
                self.warming.end()
            self._fall_back()

    def _open(self, version: Published) -> None:
        opened = self._upcoming or self._served
        if opened and opened.published.version == version.version:
            opened.published = version  # It was checked again, and nothing was new.
            if self.warming and self._upcoming is None:
                self.warming.begin(opened, is_awaited=False)  # Responses were cached until this check.
            return
        reader, can_wait = Reader(version), self._can_wait()
        self.problem = None  # Pages mention it.
        if self.warming:
            self.warming.begin(reader, is_awaited=can_wait)
        if can_wait:
            self._upcoming = reader
        else:
            self._serve(reader)

    def _can_wait(self) -> bool:
        """Whether the version that is served can be for another second: there is one, all is well, and one is newer."""
        if self.warming is None or self._served is None or self._upcoming or self.problem:
            return False
        served = self._served.published.version
        return sum(folder.name > served for folder in versions(self._published)) <= 1

    def _serve(self, reader: Reader | None) -> None:
        self._served, self._upcoming = reader, None

    def _fall_back(self) -> None:
        """Keep the open version unless it is damaged, else open the newest whole one, or none."""
        if self._upcoming:
            self._serve(self._upcoming)
        open_folder = self._served and self._served.published.folder
        if open_folder and (is_whole(open_folder) or not open_folder.exists()):
            return  # Nothing wrong can be read from files that were removed while they are open.
        self._serve(None)
        whole, _ = newest_whole(self._published)
        if whole:
            with suppress(RatesvcError):
                self._serve(Reader(whole))

    def _status(self) -> object:
        """What changes whenever the pointer or a file of the open version does; None if one is missing.

        A month may be missing: the address of RATESVC_HISTORY has it.
        """
        paths = [self._published / POINTER]
        if opened := self._upcoming or self._served:
            files = (opened.published.folder / name for name in (manifest.NAME, *opened.published.manifest["files"]))
            paths += [path for path in files if path.exists() or not manifest.is_month(path.name)]
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
                time.sleep(SOON_SECONDS if self._upcoming else EVERY_SECONDS)
                self.poll()

        threading.Thread(target=forever, name="watch the pointer", daemon=True).start()
