"""Polite HTTP client: the only network I/O of the package.

`https:` and `http:` URLs are fetched over HTTP; `npm:<package>@<version>#<file>` extracts a file from
a package's tarball with the npm client, if one is installed. Every failure is a FetchError with a
readable sentence.

Polite means: it identifies itself, pauses between requests to a publisher, obeys Retry-After, makes
conditional requests, and reuses connections.
"""

import asyncio
import hashlib
import json
import os
import re
import signal
import tarfile
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit, urlunsplit

import aiohttp
import stamina

from ratesvc.core.quoting import LONGEST_MESSAGE, in_short
from ratesvc.core.urls import host_of

CONNECT_SECONDS = 5
"""How long a server may take to accept a connection."""
SILENT_SECONDS = 10
"""How long a server may be silent in the middle of an answer."""
WHOLE_SECONDS = 20
"""Wall-clock limit of one try, from the request to the last byte. A socket timeout restarts with every byte, so a
server that sends slowly would never reach it."""
MOST_BYTES = 8_000_000
"""Size limit after decompression. The largest known document has 26 kB."""
TRIES = 3
"""Number of tries for transient errors."""
BACK_OFF_SECONDS = 1.0
"""Wait before the second try; it doubles, plus up to a second of jitter."""
PATIENCE_SECONDS = 30
"""Longest pause to wait for; if a publisher requests a longer one, the fetch fails."""
MOST_REDIRECTS = 3
WORTH_RETRYING = frozenset({429, 500, 502, 503, 504})
NOT_FOUND = 404

stamina.instrumentation.set_on_retry_hooks([])  # A failure is logged once, at the end.


