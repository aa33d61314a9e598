"""Publish immutable versions of the database.

A version is a folder `data/published/<version>/`. It is written under a temporary name, flushed to
the disk and renamed; then the pointer `latest.json` is replaced. The pointer always leads to a
complete version, even if this process is killed. A version is never changed. A snapshot that
brought nothing new changes the pointer alone: it says when that was found.
"""

import hashlib
import logging
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

import duckdb

from ratesvc import sql
from ratesvc.core import settings
from ratesvc.core.disk import flush
from ratesvc.core.errors import RatesvcError
from ratesvc.core.seals import sealed
from ratesvc.publish import build, manifest, reader, sightings
from ratesvc.publish.reader import Published
from ratesvc.publish.versions import DAMAGED, UNFINISHED, link_same, moment_of, name_of, point, remove
from ratesvc.render import ticker
from ratesvc.store.database import Store

log = logging.getLogger("ratesvc")

_publishing = threading.Lock()
"""A snapshot and a backfill in one process may publish at the same time."""

_uploaded: str | None = None
"""The version whose months can be read at the address of RATESVC_HISTORY, if that is known."""

_COUNTS = """
SELECT
    (SELECT count(*) FROM rates) AS rates,
    (SELECT count(*) FROM rejections) AS rejections,
    (SELECT count(*) FROM fetches) AS fetches,
    (SELECT count(*) FROM snapshots) AS snapshots
"""
# All that readers can see, but for the time of the last check and the checks that found nothing: first what has
# arrived, which is counted quickly, then what the tickers are written from. Their texts follow, and take longer.
_ARRIVED = (
    "SELECT now_utc::DATE FROM clock",  # At least one version a day, so that its calendar and log are not older.
    "SELECT count(*), max(fetch_id), max(confirmed_by) FROM observations",
    "SELECT count(*), max(rejection_id) FROM rejections",
    "SELECT count(*), max(fetch_id) FROM decisions",
    "SELECT count(*) FROM fetches WHERE asked_to IS NOT NULL",
    "SELECT sum(hash(calendar)) FROM calendar",
    "FROM currencies",
    "FROM pairs",
    "FROM sources",
)
_SAID = (
    "FROM newest_rates ORDER BY ALL",
    "FROM newest_changes ORDER BY ALL",
    "FROM headline ORDER BY ALL",
    "FROM unconfirmed ORDER BY ALL",
    "FROM drift ORDER BY ALL",
    """
    SELECT
        source, state, last_observed_on, overdue_on, missed, last_outcome = 'failed', last_way, last_error,
        unreachable_since, history_failures, history_error
    FROM freshness
    ORDER BY source
    """,
)


def publish(store: Store, next_snapshot_at: datetime | None = None) -> str:
    """Publish the store as a new version; returns its name.

    next_snapshot_at: aware; time of the next snapshot, so that responses can be cached until then.
    Raises RatesvcError if the disk is full or cannot be written; the last version then remains the latest.
    """
    with _publishing:
        version = _publish(store, _digest(store.query, _ARRIVED), next_snapshot_at)
    _upload()
    return version


def publish_changes(store: Store, next_snapshot_at: datetime | None = None) -> str | None:
    """Publish a new version if readers would see a change, and return its name.

    Else only note in the pointer that this was checked, and return None. A damaged version is replaced too.
    Raises RatesvcError as `publish` does.
    """
    version = _publish_changes(store, next_snapshot_at)
    _upload()
    return version


def _upload() -> None:
    global _uploaded
    if settings.load().publish_to:
        from ratesvc.publish import upload  # Its library takes memory, and few need it.

        _uploaded = upload.bring_up_to_date()


def _publish_changes(store: Store, next_snapshot_at: datetime | None) -> str | None:
    with _publishing:
        published, arrived = settings.load().published, _digest(store.query, _ARRIVED)
        try:
            newest = reader.newest(published)
        except RatesvcError as damage:
            if reader.versions(published):
                log.error("%s; now publishing a new one", damage)
        else:
            state = str(newest.manifest.get("state"))
            # If something has arrived, there is a change to publish, and the views need not be asked.
            if state.startswith(arrived) and state == f"{arrived} {_digest(store.query, _SAID)}":
                with _refused_by(published):
                    now, last = datetime.now(UTC), _last_snapshot(store)
                    checked = replace(
                        newest, checked_at=now, checked_snapshot_id=last, next_snapshot_at=next_snapshot_at
                    )
                    point(published, checked.pointer)
                return None
        return _publish(store, arrived, next_snapshot_at)


