"""A store in which everything has happened that a rebuilt one must have again, and what is asked of both."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from ratesvc.collect import snapshot
from ratesvc.core.observation import Observation, midnight
from ratesvc.core.reading import Reading, Unreadable
from ratesvc.store.database import Store
from ratesvc.store.decisions import Decision, decide
from ratesvc.store.write import record, record_judged
from ratesvc.validation.fetch_result import Answer, Fetch
from ratesvc.validation.rules import Verdict

from .clock import set_clock

TABLES = ("snapshots", "fetches", "observations", "rejections", "decisions", "daily")
NOT_COMPARED = {"checks", "freshness", "rounds", "punctuality", "outcomes", "clock", "publications"}
"""Views that count fetches without news too, and that of the versions: a restore publishes another one."""
CLOCK = "2026-11-20 12:00"
_clock = datetime(2026, 10, 1, 9, tzinfo=UTC)


def printed(
    store: Store,
    day: str,
    units: str | None,
    *,
    source: str = "nbk",
    currency: str = "KZT",
    seen: str | None = None,
    asked_for: tuple[date, date] | None = None,
) -> Fetch:
    """Has a source print a figure for a day, or an illegible one, in a document of its own."""
    global _clock
    _clock = datetime.fromisoformat(f"{seen}+00:00") if seen else _clock + timedelta(minutes=15)
    observed_at = midnight(day)
    reading = Reading(
        observations=[
            Observation(source=source, base="USD", quote=currency, observed_at=observed_at, rate=Decimal(units))
        ]
        if units
        else [],
        unreadable=[]
        if units
        else [Unreadable(base="USD", quote=currency, reason="'-' is no number", observed_at=observed_at)],
    )
    answer = Answer(
        source=source,
        url=f"https://{source}.example/",
        started_at=_clock,
        finished_at=_clock + timedelta(seconds=2, microseconds=345),
        http_status=200,
        document=f"{source} {currency} {day} {units}".encode(),
        etag='"e"',
        last_modified="Mon, 02 Nov 2026 09:00:00 GMT",
        asked_for=asked_for,
        reading=reading,
    )
    [fetch] = record(store, "backfill" if asked_for else "schedule", [answer])
    return fetch


def quiet(store: Store, *, failed: bool = False) -> None:
    """A round in which nothing was new, or nobody answered."""
    global _clock
    _clock += timedelta(minutes=15)
    error = "nobody answered" if failed else None
    answers = [
        Answer(
            source=name,
            url=f"https://{name}.example/quiet",
            started_at=_clock,
            finished_at=_clock,
            failed=failed,
            error=error,
        )
        for name in ("nbk", "cbu")
    ]
    record(store, "schedule", answers)


def held(store: Store, day: str) -> int:
    """The ID of the figure that is held for a day."""
    [(number,)] = store.query(
        "SELECT max(rejection_id) FROM rejections WHERE held AND observed_at = ?", [midnight(day)]
    )
    assert number
    return int(number)


def everything_happens(store: Store) -> None:
    """The archive; rates, a correction; figures held, confirmed, withdrawn, superseded, and decided by a person."""
    global _clock
    _clock = datetime(2026, 10, 1, 9, tzinfo=UTC)
    snapshot.load_archive(store)
    printed(store, "2026-10-02", "442.10", seen="2026-10-01 11:00")
    quiet(store)
    printed(store, "2026-10-02", "442.10")  # Again, the same.
    printed(store, "2026-10-02", "442.25")  # A correction.
    printed(store, "2026-10-03", "620", seen="2026-10-02 11:00")  # A jump,
    printed(store, "2026-10-06", "621.5", seen="2026-10-05 11:00")  # which the next publication confirms.
    printed(store, "2026-10-07", "900", seen="2026-10-06 11:00")  # Another, which
    printed(store, "2026-10-07", "622", seen="2026-10-06 12:00")  # its bank takes back.
    printed(store, "2026-10-16", "623", seen="2026-10-07 11:00")  # A day in the future by mistake:
    printed(store, "2026-10-09", "624", seen="2026-10-08 11:00")  # the bank goes on with an earlier one.
    quiet(store, failed=True)
    printed(store, "2026-10-10", "950", seen="2026-10-09 11:00")
    decide(store, Decision(rejection_id=held(store, "2026-10-10"), decision="accepted", decided_by="A", reason="seen"))
    printed(store, "2026-10-13", "99", seen="2026-10-12 11:00")
    decide(store, Decision(rejection_id=held(store, "2026-10-13"), decision="rejected", decided_by="B", reason="no"))
    printed(store, "2026-10-14", None, seen="2026-10-13 11:00")  # Illegible.
    printed(store, "2026-10-14", "7", seen="2026-10-13 12:00")  # Impossible.
    past = (date(2026, 9, 1), date(2026, 9, 1))
    printed(store, "2026-09-01", "481.5", seen="2026-10-14 11:00", asked_for=past)
    nothing = Answer(
        source="nbk",
        url="https://nbk.example/?6",
        started_at=_clock,
        finished_at=_clock,
        document=b"nothing",
        asked_for=(date(2026, 9, 6), date(2026, 9, 6)),
    )
    record(store, "backfill", [nothing])
    mended = Observation(
        source="nbk", base="USD", quote="KZT", observed_at=midnight("2026-09-01"), rate=Decimal("481.05")
    )
    record_judged(store, "reparse", [(nothing, Verdict(kept=(mended,)))])
    printed(store, "2026-11-20", "1200", seen="2026-11-19 11:00")  # A jump that still waits.
    decided = {decision for (decision,) in store.query("SELECT DISTINCT decision FROM decisions")}
    assert decided == {"accepted", "rejected", "superseded", "withdrawn"}
    assert store.query("SELECT count(*) FROM observations WHERE confirmed_by IS NOT NULL") == [(2,)]
    assert store.query("SELECT count(*) FROM corrections")[0][0] == 2
    assert store.query("SELECT quote, rate FROM held WHERE source = 'nbk'") == [("KZT", Decimal(1200))]


def views_of(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """The rows of every view that is compared, at one moment."""
    set_clock(store, CLOCK)
    names = [
        name
        for (name,) in store.query("SELECT view_name FROM duckdb_views() WHERE database_name = 'ratesvc'")
        if name not in NOT_COMPARED
    ]
    return {name: store.query(f"FROM {name} ORDER BY ALL") for name in names}


def tables_of(store: Store, names: Sequence[str] = TABLES) -> dict[str, list[tuple[object, ...]]]:
    """The rows of tables."""
    return {name: store.query(f"FROM {name} ORDER BY ALL") for name in names}
