"""One snapshot: ask every source, read the answers, set aside what is doubtful, store the rest."""

import asyncio
import csv
import io
import logging
from collections.abc import Coroutine, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from ratesvc import sources
from ratesvc.collect.http import NOT_FOUND, Client, FetchError, Payload, at_origin
from ratesvc.core import settings
from ratesvc.core.errors import CouldNot, SourceError
from ratesvc.core.observation import Observation, midnight
from ratesvc.core.reading import Reading
from ratesvc.core.urls import host_of
from ratesvc.sources import Source
from ratesvc.store import raw_documents
from ratesvc.store.database import Store
from ratesvc.store.write import Reason, record
from ratesvc.validation.fetch_result import ARCHIVED, Fetch, unreadable

log = logging.getLogger("ratesvc")
T = TypeVar("T")

_INSTALLED = Path(__file__).parents[1] / "archive"
ARCHIVE = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[2] / "data" / "archive"
"""The history that comes with the program: inside the package where it was installed, else in the source tree."""


def take_snapshot(store: Store, asked: Mapping[str, Source], reason: Reason) -> list[Fetch]:
    """Asks the sources side by side and stores what they said. One that fails or hangs delays no other.

    It takes RATESVC_DEADLINE seconds at most, and what the sources said until then is stored.
    """
    began = now()
    ways = {name: ways_to(name, source.newest(began.date())) for name, source in asked.items()}
    earlier = _earlier(store, [url for urls in ways.values() for url in urls])

    async def ask_all() -> list[Fetch]:
        async with client() as shared:
            return await asyncio.gather(
                *(ask(shared, name, source, ways[name], earlier) for name, source in asked.items())
            )

    fetches = run(ask_all())
    record(store, reason, fetches)
    for (sentence,) in store.query("SELECT sentence FROM events WHERE seen_at >= ?", [began.replace(tzinfo=None)]):
        log.warning("%s", sentence)
    return fetches


def nobody_reached(fetches: Sequence[Fetch]) -> bool:
    """Whether none of several sources answered anything, not even an error: most likely it is our own network."""
    return len(fetches) > 1 and all(fetch.failed and fetch.http_status is None for fetch in fetches)


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


def ask_one(name: str) -> Fetch:
    """What a source says now; nothing is stored. Raises CouldNot when it does not answer."""
    source = sources.named(name)

    async def alone() -> Fetch:
        async with client() as shared:
            return await ask(shared, name, source, ways_to(name, source.newest(now().date())), {})

    fetch = run(alone())
    if fetch.failed:
        raise CouldNot(fetch.sentence)
    return fetch


def read_file(name: str, path: Path) -> Fetch:
    """What a saved document of a source says. Raises CouldNot when it cannot be read."""
    try:
        reading = sources.named(name).parse(path.read_bytes())
    except (SourceError, ValueError) as strange:
        raise CouldNot(f"{path}: {_in_a_line(strange)}") from None
    days = [observation.observed_at.date() for observation in reading.observations] or [now().date()]
    return Fetch(
        source=name,
        url=str(path),
        started_at=now(),
        finished_at=now(),
        asked_for=(min(days), max(days)),
        reading=reading,
        set_aside=unreadable(name, reading),
    )


def now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)


def client() -> Client:
    """The HTTP client of this service."""
    address = settings.load().public_url
    return Client(str(address) if address else None)


def run(work: Coroutine[None, None, T]) -> T:
    """Runs a coroutine to its end in an event loop of its own."""
    # Not asyncio.run, which at its end would wait for a name server that hangs.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


def ways_to(name: str, urls: Sequence[str]) -> list[str]:
    """Where to ask in fact: RATESVC_ORIGIN_<SOURCE> replaces the first host, and then no other one is asked."""
    origin = settings.load().origin.get(name)
    if not origin:
        return list(urls)
    return [at_origin(url, str(origin)) for url in urls if host_of(url) == host_of(urls[0])]