def recover(store: Store) -> None:
    """Clean up after a killed publisher: remove unfinished versions, and record those not yet recorded.

    Raises RatesvcError if the store has lost snapshots that were published: DuckDB ignores a log that was cut off, and
    somebody may have put an older file in its place.
    """
    published = settings.load().published
    try:
        loss = _loss(store, reader.newest(published))
    except RatesvcError:
        loss = None  # There is nothing to compare with.
    if loss and settings.load().store:
        raise RatesvcError(f"{loss}: `ratesvc store move` brings what a file has into an empty lake")
    if loss:
        raise RatesvcError(f"{loss}: `ratesvc restore --replace` brings back what was lost, and keeps the present file")
    for leftover in published.glob(f"*{UNFINISHED}"):
        remove(leftover)
    _note_publications(store)


def set_damaged_aside() -> list[str]:
    """Read every file of every version again, and rename damaged versions; returns a sentence about each.

    If the newest one was damaged, `publish_changes` publishes a new one.
    """
    published, damages = settings.load().published, []
    manifest.forget()
    for folder in reader.versions(published):
        try:
            manifest.verified(folder)
        except RatesvcError as damage:
            damages.append(str(damage))
            with _publishing:
                folder.rename(f"{folder}{DAMAGED}")
    return damages


def _digest(query: Callable[[str], list[tuple[Any, ...]]], queries: Sequence[str]) -> str:
    """Sum up what queries of the store or of a published file find now, so that a change of any of it shows."""
    digest = hashlib.sha256(f"{version_of('ratesvc')} {sql.digest()}".encode())
    for each in queries:
        digest.update(repr(query(each)).encode())
    return digest.hexdigest()


