"""Backfill: request every missing day of a span from one source.

Each answer is stored at once, so a killed run can be repeated: answered days are not requested
again, including those without a publication. Requests are made one at a time, with the source's
pause between them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime

from ratesvc import sources
from ratesvc.collect import snapshot
from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.core.publication_calendar import ONE_DAY
from ratesvc.publish import publish
from ratesvc.store.database import Store
from ratesvc.store.write import record

PUBLISH_SECONDS = 180
"""How often a long run publishes its rates so far."""
MOST_FAILURES = 5
"""How many failures in a row end a run: the source is down, or refuses requests."""
AT_FIRST = (10, 365)
"""Days before the first answer of an official source that are filled in automatically. The last ten come first,
because changes need them."""
RECENT_DAYS = 10
"""How far back missing days, for example after an outage of ours, are filled in automatically."""
SETTLED_DAYS = 2
"""Days after which an answer for a day is final; an earlier one may still change and does not count."""


@dataclass(frozen=True, slots=True)
class Span:
    """The days from first to last, inclusive, of one source. Raises UsageError for days it cannot provide."""

    source: str
    first: date
    last: date

    def __post_init__(self) -> None:
        begin = sources.named(self.source).FIRST_DAY
        if begin is None:
            with_history = ", ".join(name for name, source in sources.load().items() if source.FIRST_DAY)
            raise UsageError(f"{self.source} has only its newest document; sources with history are {with_history}")
        if self.first < begin:
            raise UsageError(f"{self.source} has no rates before {begin}: the span cannot begin on {self.first}")
        if self.last < self.first:
            raise UsageError(f"the last day {self.last} is before the first, {self.first}")
        if self.last > datetime.now(UTC).date():
            raise UsageError(f"the last day {self.last} is in the future")

    def __str__(self) -> str:
        return f"{self.source} from {self.first} to {self.last}"


@dataclass(slots=True)
class Progress:
    """Progress of a run: days done of the total, rates stored, requests failed."""

    total: int
    done: int = 0
    stored: int = 0
    failed: int = 0

    def __str__(self) -> str:
        return f"{self.done:,} of {self.total:,} days, {self.stored:,} rates stored, {self.failed:,} requests failed"


def fill(
    store: Store,
    span: Span,
    report: Callable[[Progress], None],
    *,
    stopped: Callable[[], bool] = lambda: False,
    next_snapshot_at: Callable[[], datetime | None] = lambda: None,
) -> Progress:
    """Request the days of a span, earliest first; report progress after each answer; publish.

    Raises RatesvcError if the source failed too often in a row; the answers until then are stored and published.
    """
    days = unanswered(store, span)
    progress = Progress(total=len(days))
    report(progress)
    try:
        snapshot.run(_fetch_all(store, span, days, progress, report, stopped, next_snapshot_at))
    finally:
        if progress.done:
            publish.publish(store, next_snapshot_at())
    return progress


def unanswered(store: Store, span: Span) -> list[date]:
    """Return the days of a span without a rate from the source, or a final answer that there is none."""
    rows = store.query(
        _UNANSWERED,
        {"source": span.source, "first": span.first, "last": span.last, "settled": SETTLED_DAYS},
    )
    return [day for (day,) in rows]


def by_itself(store: Store) -> list[Span]:
    """Return the spans to fill in automatically: the year before a bank's first answer, later recent missing days."""
    first = at_first(store)
    begun = {span.source for span in first}
    return first + [span for span in lacking(store) if span.source not in begun]


def at_first(store: Store) -> list[Span]:
    """Return the days before the first answer of each official source, for a new service.

    They extend to today, because a bank's latest document may be for tomorrow.
    """
    today = snapshot.now().date()
    names = [sources.history_of(source) for (source,) in store.query(_NEW)]
    return [Span(name, today - back * ONE_DAY, today) for back in AT_FIRST for name in names if name]


