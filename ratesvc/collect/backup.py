"""Copy what cannot be fetched again into a folder: `ratesvc backup TARGET`.

The target looks like the data folder, without the store, whose file only its writer may open:

    published/<version>/  the newest whole version: rates.duckdb and all else, with the SHA-256 of each in manifest.json
    raw/<sha256>          every document kept
    raw/log.ndjson        what became of each, so also what was stored after that version
    orders/               work and decisions that wait for the jobs process

So it is consistent at any moment, and `RATESVC_DATA=TARGET ratesvc web` serves it. Each file is written under another
name, flushed, compared and renamed; a version's folder likewise. A backup that was interrupted leaves the one before,
and the next one continues.
"""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ratesvc.core import settings
from ratesvc.core.disk import alone_in, flush
from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.publish import manifest, reader
from ratesvc.publish.reader import Published
from ratesvc.publish.versions import link_same
from ratesvc.store import fetch_log, raw_documents

UNFINISHED = ".unfinished"
FOLDERS = ("published", "raw", "orders")
README = """A backup of ratesvc, made by `ratesvc backup`. All files are plain and complete.

published/<version>/  one published version; manifest.json has the SHA-256 of its files; rates.duckdb opens in DuckDB
published/latest.json names that version
raw/<sha256>          the documents of the sources, by their SHA-256, packed with gzip
raw/log.ndjson        one line a fetch, JSON: where and when a document came from, and what became of its figures
orders/               work and decisions that were waiting

`ratesvc restore --from FOLDER` brings the store back. `RATESVC_DATA=FOLDER ratesvc web` serves the version as it is.
"""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup has. new: documents copied now. damaged: documents that are left out."""

    target: Path
    version: Published | None
    documents: int
    new: int
    fetches: int
    damaged: tuple[str, ...]
    passed_over: tuple[str, ...]

    def __str__(self) -> str:
        what = f"the version {self.version.version}, " if self.version else ""
        return (
            f"backed up to {self.target}: {what}{self.documents:,} documents ({self.new:,} new) and"
            f" {self.fetches:,} fetches in the log"
        )


def back_up(target: Path) -> BackedUp:
    """Bring a backup up to date.

    Raises RatesvcError if it cannot be written; the backup before it then stays. Raises it also for a folder with the
    backup of another store, or of a state that this store has lost.
    """
    config = settings.load()
    if target.resolve().is_relative_to(config.data.resolve()):
        raise UsageError(f"{target} is inside the data folder {config.data}: a backup belongs on another disk")
    try:
        for name in FOLDERS:
            (target / name).mkdir(parents=True, exist_ok=True)
        with alone_in(target, "backup"), _tidy(target):
            version, passed_over = reader.newest_whole(config.published)
            log = _joined(config.raw, target)
            if version is None and not log.lines:
                raise RatesvcError(f"there is nothing to back up in {config.data}: no whole version, and no log")
            # A line is written after its document, so the documents of the log as read above are all there.
            names, new, damaged = _copy_documents(config.raw, target / "raw")
            _write_log(target / "raw", log)
            _copy_orders(config.orders, target / "orders")
            _put(README.encode(), target / "README.txt")
            if version:
                _copy_version(version, target / "published")
    except OSError as failure:
        raise RatesvcError(
            f"could not back up to {target}: {failure.strerror or failure}; what was there before is still whole"
        ) from None
    return BackedUp(target, version, names, new, len(log.lines), tuple(damaged), tuple(passed_over))


def bring_back(source: Path, log: fetch_log.Log) -> None:
    """Copy the documents, the log and the orders of a backup to where they are missing. Raises OSError."""
    config = settings.load()
    _copy_documents(source / "raw", config.raw)
    _write_log(config.raw, log)
    config.orders.mkdir(parents=True, exist_ok=True)
    for path in _files(source / "orders"):
        if not (config.orders / path.name).exists():
            _put(path.read_bytes(), config.orders / path.name)


@contextmanager
def _tidy(target: Path) -> Iterator[None]:
    """Remove what an interrupted backup has left, before and after."""
    _remove_unfinished(target)
    try:
        yield
    finally:
        with suppress(OSError):
            _remove_unfinished(target)


def _remove_unfinished(target: Path) -> None:
    for name in ("", *FOLDERS):
        for leftover in (target / name).glob(f"*{UNFINISHED}"):
            shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _joined(raw: Path, target: Path) -> fetch_log.Log:
    """Return the lines to keep. Raises RatesvcError if the target has any of another store, or of one that is ahead."""
    here, there = fetch_log.read(raw), fetch_log.read(target / "raw")
    try:
        joined = here.joined_with(there)
    except RatesvcError as contradiction:
        raise RatesvcError(f"{target} has another store's backup, which is not overwritten: {contradiction}") from None
    if there.last > here.last:
        raise RatesvcError(
            f"{target} has the fetch {there.last}, and the log in {raw} ends with {here.last}: this store has lost what"
            f" that backup has; `ratesvc restore --from {target}` brings it back"
        )
    return joined


def _copy_documents(raw: Path, target: Path) -> tuple[int, int, list[str]]:
    """Copy the documents that the target lacks; returns how many it has now, how many are new, and the damaged ones."""
    target.mkdir(parents=True, exist_ok=True)
    sizes = {path.name: path.stat().st_size for path in _files(target)}
    copied, damaged = 0, []
    for path in _files(raw):
        if re.fullmatch("[0-9a-f]{64}", path.name) and sizes.get(path.name) != path.stat().st_size:
            try:
                packed = path.read_bytes()
                raw_documents.content_of(packed, path)
            except (OSError, RatesvcError) as damage:
                damaged.append(str(damage))
                continue
            _put(packed, target / path.name)
            sizes[path.name] = len(packed)
            copied += 1
    flush(target)
    return sum(len(name) == 64 for name in sizes), copied, damaged


def _write_log(target: Path, log: fetch_log.Log) -> None:
    content = b"".join(line.text for line in log.lines.values())
    path = target / fetch_log.NAME
    if content and not (path.exists() and path.read_bytes() == content):
        _put(content, path)


def _copy_orders(orders: Path, target: Path) -> None:
    """Copy the orders that wait now, and remove those that no longer do."""
    waiting = {path.name: path for path in _files(orders) if path.suffix in (".json", ".decision")}
    for path in _files(target):
        if path.name not in waiting:
            path.unlink()
    for name, path in waiting.items():
        with suppress(FileNotFoundError):  # It has been carried out since.
            _put(path.read_bytes(), target / name)


def _copy_version(version: Published, published: Path) -> None:
    """Copy a version, verify the copy, point to it, and remove those before it."""
    folder = published / version.version
    unfinished = published / f"{version.version}{UNFINISHED}"
    try:
        reader.verify(folder)
    except RatesvcError:  # It is not there, or damaged.
        unfinished.mkdir()
        former = reader.versions(published)[-1:]
        for name, facts in version.manifest["files"].items():
            path, copy = version.folder / name, unfinished / name
            if any(link_same(each / name, copy, facts["sha256"]) for each in former):
                continue
            if manifest.is_kept_elsewhere(path):
                from ratesvc.publish.object_store import ObjectStore  # Its library takes memory, and few need it.

                ObjectStore(settings.load().history, tries=3).fetch(f"data/{version.version}/{name}", copy, facts)
            else:
                shutil.copyfile(path, copy)
            flush(copy)
        _put((version.folder / manifest.NAME).read_bytes(), unfinished / manifest.NAME)
        flush(unfinished)
        reader.verify(unfinished)
        if folder.exists():
            shutil.rmtree(folder)
        unfinished.rename(folder)
        flush(published)
    _put(version.pointer, published / reader.POINTER)
    for path in published.iterdir():
        if path.is_dir() and path != folder:
            shutil.rmtree(path)


def _put(content: bytes, path: Path) -> None:
    """Write a file completely or not at all. Whatever else could hold a backup would be reached here."""
    unfinished = path.with_name(f"{path.name}{UNFINISHED}")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if unfinished.read_bytes() != content:
        raise RatesvcError(f"{unfinished} has other bytes than were written to it: its disk is failing")
    unfinished.replace(path)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
