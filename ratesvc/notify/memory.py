"""What each address has been told, in the file `notified.json` of the data.

A key is noted after its message was sent, so that nothing is lost: a failure or a kill before that sends it again.
An address that is new begins with what is new from then on; one that replaces another (a corrected password) continues
where that one was.
"""

import json
import logging
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from ratesvc.notify.digest import NEWS_DAYS, Item

PAUSE = timedelta(minutes=4)
"""Before the first retry, which so falls on the next run of the job; it doubles each time."""
LONGEST_PAUSE = timedelta(hours=1)

log = logging.getLogger("ratesvc")


@dataclass(slots=True)
class Told:
    """One address: what it knows, and how often in a row it has failed. Times are aware, UTC."""

    since: date
    known: dict[str, str] = field(default_factory=dict)
    """Keys, with the last day on which each was in a version."""
    failures: int = 0
    retry_at: datetime | None = None

    def unknown(self, items: Iterable[Item]) -> list[Item]:
        """Return what it is still to be told."""
        return [
            item
            for item in items
            if item.worth and item.key not in self.known and (item.moved_on is None or item.moved_on >= self.since)
        ]

    def learn(self, items: Iterable[Item], today: date) -> None:
        """Note that it knows all of these; forget what has been in no version for long."""
        self.known |= {item.key: today.isoformat() for item in items}
        oldest = (today - timedelta(days=NEWS_DAYS)).isoformat()
        self.known = {key: day for key, day in self.known.items() if day >= oldest}
        self.failures, self.retry_at = 0, None

    def fail(self, now: datetime) -> datetime:
        """Note that it could not be reached; returns the earliest time of the next try."""
        pause = min(PAUSE * 2 ** min(self.failures, 10), LONGEST_PAUSE)
        self.failures, self.retry_at = self.failures + 1, now + pause
        return self.retry_at


class Memory:
    """The file, and what is in it, by the short hash of each address."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written = b""
        self.told: dict[str, Told] = {}
        try:
            self._written = path.read_bytes()
            self.told = {name: _told(note) for name, note in json.loads(self._written).items()}
        except FileNotFoundError:
            pass  # The first run.
        except (ValueError, LookupError, TypeError, AttributeError) as damage:
            log.error("%s cannot be read, so notifications begin anew: %s", path, damage)
            self.told = {}

    def admit(self, names: Sequence[str], items: Sequence[Item], today: date) -> None:
        """Begin with the addresses that are new, and forget those that are gone."""
        gone = [self.told.pop(name) for name in list(self.told) if name not in names]
        for name in names:
            if name in self.told:
                continue
            if gone:
                shared = set.intersection(*(set(other.known) for other in gone))
                known = {key: day for key, day in gone[0].known.items() if key in shared}
                self.told[name] = Told(since=min(other.since for other in gone), known=known)
            else:
                self.told[name] = Told(since=today)
                self.told[name].learn(items, today)

    def write(self) -> None:
        """Replace the file, if anything has changed."""
        document = json.dumps({name: asdict(told) for name, told in self.told.items()}, default=str, indent=1).encode()
        if document == self._written:
            return
        unfinished = self._path.with_suffix(".unfinished")
        with unfinished.open("wb") as file:
            file.write(document)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._path)
        self._written = document


def _told(note: dict[str, object]) -> Told:
    retry_at = note["retry_at"]
    return Told(
        since=date.fromisoformat(str(note["since"])),
        known={str(key): str(day) for key, day in dict(note["known"]).items()},  # type: ignore[call-overload]
        failures=int(str(note["failures"])),
        retry_at=datetime.fromisoformat(str(retry_at)) if retry_at else None,
    )
