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
from pathlib import Path
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, NotModifiedError, PreconditionError
from obstore.store import LocalStore, from_url

from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.publish import manifest

CONNECT_SECONDS = 3
REQUEST_SECONDS = 10
"""Wall-clock limit of one request, from the connection to the last byte."""
FOR_EVER = "public, max-age=31536000, immutable"
"""The Cache-Control of what never changes."""
PIECE_BYTES = 1_000_000
"""Files are read in pieces, so that the limit holds for large ones on slow lines too, and little is read twice."""


class ObjectStore:
    """A place of files, by their paths under its URL."""

    def __init__(self, url: str, tries: int = 1) -> None:
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
                retry_config={"max_retries": tries - 1},
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

    def read(self, path: str) -> bytes:
        """Return a small file. Raises RatesvcError."""
        with self._in_one_line(path):
            return bytes(obstore.get(self._store, path).bytes())

    def fetch(self, path: str, target: Path, facts: dict[str, Any]) -> None:
        """Write to a file what it lacks of one that was published. facts: its `bytes` and `sha256`.

        Raises RatesvcError, also if it is not what was published, and OSError if it cannot be written.
        """
        with target.open("ab") as file:
            while (start := file.tell()) < facts["bytes"]:
                end = min(start + PIECE_BYTES, facts["bytes"])
                with self._in_one_line(path):
                    piece = bytes(obstore.get_range(self._store, path, start=start, end=end))
                file.write(piece)
                file.flush()
        if manifest.digest_now(target) != facts["sha256"]:
            target.unlink()
            raise RatesvcError(f"{self.url}/{path} is not what was published")

    def etag(self, path: str) -> str | None:
        """Return the ETag of a file; None if it is not there. Raises RatesvcError."""
        with self._in_one_line(path):
            try:
                return obstore.head(self._store, path)["e_tag"]
            except FileNotFoundError:
                return None

    def has(self, path: str) -> bool:
        """Whether a file is there. Raises RatesvcError."""
        with self._in_one_line(path):
            try:
                obstore.head(self._store, path)
            except FileNotFoundError:
                return False
        return True

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the size of each file in a folder, by its name. Raises RatesvcError."""
        with self._in_one_line(folder):
            found = obstore.list_with_delimiter(self._store, f"{folder}/")["objects"]
        return {each["path"].rpartition("/")[2]: each["size"] for each in found}

    def folders(self, folder: str) -> list[str]:
        """Return the names of the folders in a folder. Raises RatesvcError."""
        with self._in_one_line(folder):
            found = obstore.list_with_delimiter(self._store, f"{folder}/")["common_prefixes"]
        return [each.rstrip("/").rpartition("/")[2] for each in found]

    def put(self, path: str, file: Path, media_type: str, cache: str) -> None:
        """Store a file that will never change, in parts if it is large. Raises RatesvcError.

        cache: the Cache-Control with which the store answers.
        """
        with self._in_one_line(path):
            obstore.put(self._store, path, file, attributes=self._headers(media_type, cache), max_concurrency=2)

    def copy(self, path: str, target: str) -> bool:
        """Have the store copy one of its files, which will never change; returns whether it has it.

        Raises RatesvcError.
        """
        with self._in_one_line(target):
            try:
                obstore.copy(self._store, path, target)
            except FileNotFoundError:
                return False
        return True

    def replace(self, path: str, content: bytes, media_type: str, cache: str, etag: str | None) -> None:
        """Store a small file if what is there still has the ETag given; None: if nothing is there.

        Raises RatesvcError, also if something else is there. A folder of this machine has no such condition.
        """
        mode: Any = "overwrite" if self._is_folder else {"e_tag": etag} if etag else "create"
        headers = self._headers(media_type, cache)
        with self._in_one_line(path):
            try:
                obstore.put(self._store, path, content, mode=mode, attributes=headers, use_multipart=False)
            except (AlreadyExistsError, PreconditionError):
                raise RatesvcError(f"another writer has replaced {path} meanwhile") from None

    def remove_folder(self, folder: str) -> None:
        """Remove all files in a folder. Raises RatesvcError."""
        with self._in_one_line(folder):
            obstore.delete(self._store, [f"{folder}/{name}" for name in self.sizes(folder)])

    @property
    def _is_folder(self) -> bool:
        return isinstance(self._store, LocalStore)

    def _headers(self, media_type: str, cache: str) -> Any:
        return None if self._is_folder else {"Content-Type": media_type, "Cache-Control": cache}

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
