"""One snapshot: fetch every source, parse the answers, validate and store them."""

import asyncio
import csv
import io
import logging
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from ratesvc import sources
from ratesvc.collect.http import NOT_FOUND, Client, FetchError, Payload, at_origin
from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError, SourceError
from ratesvc.core.observation import midnight
from ratesvc.core.parsing import crosses, rates
from ratesvc.core.quoting import LONGEST_MESSAGE, in_short
from ratesvc.core.reading import Reading
from ratesvc.core.urls import host_of
from ratesvc.sources import Source
from ratesvc.store import raw_documents
from ratesvc.store.database import Store
from ratesvc.store.write import Reason, record
from ratesvc.validation.fetch_result import ARCHIVED, Answer, Fetch

log = logging.getLogger("ratesvc")
T = TypeVar("T")

_INSTALLED = Path(__file__).parents[1] / "archive"
ARCHIVE = _INSTALLED if _INSTALLED.is_dir() else Path(__file__).parents[2] / "data" / "archive"
"""The bundled history: inside the installed package, else in the source tree."""


def take_snapshot(store: Store, selection: Mapping[str, Source], reason: Reason) -> list[Fetch]:
    """Fetch the sources in parallel and store their answers. A source that fails or hangs delays no other.

    It takes at most RATESVC_DEADLINE seconds; answers until then are stored.
    """
    began = now()
    ways = {name: ways_to(name, source.newest(began.date())) for name, source in selection.items()}
    earlier = _earlier(store, [url for urls in ways.values() for url in urls])

    async def fetch_all() -> list[Answer]:
        async with client() as shared:
            return await asyncio.gather(
                *(ask(shared, name, source, ways[name], earlier) for name, source in selection.items())
            )

    fetches = record(store, reason, run(fetch_all()))
    for (sentence,) in store.query("SELECT sentence FROM events WHERE seen_at >= ?", [began.replace(tzinfo=None)]):
        log.warning("%s", sentence)
    return fetches


def nobody_reached(fetches: Sequence[Fetch]) -> bool:
    """Return whether none of several sources returned anything, not even an error: probably our own network."""
    return len(fetches) > 1 and all(fetch.failed and fetch.answer.http_status is None for fetch in fetches)


def load_archive(store: Store) -> list[Fetch]:
    """Fill an empty store with the bundled history, one file per source.

    Where the store has an earlier release of a file, the days and pairs are added that it lacks; nothing is corrected.
    """
    empty = not store.query("FROM observations LIMIT 1")
    files = sorted(ARCHIVE.glob("*.csv"))
    if empty and not files:
        log.warning("no history is bundled in %s: the store starts empty", ARCHIVE)
    loaded = dict(
        store.query("SELECT url, list(payload_sha256) FROM fetches WHERE starts_with(url, ?) GROUP BY url", [ARCHIVED])
    )
    answers = []
    for path in files:
        releases = loaded.get(f"{ARCHIVED}{path.name}", [])
        if empty or (releases and raw_documents.sha256_of(path.read_bytes()) not in releases):
            answer = _read_archive(path)
            known = set(store.query("SELECT base, quote, observed_at FROM standing WHERE source = ?", [path.stem]))
            lacking = [
                each
                for each in answer.observations
                if (each.base, each.quote, each.observed_at.replace(tzinfo=None)) not in known
            ]
            answers.append(replace(answer, reading=Reading(observations=lacking)))
    return record(store, "archive", answers) if answers else []


def ask_one(name: str) -> Answer:
    """Fetch a source now, without storing anything. Raises RatesvcError if it fails."""
    source = sources.named(name)

    async def alone() -> Answer:
        async with client() as shared:
            return await ask(shared, name, source, ways_to(name, source.newest(now().date())), {})

    answer = run(alone())
    if answer.failed:
        raise RatesvcError(f"{name}: failed: {answer.error}")
    return answer


def read_file(name: str, path: Path) -> Answer:
    """Read a saved document of a source. Raises RatesvcError if it cannot be read."""
    try:
        reading = sources.named(name).parse(path.read_bytes()).only(settings.load().bases)
    except (SourceError, ValueError) as strange:
        raise RatesvcError(f"{path}: {_in_a_line(strange)}") from None
    days = [observation.observed_at.date() for observation in reading.observations] or [now().date()]
    return Answer(
        source=name,
        url=str(path),
        started_at=now(),
        finished_at=now(),
        asked_for=(min(days), max(days)),
        reading=reading,
    )


def now() -> datetime:
    """Return the current time: aware, UTC."""
    return datetime.now(UTC)


def client() -> Client:
    """Create the HTTP client of this service."""
    address = settings.load().public_url
    return Client(str(address) if address else None)


def run(work: Coroutine[None, None, T]) -> T:
    """Run a coroutine to its end in its own event loop."""
    # Not asyncio.run, which would finally wait for a hanging name server.
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


