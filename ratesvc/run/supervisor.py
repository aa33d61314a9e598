"""Supervisor of both processes on one machine: starts, restarts and stops them."""

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
"""Run time after which a process counts as working. One that fails earlier at its first start never will: a wrong
setting, a port in use. Later it is restarted at most once in this time."""
PAUSE_SECONDS = 1
PATIENCE_SECONDS = 10


class _Child:
    """One of the two processes, in its own process group.

    So Ctrl-C reaches only this process, which then stops them in order; and children of a killed
    process, such as the web server's workers, can be killed with the group.
    """

    def __init__(self, command: str) -> None:
        self.command = command
        self.worked = False
        self.start()

    def start(self) -> None:
        """Start or restart the process."""
        self.started = time.monotonic()
        # -P: a folder `jobs` or a flask.py in the working directory must not be imported.
        command = [sys.executable, "-P", "-m", "ratesvc", self.command]
        self.process = subprocess.Popen(command, start_new_session=True)

    def kill_what_is_left(self) -> None:
        """Kill all remaining processes of the group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)


def run() -> int:
    """Run until SIGTERM, SIGINT or SIGHUP; returns the exit code.

    If a process cannot start (a port in use, another writer, a wrong setting), it prints the reason; the
    other one is stopped too and the exit code is 1.
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
