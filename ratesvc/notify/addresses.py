"""The addresses of RATESVC_NOTIFY, and sending a message to one of them."""

import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError, UsageError

DEADLINE_SECONDS = 60
"""How long sending to one address may take."""


@dataclass(frozen=True, slots=True)
class Address:
    """An address of Apprise. Its text holds passwords and tokens: only its number and its scheme are ever shown."""

    number: int
    url: str = field(repr=False)

    def __str__(self) -> str:
        return f"address {self.number} ({_scheme(self.url)})"

    @property
    def name(self) -> str:
        """Short hash, to remember it by: long enough to tell a few apart, too short to confirm a guessed password."""
        return hashlib.sha256(self.url.encode()).hexdigest()[:8]


def configured() -> tuple[Address, ...]:
    """Return the addresses of RATESVC_NOTIFY, each once. Raises UsageError that names the first wrong one."""
    return _configured(settings.load().notify)


def send(address: Address, title: str, body: str) -> str | None:
    """Send a message in plain text; returns the reason if it was not sent, or None."""
    try:
        answer: dict[str, str | None] = _ask_apprise({"address": address.url, "title": title, "body": body})
    except RatesvcError as failure:
        return str(failure)
    return answer["failure"]


@cache
def _configured(text: str) -> tuple[Address, ...]:
    if not text.strip():
        return ()
    addresses: dict[str, Address] = {}
    for number, (url, known) in enumerate(_ask_apprise({"split": text}), 1):
        if not known:
            raise UsageError(
                f"{settings.PREFIX}NOTIFY: address {number} ({_scheme(url)}) is none that Apprise knows: "
                "mailto://, tgram:// and others are listed at https://github.com/caronc/apprise/wiki"
            )
        addresses.setdefault(url, Address(number, url))
    return tuple(addresses.values())


def _ask_apprise(request: dict[str, str]) -> Any:
    """Run the worker once. Raises RatesvcError if it takes too long or dies."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "ratesvc.notify.apprise_worker"],
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # A traceback may show an address.
            timeout=DEADLINE_SECONDS,
            check=True,
        )
        return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        raise RatesvcError(f"it took longer than {DEADLINE_SECONDS} seconds") from None
    except (subprocess.CalledProcessError, OSError, ValueError):
        raise RatesvcError("Apprise failed without a reason") from None


def _scheme(url: str) -> str:
    scheme, found, _ = url.partition("://")
    return scheme if found and scheme.isalnum() and len(scheme) <= 20 else "no scheme"
