"""Publish immutable versions of the database.

A version is a folder `data/published/<version>/`. It is written under a temporary name, flushed to
the disk and renamed; then the pointer `latest.json` is replaced. The pointer always leads to a
complete version, even if this process is killed. A version is never changed.
"""

import hashlib
import logging
import os
import re
import shutil
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import orjson

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError
from ratesvc.publish import reader
from ratesvc.publish.reader import Published
from ratesvc.render import ticker
from ratesvc.store.database import Store

log = logging.getLogger("ratesvc")

KEPT = 3
"""How many of the latest versions are never removed."""
KEPT_FOR = timedelta(days=1)
"""Age at which other versions are removed."""
UNFINISHED = ".unfinished"

_publishing = threading.Lock()
"""A snapshot and a backfill in one process may publish at the same time."""

_EXPORTS = {
    "rates.parquet": "FROM rates ORDER BY source, currency, observed_on",
    "observations.parquet": "FROM observations ORDER BY source, currency, observed_at, seen_at",
}
_COUNTS = """
SELECT
    (SELECT count(*) FROM observations) AS observations,
    (SELECT count(*) FROM rates) AS rates,
    (SELECT count(*) FROM rejections) AS rejections,
    (SELECT count(*) FROM fetches) AS fetches,
    (SELECT count(*) FROM snapshots) AS snapshots
"""


def publish(store: Store, next_snapshot_at: datetime | None = None) -> str:
    """Publish the store as a new version; returns its name.

    next_snapshot_at: aware; time of the next snapshot, so that responses can be cached until then.
    Raises RatesvcError if the disk is full or cannot be written; the last version then remains the latest.
    """
    with _publishing:
        return _publish(store, next_snapshot_at)


def _publish(store: Store, next_snapshot_at: datetime | None) -> str:
    published = settings.load().published
    published_at = datetime.now(UTC)
    published_at = published_at.replace(microsecond=published_at.microsecond // 1000 * 1000)
    version = _name(published, published_at)
    unfinished = published / f"{version}{UNFINISHED}"
    try:
        unfinished.mkdir(parents=True)
        store.copy_to(unfinished / "rates.duckdb")
        manifest = _fill(
            Published(
                version=version,
                folder=unfinished,
                published_at=published_at,
                next_snapshot_at=next_snapshot_at,
            )
        )
        _flush(unfinished)
        unfinished.rename(published / version)
        _point(published, manifest)
    except (OSError, RatesvcError, duckdb.IOException) as failure:
        for remains in (unfinished, published / version):
            shutil.rmtree(remains, ignore_errors=True)
        raise RatesvcError(f"could not publish in {published}: {reader.first_line(failure)}") from None
    _flush_one(published)
    _note_publications(store)  # Last, so that only complete versions are recorded.
    return version


def recover(store: Store) -> None:
    """Clean up after a killed publisher: remove unfinished versions, and record those not yet recorded."""
    published = settings.load().published
    for leftover in published.glob(f"*{UNFINISHED}"):
        _remove(leftover)
    _note_publications(store)


def remove_old(now: datetime) -> int:
    """Remove old versions; returns their number."""
    published = settings.load().published
    versions = _versions(published)
    pointed = reader.newest(published).folder
    # Use the folder's modification time: after the clock is set back, names are ahead of it.
    limit = (now - KEPT_FOR).timestamp()
    old = [path for path in versions[:-KEPT] if path.stat().st_mtime < limit and path != pointed]
    for path in old:
        # Rename first, so that a half-removed folder is not taken for a version if this is killed.
        _remove(path.rename(f"{path}{UNFINISHED}"))
    return len(old)


def _fill(version: Published) -> dict[str, Any]:
    """Write all files of a version except the copy of the database; returns the manifest."""
    folder = version.folder
    with closing(reader.Reader(version)) as copy:
        for name, query in _EXPORTS.items():
            quoted = str(folder / name).replace("'", "''")
            copy.query(f"COPY ({query}) TO '{quoted}' (FORMAT parquet, COMPRESSION zstd)")
        rows = copy.with_banks(copy.rows("FROM ticker"))
        [counts] = copy.rows(_COUNTS)
        snapshots = copy.rows("FROM snapshots ORDER BY snapshot_id DESC LIMIT 1")
    (folder / "ticker.json").write_bytes(ticker.as_json(rows, version.version, version.published_at))
    (folder / "ticker.txt").write_bytes(ticker.as_text(rows))
    (folder / "ticker.html").write_bytes(ticker.as_page(rows))
    manifest = {
        "version": version.version,
        "published_at": version.published_at,
        "next_snapshot_at": version.next_snapshot_at,
        "snapshot": snapshots[0] if snapshots else None,
        "rows": counts,
        "files": {path.name: _measure(path) for path in sorted(folder.iterdir())},
    }
    (folder / "manifest.json").write_bytes(_json(manifest))
    return manifest


def _measure(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _point(published: Path, manifest: dict[str, Any]) -> None:
    """Replace the pointer, the last step that can fail; its content is the manifest of the version."""
    unfinished = published / f"{reader.POINTER}{UNFINISHED}"
    unfinished.write_bytes(_json(manifest))
    _flush_one(unfinished)
    unfinished.replace(published / reader.POINTER)


def _note_publications(store: Store) -> None:
    """Record each version's ticker in the store, once, and remove versions that the pointer never reached."""
    published = settings.load().published
    try:
        newest = reader.newest(published)
    except RatesvcError:
        return  # There is none, or its pointer is damaged: the next publication replaces it.
    noted = {version for (version,) in store.query("SELECT version FROM publications")}
    for folder in _versions(published):
        if folder.name in noted:
            continue
        if folder.name > newest.version:
            _remove(folder)
            continue
        try:
            document = (folder / "ticker.json").read_text(encoding="utf-8")
            manifest = orjson.loads((folder / "manifest.json").read_bytes())
            facts = [manifest["published_at"], (manifest["snapshot"] or {}).get("snapshot_id")]
        except (OSError, ValueError, LookupError, TypeError) as damage:
            log.warning("the version %s is damaged: %s", folder, damage)
            continue
        with store.transaction() as connection:
            connection.execute(
                "INSERT INTO publications VALUES (?, ?::TIMESTAMP, ?, ?)", [folder.name, *facts, document]
            )


def _name(published: Path, now: datetime) -> str:
    """Name a version by its time to the millisecond, but after all others, so that names stay in order."""
    newest = [_moment(path.name) + timedelta(milliseconds=1) for path in _versions(published)[-1:]]
    moment = max([now, *newest])
    return f"{moment:%Y%m%dT%H%M%S}{moment.microsecond // 1000:03}Z"


def _versions(published: Path) -> list[Path]:
    """List the folders of all versions, latest last."""
    return sorted(path for path in published.glob("2*Z") if re.fullmatch(r"2\d{7}T\d{9}Z", path.name))


def _moment(version: str) -> datetime:
    return datetime.strptime(version.removesuffix("Z") + "000", "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC)


def _flush(folder: Path) -> None:
    for path in folder.iterdir():
        _flush_one(path)
    _flush_one(folder)
    _flush_one(folder.parent)


def _flush_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _json(document: dict[str, Any]) -> bytes:
    return orjson.dumps(
        document,
        option=orjson.OPT_INDENT_2 | orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE,
    )
