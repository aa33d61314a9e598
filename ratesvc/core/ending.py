"""The end of a process that runs until it is asked to end."""

import signal
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import FrameType

SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Ending:
    """Whether one of SIGNALS has asked this process to end, from now on.

    No Event can tell: a signal that arrives while its lock is held would wait for that lock for ever.
    """

    def __init__(self) -> None:
        """Handle the signals. Only the main thread may."""
        self.is_asked = False
        self._asked: SimpleQueue[None] = SimpleQueue()  # Its `put` may interrupt its `get`.
        for number in SIGNALS:
            signal.signal(number, self._ask)

    def wait(self, seconds: float) -> bool:
        """Wait until the process is asked to end, at most for some seconds; returns whether it is."""
        if not self.is_asked:
            with suppress(Empty):
                self._asked.get(timeout=seconds)
        return self.is_asked

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.is_asked = True
        self._asked.put(None)
