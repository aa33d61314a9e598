"""Follow the versions that another machine publishes: fetch each new one, verify it, and point to it.

A version becomes visible only when all its files are here and are what was published; until then, and while nothing can
be fetched, the version before it stays. A file that a version here has too, by its SHA-256, is not fetched again, and a
download that was cut off is continued. With RATESVC_HISTORY the months that are over are left where they are.
"""

import logging
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ratesvc.core import failures, settings
from ratesvc.core.disk import alone_in, flush
from ratesvc.core.errors import RatesvcError
from ratesvc.core.seals import unsealed
from ratesvc.publish import manifest, reader, versions
from ratesvc.publish.object_store import ObjectStore
from ratesvc.publish.versions import UNFINISHED

EVERY_SECONDS = 0.5
TIDY_SECONDS = 3600

log = logging.getLogger("ratesvc")


class Follower:
    """The versions of an address, in a folder of published versions here."""

    def __init__(self, url: str, published: Path) -> None:
        """Raises UsageError for a wrong URL."""
        self._origin = ObjectStore(url)
        self._published = published
        self._etag: str | None = None
        self._folder = published

    def look(self) -> str | None:
        """Fetch the newest version and point to it; returns its name if it is new here.

        Raises RatesvcError if it cannot be fetched or is not what was published, OSError if it cannot be written.
        """
        if self._etag and not reader.is_whole(self._folder):
            self._etag = None  # It was damaged here, and is fetched again.
        answer = self._origin.changed(f"data/{reader.POINTER}", self._etag)
        if answer is None:
            return None
        pointer, etag = answer
        told = self._read(pointer)
        version, newest = told["version"], reader.versions(self._published)[-1:]
        if newest and version < newest[0].name:
            raise RatesvcError(
                f"{self._origin.url} has the version {version}, and here is {newest[0].name}, which is newer: a cache"
                " on the way may be old, or the writer has lost versions"
            )
        self._folder = self._published / version
        fetched = not reader.is_whole(self._folder)
        if fetched:
            self._fetch(version, told["files"])
        versions.point(self._published, pointer)
        self._etag = etag  # Last, so that what fails is tried again.
        return version if fetched else None

    def _read(self, pointer: bytes) -> dict[str, Any]:
        """Return what a pointer says. Names from outside become paths here, so only plain ones are taken."""
        try:
            told = unsealed(pointer)
            plain = reader.is_version(told["version"]) and all(
                re.fullmatch(r"[a-z][a-z0-9_-]*\.[a-z]+", name, re.ASCII)
                and isinstance(facts["bytes"], int)
                and isinstance(facts["sha256"], str)
                for name, facts in told["files"].items()
            )
        except (ValueError, LookupError, TypeError, AttributeError):
            plain = False
        if not plain:
            raise RatesvcError(f"{self._origin.url}/data/{reader.POINTER} is no pointer to a version of ratesvc")
        return told

    def _fetch(self, version: str, files: dict[str, Any]) -> None:
        folder, unfinished = self._published / version, self._published / f"{version}{UNFINISHED}"
        unfinished.mkdir(parents=True, exist_ok=True)
        for name, facts in files.items():
            if manifest.is_kept_elsewhere(unfinished / name):
                continue
            newest = reader.versions(self._published)[-1:]
            if not any(versions.link_same(last / name, unfinished / name, facts["sha256"]) for last in newest):
                self._origin.fetch(f"data/{version}/{name}", unfinished / name, facts)
        # The manifest is not in its own list. It is sealed, and names every other file by its SHA-256.
        (unfinished / manifest.NAME).write_bytes(self._origin.read(f"data/{version}/{manifest.NAME}"))
        try:
            reader.verify(unfinished)
        except RatesvcError:
            raise RatesvcError(f"{self._origin.url}/data/{version}/{manifest.NAME} is not what was published") from None
        for path in (*unfinished.iterdir(), unfinished):
            flush(path)
        versions.remove(folder)  # If it is here, it is damaged.
        unfinished.rename(folder)
        for leftover in self._published.glob(f"*{UNFINISHED}"):
            versions.remove(leftover)


def follow(url: str, until: threading.Event | None = None) -> None:
    """Follow an address until the event, or for ever. Log each new version, and each trouble when it begins and ends.

    Raises UsageError for a wrong URL, RatesvcError if the folder has another follower or a store of its own.
    """
    until = until or threading.Event()
    published = settings.load().published
    follower, trouble, tidied = Follower(url, published), "", time.monotonic()
    with _alone():
        while True:
            try:
                if version := follower.look():
                    log.info("fetched %s from %s", version, url)
                if time.monotonic() - tidied > TIDY_SECONDS:
                    versions.remove_old(datetime.now(UTC))
                    tidied = time.monotonic()
            except (RatesvcError, OSError) as failure:
                if str(failure) != trouble:
                    trouble = str(failure)
                    log.error("cannot follow: %s%s", trouble, _what_stays(published))
                    with suppress(OSError):  # A full disk was logged.
                        failures.report("download", trouble)
            else:
                if trouble:
                    log.info("following %s again", url)
                    failures.clear("download")
                    trouble = ""
            if until.wait(EVERY_SECONDS):
                return


def once(url: str) -> str | None:
    """Fetch the newest version of an address; returns its name if it is new here. Raises as `follow` and `look` do."""
    with _alone():
        return Follower(url, settings.load().published).look()


@contextmanager
def _alone() -> Iterator[None]:
    config = settings.load()
    if config.database.exists():
        raise RatesvcError(
            f"{config.database} is a store, which publishes by itself: follow in another folder, with RATESVC_DATA"
        )
    with alone_in(config.published, "follower"):
        yield


def _what_stays(published: Path) -> str:
    try:
        checked = reader.newest(published).checked_at
    except RatesvcError:
        return "; nothing is published here yet"
    return f"; what was the newest at {checked:%Y-%m-%d %H:%M:%S} UTC stays online"
