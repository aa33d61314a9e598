"""Bytes come over HTTP or from the npm client, or there is a sentence about why not."""

import asyncio
import gzip
import hashlib
import io
import json
import os
import tarfile
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from ratesvc.collect import http
from ratesvc.collect.http import Client, FetchError, Payload

from .conftest import Respond, answer

Serve = Callable[[Respond], str]


def get(url: str, **how: Any) -> Payload:
    async def ask() -> Payload:
        async with Client() as client:
            return await client.get(url, **how)

    return asyncio.run(ask())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between tries, and no memory of what other tests were asked to wait."""
    monkeypatch.setattr(http, "BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr(http, "_free_at", {})


def test_a_document_arrives_with_its_status_and_who_we_are_is_said(serve: Serve) -> None:
    agents: list[str] = []

    def respond(handler: BaseHTTPRequestHandler) -> None:
        agents.append(handler.headers["User-Agent"])
        answer(handler, b'{"date": 1}')

    payload = get(serve(respond) + "/usd.json")
    assert (payload.content, payload.http_status) == (b'{"date": 1}', 200)
    assert payload.sha256 == hashlib.sha256(b'{"date": 1}').hexdigest()
    assert agents[0].startswith("Mozilla/5.0 (compatible; ratesvc/")


@pytest.mark.parametrize("status", [204, 403, 404, 500])
def test_another_status_than_200_is_an_error(serve: Serve, status: int) -> None:
    body = b"" if status == 204 else b"<html>"  # A 204 with a body is no HTTP.
    origin = serve(lambda handler: answer(handler, body, status))
    with pytest.raises(FetchError, match=f"127.0.0.1 answered {status}") as failure:
        get(origin)
    assert failure.value.http_status == status


def test_a_small_answer_that_unpacks_to_a_huge_one_is_cut_off(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "MOST_BYTES", 1_000_000)
    bomb = gzip.compress(bytes(200_000_000))
    with pytest.raises(FetchError, match=r"more than 1,000,000 bytes|broke off"):
        get(serve(lambda handler: answer(handler, bomb, Content_Encoding="gzip")))


def test_a_server_that_drips_is_cut_off_at_the_deadline(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(30):
            handler.wfile.write(b" ")
            handler.wfile.flush()
            time.sleep(0.1)

    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.5)
    started = time.monotonic()
    with pytest.raises(FetchError, match=r"did not finish within 0\.5 s"):
        get(serve(drip))
    assert time.monotonic() - started < 2


def test_nobody_there_is_a_sentence() -> None:
    with pytest.raises(FetchError, match=r"127\.0\.0\.1 cannot be reached"):
        get("http://127.0.0.1:1/usd.json")


def test_a_broken_answer_is_a_sentence(serve: Serve) -> None:
    def promise_more(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"{")

    with pytest.raises(FetchError, match=r"127\.0\.0\.1 broke off"):
        get(serve(promise_more))


def test_an_origin_replaces_the_host_and_nothing_else() -> None:
    assert http.at_origin("https://a.example/x/y?z=1", "http://127.0.0.1:9/") == "http://127.0.0.1:9/x/y?z=1"


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Puts a client of our own before the real one; it runs a shell script in the folder of the call."""

    def install(script: str) -> None:
        program = tmp_path / "bin" / "npm"
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")

    return install


def test_the_npm_client_brings_a_file_of_a_package(npm: Callable[[str], None], tmp_path: Path) -> None:
    tarball = tmp_path / "p.tgz"
    with tarfile.open(tarball, "w:gz") as archive:
        entry = tarfile.TarInfo("package/usd.json")
        entry.size = 2
        archive.addfile(entry, io.BytesIO(b"{}"))
    npm(f"cp {tarball} p-1.tgz; echo '{json.dumps([{'filename': 'p-1.tgz'}])}'")
    payload = get("npm:p@1#package/usd.json")
    assert (payload.content, payload.http_status) == (b"{}", None)
    with pytest.raises(FetchError, match=r"npm: p@1 holds no package/other\.json"):
        get("npm:p@1#package/other.json")


def test_what_the_npm_client_complains_of_is_told(npm: Callable[[str], None]) -> None:
    npm("echo 'npm error code ENOTFOUND' >&2; exit 1")
    with pytest.raises(FetchError, match="npm could not: npm error code ENOTFOUND"):
        get("npm:p@1#x")


def test_a_hanging_npm_client_is_ended_with_its_children(
    npm: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    npm(f"sleep 60 & echo $! > {tmp_path}/child; wait")
    monkeypatch.setattr(http, "WHOLE_SECONDS", 0.5)
    with pytest.raises(FetchError, match=r"npm did not finish within 0\.5 s"):
        get("npm:p@1#x")
    child = (tmp_path / "child").read_text().strip()
    time.sleep(0.1)
    state = Path(f"/proc/{child}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_no_npm_client_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchError, match="no npm client is installed"):
        get("npm:p@1#x")
