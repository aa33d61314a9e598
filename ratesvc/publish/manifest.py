"""The manifest of a version and the pointer to it, and the check that their files are those that were published.

Both are sealed (core/seals.py), so damage to them shows too.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError
from ratesvc.core.seals import unsealed

NAME = "manifest.json"
MOST_KNOWN = 4096
"""How many files' digests are remembered."""

_known: dict[tuple[int, int, int, int], str] = {}


def verified(folder: Path) -> dict[str, Any]:
    """Return the manifest of a version after checking every file in it.

    A file is read again only if its size, its inode or its time of modification has changed since the last check.
    Raises RatesvcError if one is missing or is not what was published. With RATESVC_HISTORY months may be missing.
    """
    try:
        manifest = unsealed((folder / NAME).read_bytes())
        if manifest["version"] != folder.name.partition(".")[0]:
            raise ValueError(f"it is the manifest of {manifest['version']}")
        files = {name: facts["sha256"] for name, facts in manifest["files"].items()}
    except FileNotFoundError:
        raise RatesvcError(f"the version {folder} is missing: `ratesvc publish` makes a new one") from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as damage:
        raise RatesvcError(
            f"the version {folder.name} is damaged: {NAME}: {damage}; `ratesvc publish` makes a new one"
        ) from None
    for name, sha256 in files.items():
        if not is_kept_elsewhere(folder / name):
            check(folder / name, sha256)
    return manifest


def is_month(name: str) -> bool:
    """Whether it is the name of the Parquet file of the sightings of a month that is over."""
    return bool(re.fullmatch(r"observations-\d{4}-\d{2}\.parquet", name, re.ASCII))


def is_kept_elsewhere(path: Path) -> bool:
    """Whether a file of a version is not here because the address of RATESVC_HISTORY has it."""
    return bool(settings.load().history) and is_month(path.name) and not path.exists()


def check(path: Path, sha256: str) -> None:
    """Raise RatesvcError if a file of a version is not what was published."""
    try:
        whole = digest(path) == sha256
    except OSError as failure:
        raise RatesvcError(
            f"the version {path.parent.name} is damaged: {path.name} cannot be read ({failure.strerror});"
            " `ratesvc publish` makes a new one"
        ) from None
    if not whole:
        raise RatesvcError(
            f"the version {path.parent.name} is damaged: {path.name} is not what was published;"
            " `ratesvc publish` makes a new one"
        )


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, from memory if its status is what it was. Raises OSError."""
    status = path.stat()
    # Without its name: hard links, and a folder that was renamed, are the same file.
    key = status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size
    sha256 = _known.get(key)
    if sha256 is None:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        sha256 = _known[key] = digest_now(path)
    return sha256


def forget() -> None:
    """Read every file again at the next check."""
    _known.clear()


def digest_now(path: Path) -> str:
    """Return the SHA-256 of a file from the file itself. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
