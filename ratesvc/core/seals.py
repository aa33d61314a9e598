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
    if not seal:
        raise ValueError("it has no seal")
    body = content[: seal.start()] + b"\n}\n"
    if hashlib.sha256(body).hexdigest().encode() != seal[1]:
        raise ValueError("its seal does not match")
    document: dict[str, Any] = json.loads(body)
    return document