async def ask(
    shared: Client,
    name: str,
    source: Source,
    ways: Sequence[str],
    earlier: Mapping[str, Payload],
    asked_for: tuple[date, date] | None = None,
) -> Fetch:
    """Tries the ways of a source in their order; the first that answers with rates is taken.

    Whatever goes wrong is in the Fetch, never an exception.
    """
    fetch = Fetch(source=name, url="", started_at=now(), finished_at=now(), asked_for=asked_for)
    complaints: list[str] = []
    seconds = settings.load().deadline
    try:
        async with asyncio.timeout(seconds):
            await _try(shared, source, ways, earlier, fetch, complaints)
        fetch.error = _told(complaints) or None
    except TimeoutError:
        complaints.append(f"there was no answer within {seconds:g} s, with all tries")
        fetch.failed, fetch.error = True, _told(complaints)
    except Exception as failure:  # noqa: BLE001 - the one place: whatever a source does wrong is its own failure
        fetch.failed, fetch.error = True, _in_a_line(failure)
    fetch.finished_at = now()
    fetch.set_aside = unreadable(name, fetch.reading)
    return fetch


async def _try(
    shared: Client,
    source: Source,
    ways: Sequence[str],
    earlier: Mapping[str, Payload],
    fetch: Fetch,
    complaints: list[str],
) -> None:
    nothing_published = False
    for fetch.url in ways:
        fetch.document = None
        try:
            payload = await shared.get(
                fetch.url, publisher=host_of(source.SITE), pause=source.PAUSE_SECONDS, earlier=earlier.get(fetch.url)
            )
            fetch.http_status, fetch.etag, fetch.last_modified = (
                payload.http_status,
                payload.etag,
                payload.last_modified,
            )
            fetch.document = payload.content
            fetch.reading = source.parse(payload.content)
            if fetch.reading.observations:
                return
            nothing_published = True
        except FetchError as failure:
            fetch.http_status = failure.http_status or fetch.http_status
            if fetch.asked_for and source.NOT_FOUND_IS_EMPTY and failure.http_status == NOT_FOUND:
                return  # Nothing was published for that day.
            complaints.append(str(failure))
        except (SourceError, ValueError) as strange:
            complaints.append(_in_a_line(strange))
    if not nothing_published:
        raise SourceError(_told(complaints) or "there is no way to ask")


def _in_a_line(failure: Exception) -> str:
    return " ".join(str(failure).split()) or repr(failure)


def _told(complaints: Sequence[str]) -> str:
    """In one line; what two ways complained of alike, once."""
    return "; ".join(dict.fromkeys(complaints))


def _earlier(store: Store, urls: Sequence[str]) -> dict[str, Payload]:
    """What each URL answered last, where its server can be asked whether that has changed."""
    rows = store.query(
        """
        SELECT url, unnest(max_by({sha256: payload_sha256, etag: etag, last_modified: last_modified}, fetch_id))
        FROM fetches
        WHERE list_contains(?, url) AND outcome <> 'failed'
        GROUP BY url
        """,
        [urls],
    )
    known = {}
    for url, sha256, etag, last_modified in rows:
        try:
            content = raw_documents.read(sha256) if sha256 and (etag or last_modified) else None
        except CouldNot as damage:
            log.warning("%s", damage)
            continue  # So the whole document is asked for, which mends it.
        if content is not None:
            known[url] = Payload(url, content, None, etag, last_modified)
    return known


def parse_archive(source: str, content: bytes) -> Reading:
    """The rates in a file of the columns date, currency, units_per_usd. Raises ValueError for another kind."""
    rows = csv.DictReader(io.StringIO(content.decode()))
    try:
        return Reading(
            observations=[
                Observation(
                    source=source,
                    currency=row["currency"],
                    observed_at=midnight(row["date"]),
                    units_per_usd=Decimal(row["units_per_usd"]),
                )
                for row in rows
            ]
        )
    except (KeyError, ValueError, ArithmeticError) as strange:
        raise ValueError(f"line {rows.line_num}: {strange!r}") from None


def _read_archive(path: Path) -> Fetch:
    started_at = now()
    content = path.read_bytes()
    try:
        reading = parse_archive(path.stem, content)
    except ValueError as strange:
        raise CouldNot(f"the archive {path} cannot be read: {strange}") from None
    return Fetch(
        source=path.stem,
        url=f"{ARCHIVED}{path.name}",
        started_at=started_at,
        finished_at=now(),
        document=content,
        reading=reading,
    )