def lacking(store: Store) -> list[Span]:
    """Return recent days without a rate on which an official source was due to set one, if we have a later one.

    Such a day is requested once a day until its answer is final.
    """
    now = snapshot.now().replace(tzinfo=None)
    rows = store.query(_LACKING, {"now": now, "recent": RECENT_DAYS, "settled": SETTLED_DAYS})
    spans = [(sources.history_of(source), first, last) for source, first, last in rows]
    return [Span(name, first, last) for name, first, last in spans if name]


async def _fetch_all(
    store: Store,
    span: Span,
    days: list[date],
    progress: Progress,
    report: Callable[[Progress], None],
    stopped: Callable[[], bool],
    next_snapshot_at: Callable[[], datetime | None],
) -> None:
    source = sources.named(span.source)
    reach = (source.SPAN_DAYS - 1) * ONE_DAY
    published, failures = time.monotonic(), 0
    async with snapshot.client() as client:
        while days and not stopped():
            last = min(days[0] + reach, span.last)
            ways = snapshot.ways_to(span.source, source.of_day(last))
            answer = await snapshot.ask(client, span.source, source, ways, {}, asked_for=(last - reach, last))
            [fetch] = record(store, "backfill", [answer])
            covered = [day for day in days if day <= last]
            days = days[len(covered) :]
            progress.done += len(covered)
            progress.stored += fetch.stored
            progress.failed += fetch.failed
            report(progress)
            failures = failures + 1 if fetch.failed else 0
            if failures == MOST_FAILURES:
                raise RatesvcError(
                    f"{span.source} failed {failures} times in a row, most recently for {last} ({fetch.error}):"
                    " run the same command to continue from here"
                )
            if time.monotonic() - published > PUBLISH_SECONDS:
                publish.publish(store, next_snapshot_at())
                published = time.monotonic()


_UNANSWERED = """
SELECT day
FROM (SELECT unnest(generate_series($first, $last, INTERVAL 1 DAY))::DATE AS day)
WHERE NOT EXISTS (
    FROM observations JOIN fetches USING (fetch_id)
    WHERE fetches.source = $source AND observed_at::DATE = day
)
AND NOT EXISTS (
    FROM fetches
    WHERE source = $source AND outcome <> 'failed' AND day BETWEEN asked_from AND asked_to
    AND finished_at >= day + $settled
)
ORDER BY day
"""

# Official sources that have answered, and whose history has not been requested.
_NEW = """
SELECT official_source
FROM pairs
WHERE in_ticker AND official_source IN (SELECT source FROM sources WHERE collected)
AND official_source IN (SELECT source FROM fetches WHERE outcome <> 'failed')
AND NOT EXISTS (
    FROM fetches
    WHERE source IN (official_source, official_source || '_archive')
    AND asked_to IS NOT NULL AND outcome <> 'failed'
)
ORDER BY position
"""

# Of the last RECENT_DAYS, days without a row whose source has a later one, which were not requested within a day and
# have no final answer that there is no rate.
_LACKING = """
SELECT source, min(expected_on), max(expected_on)
FROM calendar
JOIN sources USING (source)
JOIN (SELECT source, max(observed_on) AS newest_on FROM daily GROUP BY source) USING (source)
WHERE kind = 'official' AND collected AND publication
AND due_at < $now AND expected_on < newest_on
AND expected_on BETWEEN $now::DATE - $recent AND $now::DATE
AND NOT EXISTS (FROM daily WHERE daily.source = calendar.source AND observed_on = expected_on)
AND NOT EXISTS (
    FROM fetches
    WHERE fetches.source IN (calendar.source, calendar.source || '_archive')
    AND expected_on BETWEEN asked_from AND asked_to
    AND (finished_at > $now - INTERVAL 1 DAY OR outcome <> 'failed' AND finished_at >= expected_on + $settled)
)
GROUP BY source
ORDER BY source
"""
