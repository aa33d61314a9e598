"""The bytes of every document that was received, under the name of their content: `raw/<sha256>`.

So each number can be traced to what was printed, and read again after a parser is mended. Each
content is kept once, compressed by gzip (`zcat data/raw/<sha256>` shows it), and never changed.
"""

import gzip
import hashlib
import os
import threading
import zlib

from ratesvc.core import settings
from ratesvc.core.errors import CouldNot

UNFINISHED = ".unfinished"


def keep(content: bytes) -> str:
    """Stores the bytes unless they are there already, and returns their SHA-256. Raises OSError."""
    name = hashlib.sha256(content).hexdigest()
    try:
        if read(name) is not None:
            return name
    except CouldNot:
        pass  # The bytes are here again, so the damage is mended.
    path = settings.load().raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    # A killed process leaves no half of a file under the name; two threads may be here with the same bytes.
    unfinished = path.with_name(f"{name}.{threading.get_ident()}{UNFINISHED}")
    with unfinished.open("wb") as file:
        file.write(gzip.compress(content, mtime=0))
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    return name


def read(sha256: str) -> bytes | None:
    """The bytes of a name; None where they are not there. Raises CouldNot where they are damaged."""
    path = settings.load().raw / sha256
    try:
        content = gzip.decompress(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, EOFError, zlib.error) as damage:
        raise CouldNot(f"{path} is damaged: {damage}") from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise CouldNot(f"{path} is damaged: its content has another SHA-256")
    return content


def recover() -> None:
    """Removes what a killed process left behind."""
    for leftover in settings.load().raw.glob(f"*{UNFINISHED}"):
        leftover.unlink(missing_ok=True)
