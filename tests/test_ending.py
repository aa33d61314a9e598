"""A process that is asked to end does so, whatever it is doing at that moment."""

import subprocess
import sys

ASKED = """
import os, subprocess, sys
from ratesvc.core.ending import Ending

asker = subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())], stdin=subprocess.PIPE, bufsize=0)
for _ in range(300):
    ending = Ending()
    assert not ending.is_asked
    asker.stdin.write(b"\\n")
    while not ending.wait(0):
        pass
    assert ending.wait(60)
asker.stdin.close()
asker.wait()
"""
ASKER = """
import os, random, signal, sys, time

while sys.stdin.readline():
    moment = time.perf_counter() + random.uniform(0, 0.001)
    while time.perf_counter() < moment:
        pass
    os.kill(int(sys.argv[1]), signal.SIGTERM)
"""


def test_a_signal_at_any_moment_ends_it() -> None:
    done = subprocess.run([sys.executable, "-c", ASKED, ASKER], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
