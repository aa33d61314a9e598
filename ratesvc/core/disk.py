"""What a crash of the machine must not lose."""

import os
from pathlib import Path


def flush(path: Path) -> None:
    """Have a file or a folder written to the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
