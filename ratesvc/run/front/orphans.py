"""No orphans: a child process ends with its parent, even if that is killed."""

import ctypes
import sys
from signal import Signals

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent(number: Signals) -> None:
    """Have the kernel send this process a signal when its parent ends. Linux only; elsewhere it lives on.

    nginx itself cannot be killed this way: its workers would live on. SIGTERM ends them too.
    """
    if _libc:
        _libc.prctl(_PR_SET_PDEATHSIG, int(number))
