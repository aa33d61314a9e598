"""Small JSON files that are believed only if every byte of them is as it was written.

The last member, `seal`, is the SHA-256 of everything before it.
"""

import hashlib
import json
import re
from typing import Any

import orjson

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
    # The pointer and the manifests of version 0.1.0 have no seal, and other members.
    if not seal and not ("next_snapshot_at" in document and "state" not in document):
        raise ValueError("it has no seal")
    return document
