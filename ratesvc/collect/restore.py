"""Bring back a store that is missing or damaged: `ratesvc restore`.

It is made from the newest whole published version and the log of fetches in `raw/`, which has what was stored since;
or from the log alone. A backup has both, in the same folders as the data (backup.py). The new file is finished under
another name before it takes the place of the old one, which is kept.

A store is never begun anew, from the bundled history, where another one has been: `refuse_a_lost_one`.
"""

from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ratesvc.collect import backup
from ratesvc.core import settings
from ratesvc.core.disk import alone_in, flush
from ratesvc.core.errors import BusyError, RatesvcError, UsageError
from ratesvc.core.sql_text import literal
from ratesvc.publish import build, reader
from ratesvc.publish.reader import Published
from ratesvc.store import daily, fetch_log
from ratesvc.store.database import Store, why_not_open

UNFINISHED = ".unfinished"
WAL = ".wal"
"""DuckDB's suffix of the log of a database file. Beside another file than its own it would damage that."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored. base: the version, if one was used. fetches: how many came from the log beyond it."""

    store: Path
    base: Published | None
    fetches: int
    observations: int
    newest: datetime | None
    notes: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"the version {self.base.folder}"] if self.base else []
        if self.fetches or not self.base:
            parts.append(f"the log of fetches ({self.fetches:,}{' later' if self.base else ''})")
        words = f"restored {self.store} from {' and '.join(parts)}: {self.observations:,} observations"
        if self.newest:
            words += f", the last of {self.newest:%Y-%m-%d %H:%M} UTC"
        return "; ".join([words, *self.notes])


def restore(source: Path | None = None, *, raw_only: bool = False, forced: bool = False) -> Restored:
    """Restore the store; the caller publishes it.

    source: a backup; None for the data folder itself. raw_only: use the log alone. forced: even if there is a store
    that is whole. Raises RatesvcError if there is, or if there is nothing to restore from.
    """
    config = settings.load()
    if config.store:
        raise RatesvcError(
            f"a lake is not restored in its place: unset RATESVC_STORE, run `ratesvc restore` again, which makes"
            f" {config.database}, then `ratesvc store move {config.database} {settings.LAKE}...` into a new database"
        )
    home = source or config.data
    if source and not source.is_dir():
        raise UsageError(f"{source} is no folder with a backup")
    with alone_in(config.data, "restore"):
        _refuse_a_whole_one(config.database, forced=forced)
        base, passed_over = (None, []) if raw_only else reader.newest_whole(home / "published")
        log, foreign = _log(source, forced=forced)
        if base is None and not log.lines:
            where = home / "raw" / fetch_log.NAME if raw_only else f"{home / 'published'} or {home / 'raw'}"
            raise RatesvcError(f"there is nothing to restore from in {where}: `--from FOLDER` names a backup")
        unfinished = config.database.with_name(f"{config.database.name}{UNFINISHED}")
        try:
            _remove(unfinished)
            restored = _build(unfinished, base, log, passed_over)
            former = [_set_aside(config.raw / fetch_log.NAME)] if foreign else []
            if source:
                backup.bring_back(source, log)
            former.append(_set_aside(config.database))
            unfinished.replace(config.database)
            flush(config.database.parent)
        except OSError as failure:
            raise RatesvcError(f"could not restore {config.database}: {failure.strerror or failure}") from None
        finally:
            with suppress(OSError):  # It is there only if the folder can be written.
                _remove(unfinished)
    kept = [f"the former file is kept as {path}" for path in former if path]
    return replace(restored, store=config.database, notes=(*restored.notes, *kept))


