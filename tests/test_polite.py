"""The client is a good guest: it says who asks, waits when told to, and asks for no more than it needs."""

import asyncio
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler

import pytest

from ratesvc.collect import http
from ratesvc.collect.http import Client, FetchError

from .conftest import Respond, answer
from .test_fetch import get

Serve = Callable[[Respond], str]
Answers = list[tuple[int, dict[str, str]]]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """No waiting between tries but what a server asks for, and no memory of what other tests were asked to wait."""
    monkeypatch.setattr(http, "BACK_OFF_SECONDS", 0.01)
    monkeypatch.setattr(http, "_free_at", {})


class Server:
    """Gives its answers one after the other, the last one for ever; keeps when and from where it was asked."""

    def __init__(self, *answers: tuple[int, dict[str, str]]) -> None:
        self.answers: Answers = list(answers)
        self.asked: list[float] = []
        self.ports: set[int] = set()
        self.headers: list[dict[str, str]] = []

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.asked.append(time.monotonic())
        self.ports.add(handler.client_address[1])
        self.headers.append(dict(handler.headers))
        status, headers = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        answer(handler, b"" if status == 304 else b"rates", status, **headers)


@pytest.mark.parametrize(("status", "tries"), [(500, 3), (503, 3), (429, 3), (403, 1), (404, 1), (410, 1)])
def test_only_what_may_pass_is_tried_again(serve: Serve, status: int, tries: int) -> None:
    server = Server((status, {}))
    with pytest.raises(FetchError, match=f"answered {status}"):
        get(serve(server))
    assert len(server.asked) == tries


def test_a_failure_that_passes_is_none(serve: Serve) -> None:
    server = Server((503, {}), (500, {}), (200, {}))
    assert get(serve(server)).content == b"rates"


@pytest.mark.process
@pytest.mark.parametrize("dated", [False, True])
def test_who_asks_for_a_short_pause_gets_it(serve: Serve, dated: bool) -> None:
    wait = format_datetime(datetime.now(UTC) + timedelta(seconds=3), usegmt=True) if dated else "2"
    server = Server((429, {"Retry-After": wait}), (200, {}))
    assert get(serve(server)).content == b"rates"
    first, second = server.asked
    assert 1.5 < second - first < 5


def test_who_asks_for_a_long_pause_is_left_alone_by_every_later_question(serve: Serve) -> None:
    server = Server((503, {"Retry-After": "3600"}))
    origin = serve(server)
    with pytest.raises(FetchError, match=r"503 Service Unavailable and asks for no requests before 20\d\d-"):
        get(origin)
    with pytest.raises(FetchError, match=r"^127\.0\.0\.1 asked for no requests before 20\d\d-"):
        get(origin)
    assert len(server.asked) == 1


@pytest.mark.parametrize("strange", ["nan", "inf", "-5", "soon", "Wed, 99 Nov 2026 10:00:00 GMT"])
def test_a_pause_that_makes_no_sense_is_not_waited_for(serve: Serve, strange: str) -> None:
    assert get(serve(Server((429, {"Retry-After": strange}), (200, {})))).content == b"rates"


def test_a_pause_is_kept_between_questions_of_different_threads(serve: Serve) -> None:
    server = Server((200, {}))
    origin = serve(server)

    def ask_twice() -> None:
        for _ in range(2):
            get(origin, publisher="bank", pause=0.2)

    threads = [threading.Thread(target=ask_twice) for _ in range(3)]
    for thread in threads:
        thread.start()
    get(origin, publisher="another", pause=0.2)  # Who is owed nothing yet is asked at once.
    for thread in threads:
        thread.join()
    assert len(server.asked) == 7
    assert server.asked[-1] - server.asked[0] > 0.95
    gaps = sorted(later - sooner for sooner, later in zip(server.asked, server.asked[1:], strict=False))
    assert gaps[2] > 0.15  # But for the other publisher's question and its neighbour.


def test_only_what_has_changed_is_asked_for(serve: Serve) -> None:
    known = {"ETag": '"1"', "Last-Modified": "Fri, 22 May 2026 10:00:00 GMT"}
    server = Server((200, known), (304, {}))
    origin = serve(server)
    first = get(origin)
    second = get(origin, earlier=first)
    assert (second.content, second.http_status, second.etag) == (b"rates", 304, '"1"')
    assert "If-None-Match" not in server.headers[0]
    assert server.headers[1]["If-None-Match"] == '"1"'
    assert server.headers[1]["If-Modified-Since"] == known["Last-Modified"]


def test_a_redirect_inside_the_host_is_followed_and_no_other_one(serve: Serve) -> None:
    assert get(serve(Server((302, {"Location": "/there"}), (200, {})))).content == b"rates"
    with pytest.raises(FetchError, match="redirects more than 3 times"):
        get(serve(Server((302, {"Location": "/there"}))))
    for elsewhere in ("http://localhost:1/", "//example.org/x", "ftp://127.0.0.1/"):
        with pytest.raises(FetchError, match=r"redirects to .*, which is not followed"):
            get(serve(Server((302, {"Location": elsewhere}))))


def test_a_connection_is_used_again(serve: Serve) -> None:
    server = Server((200, {}))

    def keeping_it(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version, handler.close_connection = "HTTP/1.1", False
        server(handler)

    async def ask_thrice(origin: str) -> None:
        async with Client() as client:
            for _ in range(3):
                await client.get(origin)

    asyncio.run(ask_thrice(serve(keeping_it)))
    assert len(server.asked) == 3
    assert len(server.ports) == 1


def test_the_operator_can_be_found(serve: Serve) -> None:
    server = Server((200, {}))

    async def ask(origin: str) -> None:
        async with Client("https://rates.example.org/") as client:
            await client.get(origin)

    asyncio.run(ask(serve(server)))
    assert "+https://rates.example.org/" in server.headers[0]["User-Agent"]
