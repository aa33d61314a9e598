"""`ratesvc run`: both processes, restarted when one dies, ended together."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from .serving import children, free_port, get, needs_proc

pytestmark = pytest.mark.process


def test_readers_who_stay_connected_keep_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("RATESVC_PORT", str(port))
    with (
        ExitStack() as idle,
        subprocess.Popen([sys.executable, "-m", "ratesvc", "web"], stderr=subprocess.DEVNULL) as web,
    ):
        try:
            get(f"http://127.0.0.1:{port}/healthz")
            for _ in range(200):
                reader = idle.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
                reader.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
                assert reader.recv(12) == b"HTTP/1.1 200"
        finally:
            web.terminate()


@needs_proc
def test_both_run_one_that_dies_is_started_again_and_both_end(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("RATESVC_PORT", str(port))
    monkeypatch.setenv("RATESVC_SOURCES", "currency_api")
    monkeypatch.setenv("RATESVC_ORIGIN_CURRENCY_API", "http://127.0.0.1:1")
    base = f"http://127.0.0.1:{port}"
    with subprocess.Popen([sys.executable, "-m", "ratesvc", "run"], stderr=subprocess.PIPE, text=True) as run:
        try:
            assert len(get(f"{base}/ticker.txt").splitlines()) == 5
            first = children(run.pid)
            assert set(first) == {"jobs", "web"}
            os.kill(first["jobs"], signal.SIGKILL)
            os.kill(first["web"], signal.SIGKILL)
            second = first
            deadline = time.monotonic() + 15
            while set(second) != {"jobs", "web"} or set(first.values()) & set(second.values()):
                assert time.monotonic() < deadline, second
                time.sleep(0.2)
                second = children(run.pid)
            assert len(get(f"{base}/ticker.txt").splitlines()) == 5
        finally:
            run.send_signal(signal.SIGTERM)
            _, said = run.communicate(timeout=20)
    assert run.returncode == 0
    assert "ratesvc jobs ended (-9); starting it again" in said
    assert not any(Path(f"/proc/{pid}").exists() for pid in second.values())
    with pytest.raises(OSError, match="refused"):
        get(f"{base}/healthz", seconds=0)
