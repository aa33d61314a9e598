"""Archive of received documents, named by their content: `raw/<sha256>`.

Each number can be traced to the printed document and parsed again after a parser is fixed. Each
content is kept once, compressed by gzip (`zcat data/raw/<sha256>` prints it), and never changed.
"""

import gzip
import hashlib
import os
import re
import threading
import zlib

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError

UNFINISHED = ".unfinished"


def keep(content: bytes) -> str:
    """Store the bytes unless they are already there; returns their SHA-256. Raises OSError."""
    name = hashlib.sha256(content).hexdigest()
    try:
        if read(name) is not None:
            return name
    except RatesvcError:
        pass  # The bytes are available again, so the damaged file is replaced.
    path = settings.load().raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    # A killed process must not leave half a file under the name. Two threads may store the same bytes at once.
    unfinished = path.with_name(f"{name}.{threading.get_ident()}{UNFINISHED}")
    with unfinished.open("wb") as file:
        file.write(gzip.compress(content, mtime=0))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return name


def read(sha256: str) -> bytes | None:
    """Return the bytes of a document; None if it is not there. Raises RatesvcError if it is damaged."""
    path = settings.load().raw / sha256
    try:
        content = gzip.decompress(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, EOFError, zlib.error) as damage:
        raise RatesvcError(f"{path} is damaged: {damage}") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise RatesvcError(f"{path} is damaged: its content has another SHA-256")
    return content


def damages() -> list[str]:
    """Read every document, and return a sentence about each damaged one."""
    found = []
    for path in sorted(settings.load().raw.glob("*")):
        if re.fullmatch("[0-9a-f]{64}", path.name):
            try:
                read(path.name)
            except RatesvcError as damage:
                found.append(str(damage))
    return found


def recover() -> None:
    """Remove unfinished files of a killed process."""
    for leftover in settings.load().raw.glob(f"*{UNFINISHED}"):
        leftover.unlink(missing_ok=True)
