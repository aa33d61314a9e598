"""Both processes on one machine: starts them, restarts one that dies, ends both when asked."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from types import FrameType

log = logging.getLogger("ratesvc")

SETTLED_SECONDS = 5
"""Who has run for so long works. Who ends with an error before, at the first start, never will: a wrong
setting, a port in use. Later, it is started again at most once in this time."""
PAUSE_SECONDS = 1
PATIENCE_SECONDS = 10


class _Child:
    """One of the two processes, with a process group of its own.

    So Ctrl-C reaches this process alone, which then ends them in order; and what a process that was
    killed leaves behind, such as the web server's workers, can be killed with the group.
    """

    def __init__(self, command: str) -> None:
        self.command = command
        self.worked = False
        self.start()

    def start(self) -> None:
        """Start it, for the first time or again."""
        self.started = time.monotonic()
        # -P: a folder `jobs` or a flask.py where a person stands is not taken for ours.
        command = [sys.executable, "-P", "-m", "ratesvc", self.command]
        self.process = subprocess.Popen(command, start_new_session=True)

    def kill_what_is_left(self) -> None:
        """Kill every process of the group that is still there."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def run() -> int:
    """Run until SIGTERM, SIGINT or SIGHUP; returns the exit code.

    A process that cannot start (a port in use, another writer, a wrong setting) has said why; then
    the other one is ended too and the exit code is 1.
    """
    asked_to_end = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        asked_to_end.set()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)
    children = [_Child("jobs"), _Child("web")]
    try:
        while not asked_to_end.wait(PAUSE_SECONDS):
            for child in children:
                code = child.process.poll()
                settled = time.monotonic() - child.started > SETTLED_SECONDS
                child.worked |= settled
                if code is None:
                    continue
                if code > 0 and not child.worked:
                    return 1
                if settled:
                    log.warning("ratesvc %s ended (%d); starting it again", child.command, code)
                    child.kill_what_is_left()
                    child.start()
    finally:
        _end(children)
    return 0


def _end(children: list[_Child]) -> None:
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + PATIENCE_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0, deadline - time.monotonic()))
        child.kill_what_is_left()