def _publish(store: Store, arrived: str, next_snapshot_at: datetime | None) -> str:
    published = settings.load().published
    published_at = datetime.now(UTC)
    published_at = published_at.replace(microsecond=published_at.microsecond // 1000 * 1000)
    version = _name(published, published_at)
    unfinished = published / f"{version}{UNFINISHED}"
    with _refused_by(published, unfinished, published / version):
        unfinished.mkdir(parents=True)
        with store.at_rest() as connection:
            build.export(connection, unfinished)
            written = sightings.write(connection, unfinished, published_at, _uploaded)
        build.build(unfinished, version, written)
        facts = _fill(unfinished, version, published_at, written, arrived)
        _share(unfinished, facts)
        _flush(unfinished)
        unfinished.rename(published / version)
        whole = replace(reader.verify(published / version), next_snapshot_at=next_snapshot_at)
        if written.elsewhere:
            from ratesvc.publish import upload

            upload.send_ahead(whole)
        point(published, whole.pointer)
    _note_publications(store)  # Last, so that only complete versions are recorded.
    return version


@contextmanager
def _refused_by(published: Path, *unfinished: Path) -> Iterator[None]:
    """Say in one line that the disk refused, and remove what is unfinished."""
    try:
        yield
    except (OSError, RatesvcError, duckdb.IOException, duckdb.TransactionException) as failure:
        for remains in unfinished:
            shutil.rmtree(remains, ignore_errors=True)
        raise RatesvcError(f"could not publish in {published}: {reader.first_line(failure)}") from None


def _fill(
    folder: Path, version: str, published_at: datetime, written: sightings.Written, arrived: str
) -> dict[str, Any]:
    """Write the files of a version that come from its views, and its manifest."""
    unfinished = Published(
        version=version,
        folder=folder,
        published_at=published_at,
        checked_at=published_at,
        checked_snapshot_id=0,
        next_snapshot_at=None,
        manifest={"layout": sql.LAYOUT},
    )
    with closing(reader.Reader(unfinished)) as copy:
        rates = "FROM rates ORDER BY source, base, quote, observed_on"
        # Of the file, where the rows behind these views are kept: the store computes them in five times as long.
        said = _digest(lambda query: copy.query(query).fetchall(), _SAID)
        sightings.write_parquet(copy.cursor(), folder / "rates.parquet", rates)
        rows = copy.with_banks(copy.rows("FROM ticker"))
        [counts] = copy.rows(_COUNTS)
        snapshots = copy.rows("FROM snapshots ORDER BY snapshot_id DESC LIMIT 1")
    (folder / "ticker.json").write_bytes(ticker.as_json(rows, version, published_at))
    (folder / "ticker.txt").write_bytes(ticker.as_text(rows))
    (folder / "ticker.html").write_bytes(ticker.as_page(rows))
    facts = {
        "version": version,
        "layout": sql.LAYOUT,
        "published_at": published_at,
        "snapshot": snapshots[0] if snapshots else None,
        "rows": {"observations": written.count, **counts},
        "months": written.months,
        "state": f"{arrived} {said}",
        "files": {path.name: _measure(path) for path in sorted(folder.iterdir())} | written.elsewhere,
    }
    (folder / manifest.NAME).write_bytes(sealed(facts))
    return facts


def _measure(path: Path) -> dict[str, Any]:
    return {"bytes": path.stat().st_size, "sha256": manifest.digest(path)}


def _share(folder: Path, facts: dict[str, Any]) -> None:
    """Replace each file that the last version has too by a hard link to it."""
    for last in reader.versions(folder.parent)[-1:]:
        for path in sorted(folder.iterdir()):
            known, file = last / path.name, facts["files"].get(path.name)
            if file and known.is_file() and known.stat().st_size == file["bytes"] and not known.samefile(path):
                link_same(known, path, file["sha256"])


def _loss(store: Store, published: Published) -> str | None:
    """Return what the store lacks of what is published. Its end is not enough: an older file may have a newer log."""
    if (last := _last_snapshot(store)) < (known := published.checked_snapshot_id):
        return f"the store ends with snapshot {last}, but what is published goes on to {known}"
    snapshot, rows = published.manifest["snapshot"], published.manifest["rows"]
    [(observations, rejections)] = store.query(_UP_TO, {"snapshot": snapshot["snapshot_id"] if snapshot else 0})
    if observations < rows["observations"] or rejections < rows["rejections"]:
        return (
            f"the store has {observations:,} of the {rows['observations']:,} observations and {rejections:,} of the"
            f" {rows['rejections']:,} rejections that are published"
        )
    return None


_UP_TO = """
WITH published AS (SELECT coalesce(max(fetch_id), 0) AS last FROM fetches WHERE snapshot_id <= $snapshot)
SELECT
    (SELECT count(*) FROM observations WHERE coalesce(confirmed_by, fetch_id) <= last),
    (SELECT count(*) FROM rejections WHERE fetch_id <= last)
FROM published
"""


def _last_snapshot(store: Store) -> int:
    [(snapshot_id,)] = store.query("SELECT coalesce(max(snapshot_id), 0) FROM snapshots")
    return int(snapshot_id)


def _note_publications(store: Store) -> None:
    """Record what each version's ticker says, once, and remove versions that the pointer never reached."""
    published = settings.load().published
    try:
        newest = reader.newest(published)
    except RatesvcError:
        return  # There is none, or it is damaged: the next publication replaces it.
    noted = {version for (version,) in store.query("SELECT version FROM published_versions")}
    for folder in reader.versions(published):
        if folder.name in noted:
            continue
        if folder.name > newest.version:
            remove(folder)
            continue
        try:
            facts = manifest.verified(folder)
            document = (folder / "ticker.json").read_text(encoding="utf-8")
            snapshot_id = (facts["snapshot"] or {}).get("snapshot_id")
        except (OSError, ValueError, LookupError, TypeError, RatesvcError) as damage:
            log.warning("what the version %s said cannot be recorded: %s", folder.name, damage)
            continue
        said = {"version": folder.name, "published_at": facts["published_at"], "ticker": document}
        with store.transaction() as connection:
            [(texts,)] = connection.execute(_TEXTS, said).fetchall()
            connection.execute(_NOTE_ROWS, {"texts": texts})
            connection.execute(
                _NOTE_VERSION,
                {
                    "version": folder.name,
                    "published_at": facts["published_at"],
                    "snapshot_id": snapshot_id,
                    "texts": texts,
                },
            )


_TEXTS = """
SELECT
    string_split(
        CASE WHEN starts_with($ticker, head) THEN substring($ticker, length(head) + 1) ELSE $ticker END, '},{"pair":'
    )
FROM (SELECT ticker_head($version, $published_at::TIMESTAMP) AS head)
"""
_NOTE_ROWS = """
INSERT INTO ticker_rows
SELECT (SELECT coalesce(max(row_id), 0) FROM ticker_rows) + row_number() OVER (ORDER BY min(place)), text
FROM (SELECT unnest($texts::VARCHAR[]) AS text, generate_subscripts($texts::VARCHAR[], 1) AS place)
ANTI JOIN ticker_rows USING (text)
GROUP BY text
ORDER BY 1
"""
_NOTE_VERSION = """
INSERT INTO published_versions
SELECT $version, $published_at::TIMESTAMP, $snapshot_id, list(row_id ORDER BY place)
FROM (SELECT unnest($texts::VARCHAR[]) AS text, generate_subscripts($texts::VARCHAR[], 1) AS place)
JOIN ticker_rows USING (text)
"""


def _name(published: Path, now: datetime) -> str:
    """Name a version by its time to the millisecond, but after all others, so that names stay in order."""
    newest = [moment_of(path.name) + timedelta(milliseconds=1) for path in reader.versions(published)[-1:]]
    return name_of(max([now, *newest]))


def _flush(folder: Path) -> None:
    for path in folder.iterdir():
        flush(path)
    flush(folder)
    flush(folder.parent)
