"""What a crash of the machine must not lose, and folders that one process at a time may work in."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ratesvc.core.errors import RatesvcError


def flush(path: Path) -> None:
    """Have a file or a folder written to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def alone_in(folder: Path, what: str) -> Iterator[None]:
    """Hold a folder's lock; two that do the same at once would disturb each other. Raises RatesvcError.

    what: who holds it, such as "backup".
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise RatesvcError(f"another {what} in {folder} is running") from None
        yield
    finally:
        os.close(descriptor)
