"""No orphans: a child process ends with its parent, even if that is killed.

Linux only; elsewhere it lives on. Also a program of its own, which becomes the command that it is given: Python must
not run anything between fork and exec in a process with threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent(number: int, parent: int) -> None:
    """Have the kernel send this process a signal when its parent, the process with this ID, ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
        if os.getppid() != parent:  # It has ended before.
            os.kill(os.getpid(), number)


def ending_with_parent(number: signal.Signals, *command: str) -> list[str]:
    """Return a command that runs another one, in the same process, and ends it by a signal when the parent ends."""
    return [sys.executable, "-I", "-S", __file__, str(int(number)), str(os.getpid()), *command]


if __name__ == "__main__":
    end_with_parent(int(sys.argv[1]), int(sys.argv[2]))
    os.execv(sys.argv[3], sys.argv[3:])  # noqa: S606 - a command of ours
