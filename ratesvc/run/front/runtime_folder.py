"""The runtime folder of `ratesvc web`: sockets, hot answers and counts, as long as it runs."""

import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ratesvc.core.errors import RatesvcError

PREFIX = "ratesvc-web-"
MARK = "front"
"""A file that the bundled nginx and its workers have open, and no nginx of the operator's."""
OURS = (MARK, "hot", "hot-*", "hot.new", "metrics", "nginx.pid", "published", "waiting", "*.sock")
"""What is removed from a fixed folder. `nginx` and `requests.log` stay for an nginx of the operator's, which includes
the one and holds the other open; nothing else is touched."""
ABANDONED_SECONDS = 86_400
LONGEST_PATH = 90
"""In bytes: with the name of a socket in it at most 107, the most that Linux allows."""


@contextmanager
def opened(fixed: Path | None) -> Iterator[Path]:
    """Make the folder, empty, for this process alone; empty or remove it at the end.

    fixed: its path; None: a temporary one. Raises RatesvcError if another process uses it.
    """
    if fixed is None:
        _remove_abandoned(Path(tempfile.gettempdir()))
        with tempfile.TemporaryDirectory(prefix=PREFIX) as name, _locked(Path(name).resolve()) as run:
            yield run
    else:
        fixed.mkdir(parents=True, exist_ok=True)
        with _locked(fixed.resolve()) as run:
            _end_orphans(run)
            _clear(run)
            try:
                yield run
            finally:
                _clear(run)


@contextmanager
def _locked(run: Path) -> Iterator[Path]:
    if len(bytes(run)) > LONGEST_PATH or set(str(run)) & set('"\\$\n'):
        raise RatesvcError(f"the runtime folder {run} needs a shorter or a plainer path: set RATESVC_RUN")
    with (run / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RatesvcError(f"another `ratesvc web` uses the runtime folder {run}: set RATESVC_RUN") from None
        os.register_at_fork(after_in_child=lock.close)  # It is held as long as any process has it open.
        yield run


def _clear(run: Path) -> None:
    for pattern in OURS:
        for path in run.glob(pattern):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _end_orphans(run: Path) -> None:
    """Kill the bundled nginx of an ended web server.

    If its master was killed together with the web server, its workers would keep the port.
    """
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):  # It has ended, or is another user's.
            if descriptor.readlink() == run / MARK:
                os.kill(int(descriptor.parts[2]), signal.SIGKILL)


def _remove_abandoned(parent: Path) -> None:
    """Remove temporary folders of processes that were killed, and those that earlier releases left."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError), (folder / "lock").open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _end_orphans(folder.resolve())
            shutil.rmtree(folder)
    for folder in parent.glob("ratesvc-metrics-*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > ABANDONED_SECONDS:
                shutil.rmtree(folder)
