"""A command of `ratesvc run`, which dies with it: `python -m ratesvc.run.child jobs`.

Only the supervisor holds the other end of the pipe on standard input, so its end of file says that the supervisor is
gone, even by `kill -9`. Then the whole process group is killed, workers of the web server included: port and store are
free at once. What was committed or published stays; the next start cleans up.
"""

import os
import runpy
import signal
import threading


def main() -> None:
    """Run `ratesvc` with the arguments of this process."""
    if os.getpgrp() == os.getpid():  # Else the group is somebody's shell.
        threading.Thread(target=_die_with_supervisor, name="lifeline", daemon=True).start()
    runpy.run_module("ratesvc", run_name="__main__", alter_sys=True)


def _die_with_supervisor() -> None:
    while os.read(0, 1):
        pass
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