def refuse_a_lost_one() -> None:
    """Raise RatesvcError if the store is missing or empty, and versions or documents show that there was one.

    Does not open the file: closing it would drop DuckDB's lock.
    """
    config = settings.load()
    if config.store:
        return  # Whether it has lost what was published, `publish.recover` finds out.
    if config.database.exists() and config.database.stat().st_size:
        return
    found = f"{config.database} is {'empty' if config.database.exists() else 'missing'}"
    versions = reader.versions(config.published)
    if versions:
        raise RatesvcError(
            f"{found}, and there are published versions up to {versions[-1].name}: `ratesvc restore` brings it back"
        )
    if (config.raw / fetch_log.NAME).exists():
        raise RatesvcError(
            f"{found}, and {config.raw} has documents and their log: `ratesvc restore --from-raw` brings it back"
        )
    if config.raw.is_dir() and any(config.raw.iterdir()):
        raise RatesvcError(
            f"{found}, and {config.raw} has documents but no log of them: `ratesvc restore --from FOLDER` brings the"
            f" store back from a backup; to begin anew, move {config.raw} away"
        )


def _log(source: Path | None, *, forced: bool) -> tuple[fetch_log.Log, bool]:
    """Return the lines to restore, and whether the log here is another store's, which --replace allows."""
    here = fetch_log.read(settings.load().raw)
    if not source:
        return here, False
    there = fetch_log.read(source / "raw")
    try:
        return here.joined_with(there), False
    except RatesvcError as contradiction:
        if not forced:
            raise RatesvcError(
                f"{source} and {settings.load().raw}: {contradiction}; `--replace` restores the backup's, and keeps"
                " what is here aside"
            ) from None
        return there, True


def _refuse_a_whole_one(path: Path, *, forced: bool) -> None:
    """Raise RatesvcError for a store that a process is writing, or that is whole unless it is to be replaced."""
    if not path.exists() or not path.stat().st_size:
        return
    with closing(duckdb.connect()) as connection:
        try:
            connection.execute(f"ATTACH {literal(path)} AS found (READ_ONLY); USE found")
            tables = [name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
            for name in tables:  # Every block has a checksum, which is compared when it is read.
                connection.execute(f'SELECT bit_xor(hash(each)) FROM "{name}" AS each').fetchall()
        except duckdb.Error as damage:
            reason = why_not_open(path, str(damage))
            if isinstance(reason, BusyError):
                raise reason from None
            return
    if "observations" in tables and not forced:
        raise RatesvcError(f"{path} is there and can be read: `--replace` replaces it nevertheless, and keeps it aside")


def _build(path: Path, base: Published | None, log: fetch_log.Log, passed_over: list[str]) -> Restored:
    if base:
        build.copy_as_store(base, path)
    with closing(Store(path)) as store:
        fetches = fetch_log.insert(store, log.lines.values())
        with store.transaction() as connection:
            daily.sum_up_all(connection)
        [(observations, newest)] = store.query("SELECT count(*), max(seen_at) FROM observations")
    flush(path)
    notes = [f"{each}, so an older one was taken" for each in passed_over]
    if log.damaged:
        notes.append(f"{log.damaged:,} damaged lines of the log were ignored")
    if base is None:
        notes.append("fetches that brought nothing new, and earlier tickers, are not in the log")
    elif not log.lines:
        notes.append(
            f"there is no log of fetches, so what was stored after {base.published_at:%Y-%m-%d %H:%M} UTC is lost"
        )
    return Restored(path, base, fetches, observations, newest, tuple(notes))


def _set_aside(path: Path) -> Path | None:
    """Rename the present file, and its write-ahead log with it."""
    now = datetime.now(UTC)
    aside = path.with_name(f"{path.name}.before-{now:%Y%m%dT%H%M%S.%fZ}")
    for suffix in (WAL, ""):  # In this order, so that a log is never left beside a file that is not its own.
        old = path.with_name(f"{path.name}{suffix}")
        if old.exists():
            old.rename(f"{aside}{suffix}")
    return aside if aside.exists() else None


def _remove(unfinished: Path) -> None:
    for suffix in ("", WAL):
        unfinished.with_name(f"{unfinished.name}{suffix}").unlink(missing_ok=True)
