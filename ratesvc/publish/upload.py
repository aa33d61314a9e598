"""Publish to an object store too: `RATESVC_PUBLISH_TO`. Whoever reads it needs no ratesvc.

The paths are those of the web server: `data/<version>/<name>`, `data/latest.json`, `ticker.json`, `.txt` and `.html`.
The files of a version come first, and never change. The tickers and the pointer are replaced last, each only if nobody
else has replaced it since this writer looked: of two writers one is refused, and one that was suspended for long, and
wakes up, changes nothing.
"""

import logging
import threading
from contextlib import suppress
from datetime import datetime
from typing import Any

from ratesvc.core import failures, settings
from ratesvc.core.errors import RatesvcError
from ratesvc.core.seals import sealed, unsealed
from ratesvc.publish import manifest, raw_copies, reader, versions
from ratesvc.publish.object_store import FOR_EVER, ObjectStore
from ratesvc.publish.reader import Published
from ratesvc.store import leadership

POINTER = f"data/{reader.POINTER}"
SECONDS = 10
SOON = f"public, max-age={SECONDS}"
"""How long a cache may keep the pointer and the tickers: a correction must reach readers soon."""

_uploading = threading.Lock()
log = logging.getLogger("ratesvc")


def bring_up_to_date() -> str | None:
    """Upload the newest version, unless it is there, and the pointer; returns its name if others read its months there.

    The version here is published whatever comes of it: a failure is one line in the log, and the job `upload` tries
    again.
    """
    url = settings.load().publish_to
    if not url:
        return None
    known = False
    with _uploading:
        try:
            newest = reader.newest(settings.load().published)
            if upload(newest):
                log.info("uploaded %s to %s", newest.version, url)
        except (RatesvcError, OSError) as failure:
            with suppress(OSError):  # The disk here is full: the line is in the log each time.
                known = not failures.report("upload", str(failure))
            if not known:
                log.error("could not publish to %s: %s; it is tried again every minute", url, failure)
        else:
            failures.clear("upload")
            return newest.version if _has_months(newest) else None
    return None


def upload(published: Published) -> str | None:
    """Upload what is missing of a version; returns its name if it was not there.

    Raises RatesvcError if that is impossible or another writer is ahead, OSError if a file here cannot be read.
    """
    store = ObjectStore(settings.load().publish_to, tries=2)
    etags = {path: store.etag(path) for path in (POINTER, *reader.TICKERS)}
    there = pointer(store) if etags[POINTER] else None
    if there and there["version"] > published.version:
        raise RatesvcError(
            f"it has the version {there['version']}, which is newer than {published.version}: another writer publishes"
            " there"
        )
    if there and there == unsealed(published.pointer):
        return None
    new = not there or there["version"] != published.version
    if new:
        if leadership.epoch():
            raw_copies.upload(store)  # For the next leader.
        _send(store, published, there or {"files": {}})
        for name in reader.TICKERS:
            path = published.folder / name
            store.replace(name, path.read_bytes(), versions.TYPES[path.suffix], SOON, etags[name])
    store.replace(POINTER, published.pointer, versions.TYPES[".json"], SOON, etags[POINTER])
    return published.version if new else None


def send_ahead(published: Published) -> None:
    """Upload the files of a version before it is the newest here, so that its months can be read from the beginning.

    Whatever comes of it, `bring_up_to_date` does the same again, and tells.
    """
    with _uploading, suppress(RatesvcError, OSError):
        store = ObjectStore(settings.load().publish_to)
        _send(store, published, pointer(store))


def _send(store: ObjectStore, published: Published, there: dict[str, Any]) -> None:
    """Upload what is missing of the files of a version. there: what the pointer in the store says."""
    folder = f"data/{published.version}"
    sizes = store.sizes(folder)  # An upload that was cut off is continued: whatever is there is whole.
    for name, facts in published.manifest["files"].items():
        path = published.folder / name
        if sizes.get(name) == facts["bytes"]:
            continue
        is_same = there["files"].get(name, {}).get("sha256") == facts["sha256"]
        if is_same and store.copy(f"data/{there['version']}/{name}", f"{folder}/{name}"):
            continue  # A month that has not changed.
        if manifest.is_kept_elsewhere(path):
            raise RatesvcError(
                f"{name} is neither here nor there: stop the service, and `RATESVC_HISTORY= ratesvc publish` writes all"
                " months again"
            )
        store.put(f"{folder}/{name}", path, versions.TYPES[path.suffix], FOR_EVER)
    path = published.folder / manifest.NAME  # It is not in its own list.
    store.put(f"{folder}/{path.name}", path, versions.TYPES[path.suffix], FOR_EVER)


def _has_months(published: Published) -> bool:
    """Whether the months of a version can be read at the address of RATESVC_HISTORY: it is asked for the last one."""
    address = settings.load().history
    if not published.months or address in ("", settings.load().address):
        return False
    try:
        return ObjectStore(address).has(f"data/{published.version}/{published.months[-1]}")
    except RatesvcError:
        return False


def claim(store: ObjectStore, epoch: int) -> None:
    """Have every writer refused that has looked at the pointer before. Raises RatesvcError, if one is faster."""
    if store.etag(POINTER) and (answer := store.changed(POINTER, None)):
        told, etag = unsealed(answer[0]), answer[1]
        store.replace(POINTER, sealed({**told, "epoch": epoch}), versions.TYPES[".json"], SOON, etag)


def remove_old(now: datetime) -> int:
    """Remove old versions from the object store, by the rules of the folder here; returns their number.

    Raises RatesvcError.
    """
    store = ObjectStore(settings.load().publish_to)
    pointed = pointer(store)["version"]
    there = sorted(name for name in store.folders("data") if reader.is_version(name))
    limit = versions.name_of(now - versions.KEPT_FOR)
    old = [name for name in there[: -versions.KEPT] if name < limit and name != pointed]
    for name in old:
        store.remove_folder(f"data/{name}")
    return len(old)


def pointer(store: ObjectStore) -> dict[str, Any]:
    """Return what the pointer in an object store says. Raises RatesvcError if it is missing or damaged."""
    try:
        told = unsealed(store.read(POINTER))
        if not reader.is_version(told["version"]):
            raise ValueError
    except (ValueError, LookupError, TypeError):
        raise RatesvcError(f"{store.url}/{POINTER} is damaged: remove it, and the next version replaces it") from None
    return told
