"""Supervisor of both processes on one machine: starts, restarts and stops them.

The web server needs no writer: while the jobs process cannot start, the last published version stays online.
`ratesvc run` becomes this program, which imports little, so that it needs little memory.
"""

import logging
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

from ratesvc.core.ending import Ending
from ratesvc.core.errors import KilledError, RatesvcError, UsageError
from ratesvc.core.logs import log_to_stderr

log = logging.getLogger("ratesvc")

SETTLED_SECONDS = 30
"""Run time after which a process counts as working. One that fails earlier at its first start may never work: a port in
use. It is long enough for a machine that is busy with other things."""
RELIABLE_SECONDS = 60
"""Run time after which earlier failures no longer count."""
LONGEST_PAUSE_SECONDS = 300
LOOK_SECONDS = 0.2
PATIENCE_SECONDS = 10


class _Child:
    """One of the two processes, in its own process group.

    So Ctrl-C reaches only this process, which then stops them in order; and children of a killed
    process, such as the web server's workers, can be killed with the group.
    """

    def __init__(self, command: str, *options: str) -> None:
        self.command = command
        self.options = options
        self.failures = 0
        self.starts = 0
        self.start_at: float | None = None
        """When to start it again, while it is not running."""
        self.start()

    def start(self) -> None:
        """Start or restart the process."""
        self.started, self.start_at = time.monotonic(), None
        self.starts += 1
        # -P: a folder `jobs` or a flask.py in the working directory must not be imported.
        command = [sys.executable, "-P", "-m", "ratesvc.run.child", self.command, *self.options]
        # The pipe to its standard input is closed when this process ends, however it ends.
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)

    @property
    def seconds(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self.started

    def schedule_restart(self) -> int:
        """Note that it has ended; returns the pause in seconds before its next start: 0, 1, 2, 4, ... up to 300."""
        self.kill_what_is_left()
        self.failures = 1 if self.seconds > RELIABLE_SECONDS else self.failures + 1
        pause = min(1 << min(self.failures - 2, 20), LONGEST_PAUSE_SECONDS) if self.failures > 1 else 0
        self.start_at = time.monotonic() + pause
        return pause

    def kill_what_is_left(self) -> None:
        """Kill all remaining processes of the group."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        if self.process.stdin:
            self.process.stdin.close()


def run(*options: str) -> int:
    """Run with these options of the jobs until SIGTERM, SIGINT or SIGHUP; returns the exit code.

    A process that ends is started again: at once, and if that fails after 1, 2, 4, ... seconds. If the jobs process
    cannot start (another writer, a damaged store), it prints the reason, and the web server goes on. If that cannot
    start (a port in use), if a setting is wrong, or if there is neither a store nor a version to serve, both are
    stopped and the exit code is 1.
    """
    ending = Ending()
    children = [_Child("web"), _Child("jobs", *options)]
    try:
        while not ending.wait(LOOK_SECONDS):
            for child in children:
                if not _keep_running(child):
                    return 1
    finally:
        _end(children)
    return 0


def _keep_running(child: _Child) -> bool:
    """Start a process again that has ended; returns False if it never will work."""
    if child.start_at is not None:
        if time.monotonic() >= child.start_at:
            child.start()
        return True
    code = child.process.poll()
    if code is None:
        return True
    if child.starts == 1 and code > 0 and _is_hopeless(child, code):
        return False
    pause = child.schedule_restart()
    log.warning(
        "ratesvc %s ended (%d); starting it again %s%s",
        child.command, code, f"in {pause} s" if pause else "now",
        "; the last published version stays online" if child.command == "jobs" else "",
    )  # fmt: skip
    return True


def _is_hopeless(child: _Child, code: int) -> bool:
    """Tell whether a process that has failed at its first start would fail again, or nothing goes on without it."""
    if code == UsageError.exit_code:
        return True
    if child.seconds > SETTLED_SECONDS or code == KilledError.exit_code:
        return False
    if child.command == "web":
        return True
    from ratesvc.core import settings
    from ratesvc.publish import reader

    try:
        reader.newest(settings.load().published)
    except RatesvcError:
        return True  # There is nothing that the web server could serve.
    return False


def _end(children: list[_Child]) -> None:
    for child in children:
        child.process.terminate()
    deadline = time.monotonic() + PATIENCE_SECONDS
    for child in children:
        with suppress(subprocess.TimeoutExpired):
            child.process.wait(max(0, deadline - time.monotonic()))
        child.kill_what_is_left()


if __name__ == "__main__":
    log_to_stderr()
    sys.exit(run(*sys.argv[1:]))