def ways_to(name: str, urls: Sequence[str]) -> list[str]:
    """Return the URLs to use: RATESVC_ORIGIN_<SOURCE> replaces the first host, and then no other host is used."""
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
) -> Answer:
    """Try the URLs of a source in order, until one returns rates.

    Errors are in the Answer; none is raised.
    """
    started_at, seconds = now(), settings.load().deadline
    attempt, error, failed = _Attempt(), "", False
    try:
        async with asyncio.timeout(seconds):
            await _try(shared, source, ways, earlier, asked_for, attempt)
        error = _joined(attempt.complaints)
    except TimeoutError:
        late = f"there was no answer within {seconds:g} s, with all tries"
        error, failed = _joined([*attempt.complaints, late]), True
    except Exception as failure:  # noqa: BLE001 - only here: any error of a source is a failed fetch
        error, failed = _in_a_line(failure), True
    return Answer(
        source=name,
        url=attempt.url,
        started_at=started_at,
        finished_at=now(),
        http_status=attempt.http_status,
        document=attempt.document,
        etag=attempt.etag,
        last_modified=attempt.last_modified,
        asked_for=asked_for,
        error=error or None,
        failed=failed,
        reading=attempt.reading,
    )


@dataclass(slots=True)
class _Attempt:
    """Results so far, URL after URL, also used if the deadline ends the attempt."""

    url: str = ""
    http_status: int | None = None
    document: bytes | None = None
    etag: str | None = None
    last_modified: str | None = None
    reading: Reading = field(default_factory=Reading)
    complaints: list[str] = field(default_factory=list)


async def _try(
    shared: Client,
    source: Source,
    ways: Sequence[str],
    earlier: Mapping[str, Payload],
    asked_for: tuple[date, date] | None,
    attempt: _Attempt,
) -> None:
    nothing_published = False
    for url in ways:
        attempt.url, attempt.document = url, None
        try:
            payload = await shared.get(
                url, publisher=host_of(source.SITE), pause=source.PAUSE_SECONDS, earlier=earlier.get(url)
            )
            attempt.http_status, attempt.document = payload.http_status, payload.content
            attempt.etag, attempt.last_modified = payload.etag, payload.last_modified
            attempt.reading = source.parse(payload.content).only(settings.load().bases)
            if attempt.reading.observations:
                return
            nothing_published = True
        except FetchError as failure:
            attempt.http_status = failure.http_status or attempt.http_status
            if asked_for and source.NOT_FOUND_IS_EMPTY and failure.http_status == NOT_FOUND:
                return  # Nothing was published for that day.
            attempt.complaints.append(str(failure))
        except (SourceError, ValueError) as strange:
            attempt.complaints.append(_in_a_line(strange))
    if not nothing_published:
        raise SourceError(_joined(attempt.complaints) or "there is no way to ask")


def _in_a_line(failure: Exception) -> str:
    return in_short(failure, LONGEST_MESSAGE) or in_short(repr(failure), LONGEST_MESSAGE)


def _joined(complaints: Sequence[str]) -> str:
    """Join complaints in one line, without duplicates."""
    return "; ".join(dict.fromkeys(complaints))


def _earlier(store: Store, urls: Sequence[str]) -> dict[str, Payload]:
    """Load the last answer of each URL, if its server supports conditional requests."""
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
        except RatesvcError as damage:
            log.warning("%s", damage)
            continue  # So the whole document is fetched, which replaces the damaged one.
        if content is not None:
            known[url] = Payload(url, content, None, etag, last_modified)
    return known


def parse_archive(source: str, content: bytes) -> Reading:
    """Parse a CSV file with the columns date, base, quote and rate, and cross the other bases through the dollar.

    Files of earlier versions have the columns date, currency and units_per_usd. Raises ValueError for anything else.
    """
    rows = csv.DictReader(io.StringIO(content.decode()))
    days: dict[datetime, dict[str, list[Decimal | SourceError]]] = {}
    try:
        for row in rows:
            if row.get("base", "USD") != "USD":
                raise ValueError(f"its base {row['base']} is not USD")
            code, digits = (row["quote"], row["rate"]) if "quote" in row else (row["currency"], row["units_per_usd"])
            days.setdefault(midnight(row["date"]), {}).setdefault(code, []).append(Decimal(digits))
        readings = [rates(source, day, crosses(units)) for day, units in days.items()]
    except (KeyError, TypeError, ValueError, ArithmeticError, SourceError, csv.Error) as strange:
        raise ValueError(f"line {rows.line_num}: {in_short(repr(strange))}") from None
    if not days:
        raise ValueError("it has no rates")
    reading = Reading(observations=[each for observations, _ in readings for each in observations])
    return reading.only(settings.load().bases)


def _read_archive(path: Path) -> Answer:
    started_at = now()
    content = path.read_bytes()
    try:
        reading = parse_archive(path.stem, content)
    except ValueError as strange:
        raise RatesvcError(f"the archive {path} cannot be read: {strange}") from None
    return Answer(
        source=path.stem,
        url=f"{ARCHIVED}{path.name}",
        started_at=started_at,
        finished_at=now(),
        document=content,
        reading=reading,
    )
