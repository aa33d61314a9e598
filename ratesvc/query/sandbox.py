"""Sandboxed processes for public SQL, from their parent's side: one statement each, and the next one waits ready.

A process takes most of a second to start: Python, DuckDB, the views, the allowlist. So one is started beforehand; it
has the newest version open and no rights left when a statement arrives. It ends when its parent does: its standard
input then ends.
"""

import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ratesvc.publish.reader import Published
from ratesvc.query import sandbox_worker

MOST_BYTES = sandbox_worker.MOST_BYTES + 1_000_000
EVERY_SECONDS = 1.0
"""How often the waiting process is compared with the newest version."""
HEAD_START_SECONDS = 0.1
"""How long a statement has the processor to itself before the next process starts: most need no more."""


class NotReadyError(Exception):
    """A process did not start, or not in time."""


class Sandbox:
    """One process, for one statement on a version."""

    def __init__(self, version: Published) -> None:
        self.version = version
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "ratesvc.query.sandbox_worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"MALLOC_ARENA_MAX": "2"},  # Nothing of this service's environment: settings may hold tokens.
            cwd="/",
        )
        self._send({"folder": str(version.folder.absolute()), "history": version.history, "months": version.months})

    @property
    def alive(self) -> bool:
        """Whether the process is running."""
        return self._process.poll() is None

    def wait_until_ready(self, seconds: float) -> None:
        """Wait until it has opened the version and given up its rights. Raises NotReadyError."""
        try:
            ready = self._read(time.monotonic() + seconds, len(sandbox_worker.READY))
        except TimeoutError:
            raise NotReadyError(f"it took longer than {seconds:.0f} seconds") from None
        if ready != sandbox_worker.READY:
            raise NotReadyError("it ended")

    def answer(self, statement: str, seconds: float) -> bytes:
        """Run the statement; returns its JSON, or an incomplete one if a limit of the system ended the process.

        Raises TimeoutError at the deadline or for too much output.
        """
        deadline = time.monotonic() + seconds
        self._send({"sql": statement})
        return self._read(deadline, None)

    def close(self) -> None:
        """Kill the process, and wait for its end, so that no zombie stays."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe  # noqa: S101 - they are pipes
            with suppress(BrokenPipeError):  # It ended without reading everything.
                pipe.close()

    def _send(self, request: dict[str, Any]) -> None:
        assert self._process.stdin  # noqa: S101 - it is a pipe
        with suppress(BrokenPipeError):  # It has ended, so its output ends too.
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()

    def _read(self, deadline: float, length: int | None) -> bytes:
        """Read so many bytes, or all; fewer if the output ends. Raises TimeoutError."""
        assert self._process.stdout  # noqa: S101 - it is a pipe
        output = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while (left := deadline - time.monotonic()) > 0 and len(output) <= MOST_BYTES:
                if selector.select(left):
                    part = os.read(self._process.stdout.fileno(), length - len(output) if length else 1 << 16)
                    output += part
                    if not part or len(output) == length:
                        return bytes(output)
        raise TimeoutError


class Standby:
    """The one process of a web worker that waits, for the newest version; none before the first statement."""

    def __init__(self, newest: Callable[[], Published | None]) -> None:
        self._newest = newest
        self._waiting: Sandbox | None = None
        self._changing = threading.Lock()
        self._taken = threading.Event()
        self._thread: threading.Thread | None = None
        self._closed = False

    def take(self, version: Published) -> Sandbox:
        """Return a process for a version: the waiting one, or else a new one."""
        with self._changing:
            sandbox, self._waiting = self._waiting, None
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_one, name="SQL standby", daemon=True)
                self._thread.start()
        self._taken.set()
        if sandbox and (sandbox.version.folder != version.folder or not sandbox.alive):
            sandbox.close()
            sandbox = None
        return sandbox or Sandbox(version)

    def refresh(self) -> None:
        """Start a process if none waits, and replace one that has died or has an older version open."""
        version = self._newest()
        with self._changing:
            if self._closed:
                return
            if self._waiting and (
                version is None or self._waiting.version.folder != version.folder or not self._waiting.alive
            ):
                self._waiting.close()
                self._waiting = None
            if self._waiting is None and version:
                self._waiting = Sandbox(version)

    def close(self) -> None:
        """End the waiting process, and start no other."""
        with self._changing:
            self._closed = True
            if self._waiting:
                self._waiting.close()
                self._waiting = None

    def _keep_one(self) -> None:
        while not self._closed:
            if self._taken.wait(EVERY_SECONDS):
                self._taken.clear()
                time.sleep(HEAD_START_SECONDS)
            self.refresh()
