"""Files at a URL: of another ratesvc, of a CDN in front of one, or in an object store.

`https://host` and `http://host` can be read; `s3://bucket/prefix`, `gs://`, `az://` and `file:///folder` can be written
too. Credentials and endpoints come from the environment, as those stores' own tools have them (AWS_ACCESS_KEY_ID,
AWS_ENDPOINT_URL, ...). Every request has a limit on the wall clock, and every failure is one line.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version

import obstore
from obstore.exceptions import BaseError, NotModifiedError
from obstore.store import from_url

from ratesvc.core.errors import RatesvcError, UsageError

CONNECT_SECONDS = 3
REQUEST_SECONDS = 10
"""Wall-clock limit of one request, from the connection to the last byte."""
PIECE_BYTES = 1_000_000
"""Files are read in pieces, so that the limit holds for large ones on slow lines too, and little is read twice."""


class ObjectStore:
    """A place of files, by their paths under its URL."""

    def __init__(self, url: str) -> None:
        """Raises UsageError for a URL that no kind of store knows."""
        self.url = url.rstrip("/")
        try:
            self._store = from_url(
                self.url,
                client_options={
                    "allow_http": True,  # Whoever writes http:// means it.
                    "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                    "timeout": timedelta(seconds=REQUEST_SECONDS),
                    "user_agent": f"ratesvc/{version('ratesvc')}",
                },
                retry_config={"max_retries": 0},  # Whoever asks comes back soon.
            )
        except (BaseError, ValueError) as refusal:
            raise UsageError(f"{url!r} is no address of a store: {_reason(refusal)}") from None

    def changed(self, path: str, etag: str | None) -> tuple[bytes, str | None] | None:
        """Return a small file and its ETag; None if it still has the ETag given. Raises RatesvcError."""
        with self._in_one_line(path):
            try:
                answer = obstore.get(self._store, path, options={"if_none_match": etag} if etag else {})
            except NotModifiedError:
                return None
            return bytes(answer.bytes()), answer.meta["e_tag"]

    def piece(self, path: str, start: int, end: int) -> bytes:
        """Return the bytes of a file from `start` to before `end`. Raises RatesvcError."""
        with self._in_one_line(path):
            return bytes(obstore.get_range(self._store, path, start=start, end=end))

    @contextmanager
    def _in_one_line(self, path: str) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as failure:
            raise RatesvcError(f"{self.url}/{path}: {_reason(failure)}") from None


def _reason(failure: Exception) -> str:
    """Say what the library has found, without its times and its own structures, so that the same is said again."""
    text = str(failure)
    if status := re.search(r"status(?: code)?: (\d{3}[\w ]*)", text):
        return f"the answer is {status[1].strip()}"
    if isinstance(failure, FileNotFoundError):
        return "it is not there"
    if "kind: Timeout" in text or "operation timed out" in text:
        return f"no answer within {REQUEST_SECONDS} seconds"
    if "kind: Connect" in text:
        return "no connection"
    return text.splitlines()[0].rpartition(" - ")[2]
