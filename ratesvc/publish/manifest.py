"""The manifest of a version and the pointer to it, and the check that their files are those that were published.

Both are JSON whose last member, `seal`, is the SHA-256 of everything before it, so damage to them shows too.
"""

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

from ratesvc.core.errors import RatesvcError

NAME = "manifest.json"

_SEAL = re.compile(rb',\n  "seal": "([0-9a-f]{64})"\n}\n\Z')


def sealed(document: dict[str, Any]) -> bytes:
    """Write a document as JSON with its seal. Times end in Z."""
    body = orjson.dumps(
        document,
        option=orjson.OPT_INDENT_2 | orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE,
    )
    seal = hashlib.sha256(body).hexdigest()
    return body.removesuffix(b"\n}\n") + f',\n  "seal": "{seal}"\n}}\n'.encode()


def unsealed(content: bytes) -> dict[str, Any]:
    """Read what `sealed` has written, without the seal. Raises ValueError if a byte of it has changed."""
    seal = _SEAL.search(content)
    body = content[: seal.start()] + b"\n}\n" if seal else content
    if seal and hashlib.sha256(body).hexdigest().encode() != seal[1]:
        raise ValueError("its seal does not match")
    document: dict[str, Any] = json.loads(body)
    # Version 0.1.0 wrote no seals, and other members.
    if not seal and not ("next_snapshot_at" in document and "state" not in document):
        raise ValueError("it has no seal")
    return document


def verified(folder: Path) -> dict[str, Any]:
    """Return the manifest of a version after checking every file in it.

    A file is read again only if its size, its inode or its time of modification has changed since the last check.
    Raises RatesvcError if one is missing or is not what was published.
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
        check(folder / name, sha256)
    return manifest


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
    return _digest(path, status.st_mtime_ns, status.st_size, status.st_ino)


def forget() -> None:
    """Read every file again at the next check."""
    _digest.cache_clear()


def digest_now(path: Path) -> str:
    """Return the SHA-256 of a file from the file itself. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@lru_cache(maxsize=4096)
def _digest(path: Path, *_status: int) -> str:
    return digest_now(path)
