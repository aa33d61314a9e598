"""Queue of backfill orders from commands to the jobs process, while that is the writer.

An order is a file `orders/<source>-<first>-<last>.json` in the data folder. The command writes it, the
job `backfill` carries it out and records its progress in it, and the command reads that. An unfinished
order is resumed at the next start of the jobs process; removing the file cancels it.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from ratesvc.collect.backfill import Progress, Span
from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError
from ratesvc.core.quoting import in_short
from ratesvc.core.seals import sealed, unsealed

SILENT_SECONDS = 90
"""Time without progress after which no process is working on an order; the job looks for orders every minute."""
LOOK_SECONDS = 0.5


class Order:
    """A span of days to fill in, and the file of the order."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self._path = settings.load().orders / f"{span.source}-{span.first:%Y%m%d}-{span.last:%Y%m%d}.json"

    @classmethod
    def read(cls, path: Path) -> "Order":
        """Read an order from a file. Raises RatesvcError for any other file."""
        try:
            note = unsealed(path.read_bytes())
            return cls(Span(note["source"], date.fromisoformat(note["first"]), date.fromisoformat(note["last"])))
        except (OSError, ValueError, LookupError, TypeError, RatesvcError) as strange:
            raise RatesvcError(f"{path} is no order for a backfill: {in_short(strange)}") from None

    @property
    def exists(self) -> bool:
        """Whether the file still exists, so the order was neither cancelled nor removed."""
        return self._path.exists()

    @property
    def note(self) -> dict[str, Any]:
        """Content of the file: `progress` and, once finished, `failure`, null on success. Raises RatesvcError."""
        try:
            return unsealed(self._path.read_bytes())
        except ValueError as damage:
            raise RatesvcError(f"{self._path} is no order for a backfill: {damage}") from None

    @property
    def age(self) -> float:
        """Seconds since the file was last written."""
        return time.time() - self._path.stat().st_mtime

    def write(self, progress: Progress | None = None, **finished: str | None) -> None:
        """Place the order or record its progress; with `failure`, mark it as finished."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        note = {
            "source": self.span.source,
            "first": self.span.first.isoformat(),
            "last": self.span.last.isoformat(),
            "progress": asdict(progress) if progress else None,
            **finished,
        }
        unfinished = self._path.with_suffix(".unfinished")
        unfinished.write_bytes(sealed(note))
        unfinished.replace(self._path)

    def remove(self) -> None:
        """Remove the order, which cancels it if unfinished."""
        self._path.unlink(missing_ok=True)


def placed() -> list[Path]:
    """List the files of all orders, oldest first."""
    return sorted(settings.load().orders.glob("*.json"), key=lambda path: path.stat().st_mtime)


def follow(order: Order, report: Callable[[Progress], None]) -> Progress | None:
    """Wait until an order is finished, and remove it; returns None if no process is working on it.

    Raises RatesvcError if it failed or was cancelled.
    """
    if not order.exists or "failure" in order.note:
        order.write()
    while order.age < SILENT_SECONDS:
        time.sleep(LOOK_SECONDS)
        if not order.exists:
            raise RatesvcError(f"the backfill of {order.span} was cancelled: its order is gone")
        note = order.note
        progress = Progress(**note["progress"]) if note["progress"] else None
        if progress:
            report(progress)
        if "failure" in note:
            order.remove()
            if note["failure"] or not progress:
                raise RatesvcError(note["failure"])
            return progress
    return None
