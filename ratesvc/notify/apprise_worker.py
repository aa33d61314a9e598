"""Process that speaks to Apprise, and exits.

It reads one JSON document from standard input and writes one to standard output:
{"split": TEXT} gives [[ADDRESS, whether Apprise knows it], ...], and {"address", "title", "body"} gives
{"failure": null, or the reason}. The addresses hold passwords, so they are in no argument and in no environment.

A process of its own, because Apprise takes 45 MB and 0.3 s, and has no deadline for a server that answers slowly.
"""

import json
import logging
import re
import sys
from urllib.parse import unquote

from apprise import Apprise, AppriseAsset, NotifyBase, NotifyFormat, OverflowMode
from apprise.utils.parse import parse_urls


class Heard(logging.Handler):
    """Keeps what Apprise logs: the reasons of its failures."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(record.getMessage())


def main() -> None:
    """Answer the request on standard input."""
    request = json.load(sys.stdin)
    heard = Heard()
    logging.getLogger("apprise").addHandler(heard)
    answer = split(request["split"]) if "split" in request else send(heard=heard, **request)
    json.dump(answer, sys.stdout)


def split(text: str) -> list[tuple[str, bool]]:
    """Split a text into addresses as Apprise does; tell of each whether Apprise knows it."""
    text = text.strip(" ,;\r\n\t")
    addresses = parse_urls(text)
    # Apprise passes over words before the first address.
    before = text.partition(addresses[0])[0] if addresses else ""
    return [
        *([(before, False)] if before else []),
        *((address, _service(address) is not None) for address in addresses),
    ]


def send(address: str, title: str, body: str, heard: Heard) -> dict[str, str | None]:
    """Send a message in plain text; a long one in several parts where the service has a limit."""
    service = _service(address)
    if service is None:
        return {"failure": "Apprise does not know this address"}
    service.notify_format = NotifyFormat.TEXT
    service.overflow_mode = OverflowMode.SPLIT
    apprise = Apprise(asset=service.asset)
    apprise.add(service)
    if apprise.notify(body, title, body_format=NotifyFormat.TEXT):
        return {"failure": None}
    return {"failure": redacted(heard.lines[-1] if heard.lines else "it was not sent", address)}


def redacted(line: str, address: str) -> str:
    """Return a line of log without any part of an address."""
    rest = address.partition("://")[2]
    parts = {part for text in (rest, unquote(rest)) for part in re.split(r"[:/@?&=,\s]+", text) if len(part) > 2}
    for part in sorted(parts, key=len, reverse=True):
        line = re.sub(re.escape(part), "***", line, flags=re.IGNORECASE)
    return " ".join(line.split())[:300]


def _service(address: str) -> NotifyBase | None:
    asset = AppriseAsset(app_id="ratesvc", app_desc="Exchange rates of Central Asia", plugin_paths=[])
    service = Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    return service if isinstance(service, NotifyBase) else None


if __name__ == "__main__":
    main()
