"""How a command asks the jobs process, while that one is the writer, to fill in history.

An order is a file `orders/<source>-<first>-<last>.json` in the data folder. The command writes it, the
job `backfill` works on it and notes in it how far it is, and the command reads that. An order that was
not finished when the jobs process ended is taken up again at its next start; removing the file cancels it.
"""

import json
import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from ratesvc.collect.backfill import Progress, Span
from ratesvc.core import settings
from ratesvc.core.errors import CouldNot

SILENT_SECONDS = 90
"""The job looks for orders every minute; when nothing is noted for longer than that, nobody is at work."""
LOOK_SECONDS = 0.5


class Order:
    """A span of days that is to be filled in, and the file that says so."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self._path = settings.load().orders / f"{span.source}-{span.first:%Y%m%d}-{span.last:%Y%m%d}.json"

    @classmethod
    def read(cls, path: Path) -> "Order":
        """The order in a file. Raises CouldNot for a file that is none."""
        try:
            note = json.loads(path.read_bytes())
            return cls(Span(note["source"], date.fromisoformat(note["first"]), date.fromisoformat(note["last"])))
        except (OSError, ValueError, LookupError, TypeError, CouldNot) as strange:
            raise CouldNot(f"{path} is no order for a backfill: {strange}") from None

    @property
    def exists(self) -> bool:
        """Whether the file is there still: it was neither cancelled nor cleared away."""
        return self._path.exists()

    @property
    def note(self) -> dict[str, Any]:
        """What the file says: `progress`, and once it is finished `failure`, null where all went well."""
        note: dict[str, Any] = json.loads(self._path.read_bytes())
        return note

    @property
    def age(self) -> float:
        """Seconds since something was noted in it."""
        return time.time() - self._path.stat().st_mtime

    def write(self, progress: Progress | None = None, **finished: str | None) -> None:
        """Place the order, or notes how far it is; and, with `failure`, that it is finished."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        note = {
            "source": self.span.source,
            "first": self.span.first.isoformat(),
            "last": self.span.last.isoformat(),
            "progress": asdict(progress) if progress else None,
            **finished,
        }
        unfinished = self._path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(note), encoding="utf-8")
        unfinished.replace(self._path)

    def remove(self) -> None:
        """Cancel it, or clears it away."""
        self._path.unlink(missing_ok=True)


def placed() -> list[Path]:
    """The files of all orders, the oldest first."""
    return sorted(settings.load().orders.glob("*.json"), key=lambda path: path.stat().st_mtime)


def follow(order: Order, tell: Callable[[Progress], None]) -> Progress | None:
    """Wait until somebody has finished an order, and clears it away; None when nobody is at work on it.

    Raises CouldNot when it failed, or was cancelled.
    """
    if not order.exists or "failure" in order.note:
        order.write()
    while order.age < SILENT_SECONDS:
        time.sleep(LOOK_SECONDS)
        if not order.exists:
            raise CouldNot(f"the backfill of {order.span} was cancelled: its order is gone")
        note = order.note
        progress = Progress(**note["progress"]) if note["progress"] else None
        if progress:
            tell(progress)
        if "failure" in note:
            order.remove()
            if note["failure"] or not progress:
                raise CouldNot(note["failure"])
            return progress
    return None