class FetchError(Exception):
    """A failed request; the message names the server and the error."""

    def __init__(
        self,
        message: str,
        http_status: int | None = None,
        *,
        transient: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(in_short(message, LONGEST_MESSAGE))
        self.http_status = http_status
        self.transient = transient
        """Whether trying again may help."""
        self.retry_after = retry_after
        """Pause that the publisher requested, in seconds."""


@dataclass(frozen=True, slots=True)
class Payload:
    """The bytes of one document and its URL."""

    url: str
    content: bytes
    http_status: int | None = None
    etag: str | None = None
    last_modified: str | None = None

    @property
    def sha256(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def at_origin(url: str, origin: str) -> str:
    """Return the same path and query at another scheme, host and port."""
    here, there = urlsplit(url), urlsplit(origin)
    return urlunsplit((there.scheme, there.netloc, here.path, here.query, ""))


class Client:
    """Client that keeps its connections open until the end of `async with`.

    operator_url: an address of the operator of this service, for the User-Agent.
    """

    def __init__(self, operator_url: str | None = None) -> None:
        about = f"; +{operator_url}" if operator_url else ""
        # "compatible" marks a client that is not a browser; some sites refuse a User-Agent without this beginning.
        self._agent = f"Mozilla/5.0 (compatible; ratesvc/{version('ratesvc')}; rates of Central Asia{about})"

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_SECONDS, sock_read=SILENT_SECONDS),
            headers={"User-Agent": self._agent},
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def get(self, url: str, *, publisher: str = "", pause: float = 0, earlier: Payload | None = None) -> Payload:
        """Fetch the document of a URL. Raises FetchError.

        publisher: the pause applies per publisher and host. pause: in seconds, from the end of one answer to the next
        request, across all threads of this process. earlier: the last answer of the URL; if the server reports no
        change, it is returned with status 304.
        """
        host = (publisher, host_of(url))
        async for attempt in stamina.retry_context(
            on=_wait_before_retry,
            attempts=TRIES,
            timeout=None,
            wait_initial=BACK_OFF_SECONDS,
            wait_max=4 * BACK_OFF_SECONDS,
            wait_jitter=BACK_OFF_SECONDS,
        ):
            with attempt:
                await _turn(host, pause)
                try:
                    return await self._try_once(url, earlier)
                except FetchError as failure:
                    if failure.retry_after:
                        _leave_alone(host, failure.retry_after)
                    raise
                finally:
                    _leave_alone(host, pause)
        raise AssertionError("stamina lets the last failure through")

    async def _try_once(self, url: str, earlier: Payload | None) -> Payload:
        try:
            async with asyncio.timeout(WHOLE_SECONDS):
                return await (_npm(url) if url.startswith("npm:") else self._http(url, earlier))
        except TimeoutError:
            raise FetchError(f"{host_of(url)} did not finish within {WHOLE_SECONDS} s") from None

    async def _http(self, url: str, earlier: Payload | None) -> Payload:
        who = host_of(url)
        try:
            return await self._follow(url, earlier)
        except aiohttp.ConnectionTimeoutError:
            raise FetchError(f"{who} did not accept a connection within {CONNECT_SECONDS} s", transient=True) from None
        except aiohttp.ServerTimeoutError:
            raise FetchError(f"{who} was silent for {SILENT_SECONDS} s") from None
        except aiohttp.ClientConnectorCertificateError as failure:
            why = getattr(failure.certificate_error, "verify_message", None) or failure.certificate_error
            raise FetchError(f"{who} shows a TLS certificate that cannot be trusted ({in_short(why)})") from None
        except aiohttp.ClientConnectorError as failure:
            # A name that does not exist will not exist in a second either.
            known = not isinstance(failure, aiohttp.ClientConnectorDNSError)
            raise FetchError(f"{who} cannot be reached ({in_short(failure.strerror)})", transient=known) from None
        except (aiohttp.ClientError, OSError) as failure:
            raise FetchError(
                f"{who} broke off ({in_short(failure) or type(failure).__name__})", transient=True
            ) from None

    async def _follow(self, url: str, earlier: Payload | None) -> Payload:
        """Fetch a URL, following redirects within the same host."""
        conditions = {}
        if earlier and earlier.etag:
            conditions["If-None-Match"] = earlier.etag
        if earlier and earlier.last_modified:
            conditions["If-Modified-Since"] = earlier.last_modified
        here = url
        for _ in range(MOST_REDIRECTS + 1):
            async with self._session.get(here, allow_redirects=False, headers=conditions) as answer:
                if answer.status in (301, 302, 303, 307, 308):
                    here = _redirected(here, answer.headers.get("Location", ""), answer.status)
                    continue
                if answer.status == 304 and earlier:
                    return replace(earlier, http_status=304)
                if answer.status != 200:
                    raise _refusal(host_of(url), answer)
                content = await _read(answer, host_of(url))
                validators = (_validator(answer, "ETag"), _validator(answer, "Last-Modified"))
                return Payload(url, content, answer.status, *validators)
        raise FetchError(f"{host_of(url)} redirects more than {MOST_REDIRECTS} times")


async def _read(answer: aiohttp.ClientResponse, who: str) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_any():
        content += chunk
        if len(content) > MOST_BYTES:
            raise FetchError(f"{who} sent more than {MOST_BYTES:,} bytes", answer.status)
    return bytes(content)


def _validator(answer: aiohttp.ClientResponse, name: str) -> str | None:
    """Return a header for conditional requests; None for one too long to be kept with every fetch."""
    text = answer.headers.get(name)
    return text if text and len(text) <= LONGEST_MESSAGE else None


def _redirected(here: str, location: str, status: int) -> str:
    there = urljoin(here, location)
    old, new = urlsplit(here), urlsplit(there)
    safe = new.scheme == "https" or (new.scheme == "http" and old.scheme == "http")
    if new.hostname != old.hostname or not safe:
        elsewhere = in_short(f"{new.scheme}://{new.hostname}")
        raise FetchError(f"{host_of(here)} redirects to {elsewhere}, which is not followed", status)
    return there


def _refusal(who: str, answer: aiohttp.ClientResponse) -> FetchError:
    message = f"{who} answered {answer.status} {in_short(answer.reason)}"
    retry_after = _seconds(answer.headers.get("Retry-After")) if answer.status in WORTH_RETRYING else None
    if retry_after and retry_after > PATIENCE_SECONDS:
        message += f" and asks for no requests before {_clock(retry_after)}"
    return FetchError(message, answer.status, transient=answer.status in WORTH_RETRYING, retry_after=retry_after)


def _seconds(retry_after: str | None) -> float | None:
    """Parse the header Retry-After, a number of seconds or a date; at most a day."""
    if not retry_after:
        return None
    if re.fullmatch(r"\d{1,9}", retry_after, re.ASCII):
        wait = float(retry_after)
    else:
        try:
            wait = (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(wait, 0.0), 86_400.0)


def _wait_before_retry(failure: Exception) -> bool | float:
    if not isinstance(failure, FetchError) or not failure.transient:
        return False
    if failure.retry_after is None:
        return True
    return failure.retry_after if failure.retry_after <= PATIENCE_SECONDS else False


_turns = threading.Lock()
_free_at: dict[tuple[str, str], float] = {}
"""Time (time.monotonic) from which each publisher's host may be requested again, by any thread."""


async def _turn(host: tuple[str, str], pause: float) -> None:
    """Wait until a host may be requested. Raises FetchError if that would take too long."""
    with _turns:
        now = time.monotonic()
        wait = max(0.0, _free_at.get(host, now) - now)
        if wait > PATIENCE_SECONDS:
            raise FetchError(f"{host[1]} asked for no requests before {_clock(wait)}")
        _free_at[host] = now + wait + pause
    await asyncio.sleep(wait)


def _leave_alone(host: tuple[str, str], seconds: float) -> None:
    with _turns:
        _free_at[host] = max(_free_at.get(host, 0.0), time.monotonic() + seconds)


def _clock(seconds: float) -> str:
    return f"{datetime.now(UTC) + timedelta(seconds=seconds):%Y-%m-%d %H:%M} UTC"


async def _npm(url: str) -> Payload:
    package, _, member = url.removeprefix("npm:").partition("#")
    with tempfile.TemporaryDirectory(prefix="ratesvc-") as folder:
        listing = await _run("npm", "pack", package, "--json", "--ignore-scripts", "--loglevel=error", cwd=folder)
        try:
            tarball = Path(folder, json.loads(listing)[0]["filename"])
            with tarfile.open(tarball) as archive:
                entry = archive.extractfile(member)
                content = entry.read(MOST_BYTES + 1) if entry else b""
        except (ValueError, LookupError, TypeError, OSError, tarfile.TarError) as strange:
            raise FetchError(f"npm: {package} holds no {member} ({in_short(strange)})") from None
    if len(content) > MOST_BYTES:
        raise FetchError(f"npm: {member} of {package} has more than {MOST_BYTES:,} bytes")
    return Payload(url, content)


async def _run(*command: str, cwd: str) -> bytes:
    """Return the output of a command. At the deadline it is killed with all its children."""
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
        # npm's error codes for a version that does not exist.
        missing = any(word in line for line in lines for word in ("ETARGET", "E404"))
        raise FetchError(f"{command[0]} could not: {in_short(lines[0])}", NOT_FOUND if missing else None)
    return printed
