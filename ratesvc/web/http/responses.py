"""Answers that caches keep: a strong ETag, an age, and the smallest encoding that the client takes."""

import gzip
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import cast

import brotli
from flask import Response, request
from werkzeug.datastructures import Accept, MIMEAccept
from werkzeug.http import parse_accept_header

from ratesvc.publish.reader import Published

OVERDUE_SECONDS = 10
"""How long an answer may be cached while the next snapshot is due, or nobody knows when it is."""
ROWS_AS = {"application/json": "json", "text/csv": "csv", "application/x-ndjson": "ndjson"}
"""The forms in which rows are answered."""
FOR_EVER = 31_536_000
"""A year, in seconds: the longest age that caches know."""


def form_asked() -> str:
    """json, csv or ndjson: what the header Accept likes best of them."""
    return form_of(request.headers.get("Accept", ""))


@lru_cache(maxsize=1024)
def form_of(accepted: str) -> str:
    """The same of a header. Clients send few different ones."""
    return ROWS_AS.get(parse_accept_header(accepted, MIMEAccept).best_match(ROWS_AS) or "", "json")


def cacheable(body: bytes, content_type: str, seconds: int, **headers: str) -> Response:
    """An answer that any site may read, cached for some seconds; 304 where the client has it already."""
    encoding = encoding_for(request.headers.get("Accept-Encoding", "")) if _compressible(content_type) else "identity"
    encoded = brotlied(body) if encoding == "br" else gzipped(body) if encoding == "gzip" else body
    answer = Response(encoded, content_type=content_type)
    answer.set_etag(hashlib.sha256(encoded).hexdigest()[:32])
    answer.cache_control.public = True
    answer.cache_control.max_age = seconds
    answer.cache_control.immutable = seconds == FOR_EVER
    answer.headers["Access-Control-Allow-Origin"] = "*"
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.vary.add("Accept-Encoding")
    if encoding != "identity":
        answer.content_encoding = encoding
    for name, text in headers.items():
        answer.headers[name.replace("_", "-")] = text
    return cast(Response, answer.make_conditional(request))


def seconds_left(published: Published) -> int:
    """How long what a version says may be cached: until the next snapshot."""
    return seconds_until(published.next_snapshot_at, datetime.now(UTC))


def seconds_until(next_snapshot_at: datetime | None, now: datetime) -> int:
    """The same, at another time."""
    left = int((next_snapshot_at - now).total_seconds()) if next_snapshot_at else 0
    return max(left, OVERDUE_SECONDS)


def gzipped(body: bytes) -> bytes:
    """Compressed by gzip, without a time, so that every worker has the same ETag."""
    return gzip.compress(body, mtime=0)


def brotlied(body: bytes) -> bytes:
    """Compressed by Brotli: small answers as far as it goes, which for a large one would take 40 times as long."""
    compressed: bytes = brotli.compress(body, quality=11 if len(body) < 20_000 else 5)
    return compressed


@lru_cache(maxsize=1024)
def encoding_for(accepted: str) -> str:
    """The encoding that a client likes best, of equals the smallest. Clients send few different headers."""
    wanted = parse_accept_header(accepted, Accept)
    liked = {"br": wanted.quality("br"), "gzip": wanted.quality("gzip")}
    if "identity" in wanted.values():
        liked["identity"] = wanted.quality("identity")
    best = max(liked, key=lambda name: liked[name])
    return best if liked[best] > 0 else "identity"


def known_already(environ: Mapping[str, str], etag: str) -> bool:
    """Whether a request says that the client has the answer with this ETag."""
    known = environ.get("HTTP_IF_NONE_MATCH", "")
    return etag in known or known.strip() == "*"


def _compressible(content_type: str) -> bool:
    return not content_type.startswith("image/png")
