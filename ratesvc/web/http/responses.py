"""Cacheable responses: a strong ETag, max-age, and the smallest encoding that the client accepts."""

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
"""Cache time while the next snapshot is overdue, or when its time is unknown."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_AS = {"application/json": "json", "text/csv": "csv", "application/x-ndjson": "ndjson", XLSX: "xlsx"}
"""Media types of rows, and the names of their forms."""
HOT_SECONDS = 60
"""Cache time of the plain ticker: a correction reaches every reader within a minute."""
FOR_EVER = 31_536_000
"""One year in seconds, the longest useful max-age."""
ANY_SITE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""Headers of what scripts of any site may read, with its ETag and its range. Nothing here depends on who asks."""


def requested_form() -> str:
    """Return json, csv, ndjson or xlsx, whichever the Accept header prefers."""
    return form_of(request.headers.get("Accept", ""))


@lru_cache(maxsize=1024)
def form_of(accepted: str) -> str:
    """Return the form that an Accept header prefers. Clients send few different ones, so they are cached."""
    return ROWS_AS.get(parse_accept_header(accepted, MIMEAccept).best_match(ROWS_AS) or "", "json")


def cacheable(body: bytes, content_type: str, seconds: int, **headers: str) -> Response:
    """Build a response that any site may read, cacheable for some seconds; 304 if the client has it already.

    Of CSV a part is sent, uncompressed, if a reader of large tables asks for one.
    """
    ranges = content_type.startswith("text/csv")
    compress = compressible(content_type) and not (ranges and "Range" in request.headers)
    encoding = encoding_for(request.headers.get("Accept-Encoding", "")) if compress else "identity"
    sent = encoded(body, encoding)
    answer = Response(sent, content_type=content_type)
    answer.set_etag(etag_of(sent))
    answer.cache_control.public = True
    answer.cache_control.max_age = seconds
    answer.cache_control.immutable = seconds == FOR_EVER
    answer.headers.update(ANY_SITE)
    answer.vary.add("Accept-Encoding")
    if encoding != "identity":
        answer.content_encoding = encoding
    for name, text in headers.items():
        answer.headers[name.replace("_", "-")] = text
    return cast(Response, answer.make_conditional(request, accept_ranges=ranges, complete_length=len(sent)))


def etag_of(body: bytes) -> str:
    """Return the strong ETag of a body: what nginx makes of a file with this content and `file_time`."""
    return f"{file_time(body):x}-{len(body):x}"


def file_time(body: bytes) -> int:
    """Return the modification time for a file that nginx serves, in seconds: 31 bits of the content's SHA-256.

    nginx builds the ETag from time and size, so it depends on the content alone and is the same on every host.
    """
    return int.from_bytes(hashlib.sha256(body).digest()[:4]) >> 1


def seconds_left(published: Published) -> int:
    """Cache time of a version in seconds: until the next snapshot."""
    return seconds_until(published.next_snapshot_at, datetime.now(UTC))


def seconds_until(next_snapshot_at: datetime | None, now: datetime) -> int:
    """Seconds from `now` until the next snapshot, at least OVERDUE_SECONDS."""
    seconds = int((next_snapshot_at - now).total_seconds()) if next_snapshot_at else 0
    return max(seconds, OVERDUE_SECONDS)


def encoded(body: bytes, encoding: str) -> bytes:
    """Return a body in an encoding: br, gzip or identity."""
    return brotlied(body) if encoding == "br" else gzipped(body) if encoding == "gzip" else body


def gzipped(body: bytes) -> bytes:
    """Compress with gzip, without a timestamp, so that every worker sends the same ETag."""
    return gzip.compress(body, mtime=0)


def brotlied(body: bytes) -> bytes:
    """Compress with Brotli: small bodies at the highest quality, which takes 40 times as long on large ones."""
    compressed: bytes = brotli.compress(body, quality=11 if len(body) < 20_000 else 5)
    return compressed


@lru_cache(maxsize=1024)
def encoding_for(accepted: str) -> str:
    """Return the encoding that an Accept-Encoding header prefers, on a tie the smallest.

    Clients send few different headers, so they are cached.
    """
    accepted_encodings = parse_accept_header(accepted, Accept)
    quality = {"br": accepted_encodings.quality("br"), "gzip": accepted_encodings.quality("gzip")}
    if "identity" in accepted_encodings.values():
        quality["identity"] = accepted_encodings.quality("identity")
    best = max(quality, key=lambda name: quality[name])
    return best if quality[best] > 0 else "identity"


def known_already(environ: Mapping[str, str], etag: str) -> bool:
    """Whether If-None-Match says that the client has the response with this ETag."""
    known = environ.get("HTTP_IF_NONE_MATCH", "")
    return etag in known or known.strip() == "*"


def compressible(content_type: str) -> bool:
    """Whether bodies of a type are compressed: images and Excel files already are."""
    return content_type not in ("image/png", XLSX)
