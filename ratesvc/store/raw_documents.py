"""Archive of received documents, named by their content: `raw/<sha256>`.

Each number can be traced to the printed document and parsed again after a parser is fixed. Each
content is kept once, compressed by gzip (`zcat data/raw/<sha256>` prints it), and never changed.
`raw/log.ndjson` says where each came from (fetch_log.py).
"""

import gzip
import hashlib
import os
import re
import threading
import zlib
from pathlib import Path
from uuid import uuid4

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError
from ratesvc.store.database import Store

UNFINISHED = ".unfinished"
DAMAGED = ".damaged"
NAMED = 3
"""How many missing documents to name."""


def sha256_of(content: bytes) -> str:
    """Return the name of a document."""
    return hashlib.sha256(content).hexdigest()


def keep(content: bytes) -> str:
    """Store the bytes unless they are already there; returns their SHA-256. Raises OSError."""
    name = sha256_of(content)
    path = settings.load().raw / name
    try:
        if read(name) is not None:
            return name
    except RatesvcError:
        # The bytes are available again, so the damaged file is replaced. A folder cannot be.
        if path.is_dir() and not path.is_symlink():
            path.rename(path.with_name(f"{name}.{uuid4().hex}{DAMAGED}"))
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
        return content_of(path.read_bytes(), path)
    except FileNotFoundError:
        return None
    except OSError as damage:
        raise RatesvcError(f"{path} is damaged: {damage.strerror}") from None


def content_of(packed: bytes, path: Path) -> bytes:
    """Unpack the bytes of a document's file. Raises RatesvcError if they are damaged."""
    try:
        content = gzip.decompress(packed)
    except (OSError, EOFError, zlib.error) as damage:
        raise RatesvcError(f"{path} is damaged: {damage}") from None
    if sha256_of(content) != path.name:
        raise RatesvcError(f"{path} is damaged: its content has another SHA-256")
    return content


def damages(store: Store) -> list[str]:
    """Read every document, and return a sentence about each damaged one and one about those that are missing."""
    raw, found = settings.load().raw, []
    there = {path.name for path in raw.glob("*") if re.fullmatch("[0-9a-f]{64}", path.name)}
    for name in sorted(there):
        try:
            read(name)
        except RatesvcError as damage:
            found.append(str(damage))
    known = {name for (name,) in store.query("SELECT DISTINCT payload_sha256 FROM fetches") if name}
    if missing := sorted(known - there):
        more = f" and {len(missing) - NAMED:,} more" if len(missing) > NAMED else ""
        found.append(f"documents are missing in {raw}: {', '.join(missing[:NAMED])}{more}; a backup may have them")
    return found


def recover() -> None:
    """Remove unfinished files of a killed process."""
    for leftover in settings.load().raw.glob(f"*{UNFINISHED}"):
        if leftover.is_file():
            leftover.unlink(missing_ok=True)
