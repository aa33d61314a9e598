"""The folder of published versions: turn the pointer, and remove what is old.

The writer does so with versions that it makes, a follower with those that it fetches.
"""

import os
import shutil
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ratesvc.core import settings
from ratesvc.core.disk import flush
from ratesvc.publish import manifest, reader

KEPT = 3
"""How many of the latest versions are never removed."""
KEPT_FOR = timedelta(days=1)
"""Age at which other versions are removed."""
TYPES = {
    ".duckdb": "application/vnd.duckdb",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".txt": "text/plain; charset=utf-8",
    ".html": "text/html; charset=utf-8",
}
"""Media types of the files of a version."""
UNFINISHED = ".unfinished"
DAMAGED = ".damaged"


def name_of(moment: datetime) -> str:
    """Return the name of a version that is published at a moment, which is aware, UTC."""
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03}Z"


def moment_of(version: str) -> datetime:
    """Return the moment that a version is named by: aware, UTC."""
    return datetime.strptime(version.removesuffix("Z") + "000", "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


def point(published: Path, pointer: bytes) -> None:
    """Replace the pointer, the last step that can fail. Raises OSError."""
    unfinished = published / f"{reader.POINTER}{UNFINISHED}"
    unfinished.write_bytes(pointer)
    flush(unfinished)
    unfinished.replace(published / reader.POINTER)
    flush(published)


def link_same(known: Path, file: Path, sha256: str) -> bool:
    """Make a file a hard link to one of another version, if that has this content; returns whether it has."""
    with suppress(OSError):  # It is missing, or the file system has no links.
        if manifest.digest_now(known) == sha256:
            linked = file.with_name(f"{file.name}{UNFINISHED}")
            linked.unlink(missing_ok=True)
            os.link(known, linked)
            linked.replace(file)
            return True
    return False


def remove_old(now: datetime) -> int:
    """Remove old versions; returns their number."""
    published = settings.load().published
    pointed = reader.newest(published).folder
    # Use the folder's modification time: after the clock is set back, names are ahead of it.
    limit = (now - KEPT_FOR).timestamp()
    kept = {pointed, *reader.versions(published)[-KEPT:]}
    old = [
        path
        for path in (*reader.versions(published), *published.glob(f"*{DAMAGED}"))
        if path.stat().st_mtime < limit and path not in kept
    ]
    for path in old:
        # Rename first, so that a half-removed folder is not taken for a version if this is killed.
        remove(path.rename(f"{path}{UNFINISHED}"))
    return len(old)


def remove(path: Path) -> None:
    """Remove a file, or a folder with all that is in it."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
