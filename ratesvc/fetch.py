"""Gets the bytes behind a URL: the only network I/O of the package.

`https:` and `http:` URLs are asked over HTTP; `npm:<package>@<version>#<file>` takes a file out of
a package's tarball with the npm client, where one is installed. Every way to fail is a FetchError
with a sentence that a person understands.
"""

import asyncio
import hashlib
import json
import os
import signal
import tarfile
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import aiohttp

CONNECT_SECONDS = 5
"""How long a server may take to accept a connection."""
WHOLE_SECONDS = 20
"""How long one way may take from the question to the last byte. A socket's own timeout starts anew with
every byte, so a server that drips would never meet it; this one is on the wall clock."""
MOST_BYTES = 8_000_000
"""The size cap, counted after decompression. The largest known document has 12 kB."""
USER_AGENT = f"ratesvc/{version('ratesvc')} (exchange rates of Central Asia; open source)"


class FetchError(Exception):
    """Nothing usable came back; the message names who was asked and what happened."""

    def __init__(self, message: str, http_status: int | None = None) -> None:
        super().__init__(message)
        self.http_status = http_status


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of one document and the URL that answered with them."""

    url: str
    content: bytes
    http_status: int | None = None

    @property
    def sha256(self) -> str:
        """The name of these bytes."""
        return hashlib.sha256(self.content).hexdigest()


def way(url: str) -> str:
    """Who answers a URL, in a word: "npm" or the host."""
    parts = urlsplit(url)
    return parts.scheme if parts.scheme == "npm" else parts.hostname or url


def at_origin(url: str, origin: str) -> str:
    """The same path and query at another scheme, host and port."""
    here, there = urlsplit(url), urlsplit(origin)
    return urlunsplit((there.scheme, there.netloc, here.path, here.query, ""))


async def get(url: str) -> Payload:
    """The document behind a URL, within WHOLE_SECONDS. Raises FetchError."""
    ask = _npm if url.startswith("npm:") else _http
    try:
        async with asyncio.timeout(WHOLE_SECONDS):
            return await ask(url)
    except TimeoutError:
        raise FetchError(f"{way(url)} did not finish within {WHOLE_SECONDS} s") from None


async def _http(url: str) -> Payload:
    timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS)
    content = bytearray()
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, headers={"User-Agent": USER_AGENT}) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            if answer.status != 200:
                raise FetchError(f"{way(url)} answered {answer.status} {answer.reason}", answer.status)
            async for chunk in answer.content.iter_any():
                content += chunk
                if len(content) > MOST_BYTES:
                    raise FetchError(f"{way(url)} sent more than {MOST_BYTES:,} bytes", answer.status)
            return Payload(url, bytes(content), answer.status)
    except aiohttp.ServerTimeoutError:
        raise FetchError(f"{way(url)} did not accept a connection within {CONNECT_SECONDS} s") from None
    except aiohttp.ClientConnectorError as failure:
        raise FetchError(f"{way(url)} cannot be reached ({failure.strerror})") from None
    except (aiohttp.ClientError, OSError) as failure:
        raise FetchError(f"{way(url)} broke off ({failure or type(failure).__name__})") from None


async def _npm(url: str) -> Payload:
    package, _, member = url.removeprefix("npm:").partition("#")
    with tempfile.TemporaryDirectory(prefix="ratesvc-") as folder:
        told = await _run("npm", "pack", package, "--json", "--ignore-scripts", "--loglevel=error", cwd=folder)
        try:
            tarball = Path(folder, json.loads(told)[0]["filename"])
            with tarfile.open(tarball) as archive:
                entry = archive.extractfile(member)
                content = entry.read(MOST_BYTES + 1) if entry else b""
        except (ValueError, LookupError, TypeError, OSError, tarfile.TarError) as strange:
            raise FetchError(f"npm: {package} holds no {member} ({strange})") from None
    if len(content) > MOST_BYTES:
        raise FetchError(f"npm: {member} of {package} has more than {MOST_BYTES:,} bytes")
    return Payload(url, content)


async def _run(*command: str, cwd: str) -> bytes:
    """What a command prints. When the deadline comes, it is killed with all of its children."""
    pipe = asyncio.subprocess.PIPE
    try:
        child = await asyncio.create_subprocess_exec(
            *command, cwd=cwd, stdout=pipe, stderr=pipe, start_new_session=True
        )
    except FileNotFoundError:
        raise FetchError(f"no {command[0]} client is installed") from None
    try:
        printed, complaint = await child.communicate()
    except asyncio.CancelledError:
        os.killpg(child.pid, signal.SIGKILL)
        await child.wait()
        raise
    if child.returncode != 0:
        lines = complaint.decode(errors="replace").strip().splitlines() or [f"exit code {child.returncode}"]
        raise FetchError(f"{command[0]} could not: {lines[0]}")
    return printed
