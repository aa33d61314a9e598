"""The plain ticker: the three documents that readers of a news site request, and their rows.

They are the published ones, byte for byte. If no new version arrives, rows become stale as time passes, and the
documents are rendered again: an old number shown as today's would be wrong.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import duckdb

from ratesvc.publish.reader import TICKERS, Reader, first_line
from ratesvc.render import ticker
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.ticker_rows import TickerRows

PATHS = tuple(f"/{name}" for name in TICKERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The current ticker. Replaced as a whole, so its parts are always consistent."""

    reader: Reader
    rows: TickerRows
    stale_at: datetime | None
    bodies: dict[str, bytes]


class HotTicker:
    """The current ticker of a process; `refresh` keeps it current."""

    def __init__(self, current: Current) -> None:
        self._current = current
        self._state: State | None = None
        self._upcoming: State | None = None
        self.refresh()

    @property
    def rows(self) -> TickerRows | None:
        """The current rows, a new object whenever they change; None before the first version."""
        return self._shown.rows if self._shown else None

    def body(self, path: str) -> bytes | None:
        """Return one of the three documents; None before the first version."""
        return self._shown.bodies[path] if self._shown else None

    @property
    def _shown(self) -> State | None:
        """The state that goes with the version: a prepared one from the moment at which its version is served."""
        upcoming = self._upcoming
        return upcoming if upcoming and upcoming.reader is self._current.reader else self._state

    def prepare(self) -> None:
        """Read the ticker of a version before it is served."""
        if reader := self._current.reader:
            with suppress(ValueError, LookupError, duckdb.Error):  # `refresh` tells.
                self._upcoming = self._next_state(reader, datetime.now(UTC))

    def forget(self) -> None:
        """Forget what was prepared."""
        self._upcoming = None

    def refresh(self) -> None:
        """Follow a new version, and time."""
        reader = self._current.reader
        if reader is None:
            self._state = None  # Nothing is whole, and what was would age unseen.
            return
        try:
            state = self._next_state(reader, datetime.now(UTC))
        except (ValueError, LookupError, duckdb.Error) as failure:
            self._current.trouble(f"the ticker of {reader.published.version} cannot be read: {first_line(failure)}")
            return
        if state is not self._state:
            if (self._current.problem or "").startswith("the ticker of"):
                self._current.problem = None
            self._state = state

    def _next_state(self, reader: Reader, now: datetime) -> State:
        """The state of a new version, of a version whose rows have aged, or the unchanged state."""
        state = self._shown
        since = datetime.min.replace(tzinfo=UTC)
        if state is None or reader is not state.reader:
            bodies = {path: reader.tickers[path[1:]] for path in PATHS}
        elif state.stale_at and now > state.stale_at:
            # The jobs have stopped, so no new version will mark these rows as stale.
            bodies, since = _render(reader), now
        else:
            return state
        return State(
            reader=reader,
            rows=ticker_rows.read(reader),
            stale_at=_next_to_become_stale(json.loads(bodies["/ticker.json"])["rows"], since),
            bodies=bodies,
        )


def _render(reader: Reader) -> dict[str, bytes]:
    rows, published = ticker_rows.read(reader).rows, reader.published
    return {
        "/ticker.json": ticker.as_json(rows, published.version, published.published_at),
        "/ticker.txt": ticker.as_text(rows),
        "/ticker.html": ticker.as_page(rows),
    }


def _next_to_become_stale(rows: list[dict[str, Any]], since: datetime) -> datetime | None:
    """When the next row becomes stale after `since`, so that the same moment does not trigger twice."""
    times = [datetime.fromisoformat(row["stale_after"]) for row in rows if row["stale_after"] and not row["stale"]]
    return min((each for each in times if each > since), default=None)
