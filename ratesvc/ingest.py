"""One snapshot: ask every source, read the answers, set aside what is doubtful, store the rest."""

import asyncio
import csv
import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from ratesvc import fetch, settings
from ratesvc.errors import CouldNot
from ratesvc.observation import Observation, midnight
from ratesvc.record import Fetch, Reason, record
from ratesvc.sources import Source, SourceError
from ratesvc.store import Store
from ratesvc.validate import missing, sort_out

log = logging.getLogger("ratesvc")

_INSTALLED = Path(__file__).with_name("archive")
ARCHIVE = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[1] / "data" / "archive"
"""The history that comes with the program: inside the package where it was installed, else in the source tree."""


def snapshot(store: Store, asked: Mapping[str, Source], reason: Reason) -> list[Fetch]:
    """Asks the sources side by side and stores what they said. One that fails or hangs delays no other."""
    # Not asyncio.run, which at its end would wait for a name server that hangs.
    loop = asyncio.new_event_loop()
    try:
        fetches = loop.run_until_complete(_ask_all(asked))
    finally:
        loop.close()
    record(store, reason, fetches)
    return fetches


def load_archive(store: Store) -> list[Fetch]:
    """Fills an empty store with the bundled history, one file a source; leaves any other store alone."""
    if store.query("FROM observations LIMIT 1"):
        return []
    fetches = [_read_archive(path) for path in sorted(ARCHIVE.glob("*.csv"))]
    if fetches:
        record(store, "archive", fetches)
    else:
        log.warning("no history is bundled in %s: the store starts empty", ARCHIVE)
    return fetches


async def _ask_all(asked: Mapping[str, Source]) -> list[Fetch]:
    return await asyncio.gather(*(_ask(name, source) for name, source in asked.items()))


async def _ask(name: str, source: Source) -> Fetch:
    """Tries the ways of a source in their order; the first that answers with a readable document is taken."""
    asked = Fetch(source=name, url="", started_at=datetime.now(UTC), finished_at=datetime.now(UTC))
    complaints: list[str] = []
    try:
        for asked.url in _ways(name, source):
            try:
                payload = await fetch.get(asked.url)
                asked.http_status = payload.http_status
                observations = source.parse(payload.content)
                break
            except (fetch.FetchError, SourceError, ValueError) as failure:
                complaints.append(str(failure))
                asked.http_status = getattr(failure, "http_status", asked.http_status)
        else:
            raise SourceError("; ".join(complaints) or "it has no way to ask")
    except Exception as failure:  # noqa: BLE001 - the one place: whatever a source does wrong is its own failure
        asked.finished_at = datetime.now(UTC)
        asked.failed, asked.error = True, str(failure) or repr(failure)
        return asked
    asked.finished_at = datetime.now(UTC)
    asked.bytes, asked.payload_sha256 = len(payload.content), payload.sha256
    asked.kept, asked.set_aside = sort_out(observations, asked.finished_at)
    if observations:
        asked.set_aside += missing(name, source.CURRENCIES, observations)
    if observations and not asked.kept:
        asked.failed = True
        complaints.append(asked.set_aside[0].reason)
    asked.error = "; ".join(complaints) or None
    return asked


def _ways(name: str, source: Source) -> list[str]:
    origin = settings.load().origin.get(name)
    ways = source.urls()
    return [fetch.at_origin(ways[0], str(origin))] if origin else ways


def _read_archive(path: Path) -> Fetch:
    """The observations in a file of the columns date, currency, units_per_usd. Raises CouldNot for another kind."""
    started_at = datetime.now(UTC)
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines)
        try:
            observations = [
                Observation(
                    source=path.stem,
                    currency=row["currency"],
                    observed_at=midnight(row["date"]),
                    units_per_usd=Decimal(row["units_per_usd"]),
                )
                for row in rows
            ]
        except (KeyError, ValueError, ArithmeticError) as strange:
            raise CouldNot(f"the archive {path} cannot be read at line {rows.line_num}: {strange!r}") from None
    kept, set_aside = sort_out(observations, started_at)
    return Fetch(
        source=path.stem,
        url=f"archive:{path.name}",
        started_at=started_at,
        finished_at=datetime.now(UTC),
        bytes=path.stat().st_size,
        kept=kept,
        set_aside=set_aside,
    )
