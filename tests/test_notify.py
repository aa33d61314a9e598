"""Notifications: each thing once, to each address, whatever fails in between."""

import json
import logging
import re
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from subprocess import CompletedProcess

import pytest

from ratesvc.core import failures, settings
from ratesvc.core.errors import UsageError
from ratesvc.jobs import notify
from ratesvc.notify import addresses, apprise_worker, memory
from ratesvc.notify.addresses import Address
from ratesvc.publish import publish
from ratesvc.store.database import Store

from .conftest import Ask, See
from .serving import TODAY, print_a_figure

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
Run = Callable[[], list[str]]


@dataclass
class Post:
    """Stands in for Apprise: what was sent to which address, and the addresses that are out of order."""

    sent: list[tuple[str, str, str]] = field(default_factory=list)
    broken: set[str] = field(default_factory=set)

    def send(self, address: Address, title: str, body: str) -> str | None:
        if address.url in self.broken:
            return "Connection refused"
        self.sent.append((address.url, title, body))
        return None

    def split(self, text: str) -> tuple[Address, ...]:
        return tuple(Address(number, url) for number, url in enumerate(text.split(), 1))


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    """One address, `json://desk`; it is configured."""
    post = Post()
    monkeypatch.setattr(addresses, "send", post.send)
    monkeypatch.setattr(addresses, "_configured", post.split)
    configure(monkeypatch, NOTIFY="json://desk")
    return post


@pytest.fixture
def told(store: Store, post: Post) -> Run:
    """Publishes, runs the job as a new process would, and returns the bodies that it sent."""

    def run() -> list[str]:
        publish.publish(store)
        before = len(post.sent)
        notify.run()
        return [body for _, _, body in post.sent[before:]]

    return run


def configure(monkeypatch: pytest.MonkeyPatch, **chosen: str) -> None:
    for name, text in chosen.items():
        monkeypatch.setenv(f"RATESVC_{name}", text)
    settings.load.cache_clear()


def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "PAUSE", timedelta(0))


# What is told --------------------------------------------------------------------------------------


def test_a_move_is_told_once_with_its_link_and_history_is_not(see: See, told: Run, post: Post) -> None:
    for back in range(1, 60):
        see("KZT", str(TODAY - timedelta(days=back)), f"{500 + 20 * (back % 2)}")
    assert told() == []
    see("KZT", str(TODAY), "500")
    see("KGS", str(TODAY), "87")  # Nothing to compare it with.
    [body] = told()
    assert body == (
        f"KZT/USD 4%: 500 KZT per dollar on {TODAY.day} {TODAY:%b %Y}, currency-api\nhttp://127.0.0.1:8000/currency/KZT"
    )
    assert told() == []
    assert json.loads(settings.load().notified.read_bytes())


def test_history_that_is_filled_in_later_is_no_news(see: See, told: Run) -> None:
    see("KZT", str(TODAY), "500")
    assert told() == []
    for back in range(1, 20):
        see("KZT", str(TODAY - timedelta(days=back)), f"{500 + 20 * (back % 2)}")
    moved_today = told()
    assert [re.findall(r"on (\d+ \w+ \d+)", body) for body in moved_today] == [[f"{TODAY.day} {TODAY:%b %Y}"]]


def test_the_threshold_decides_and_a_lower_one_does_not_bring_back_the_past(
    see: See, told: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, NOTIFY_MOVE="5")
    see("KZT", str(YESTERDAY), "500")
    see("UZS", str(YESTERDAY), "12000")
    assert told() == []
    see("KZT", str(TODAY), "505")  # -0.99 %
    see("UZS", str(TODAY), "13000")  # -7.69 %
    [body] = told()
    assert ("UZS/USD -7.69%" in body, "KZT" in body) == (True, False)
    configure(monkeypatch, NOTIFY_MOVE="0.5")
    assert told() == []
    see("KZT", str(TOMORROW), "509")  # -0.79 %
    assert "KZT/USD -0.79%" in told()[0]


def test_a_correction_a_held_figure_a_peg_and_a_silent_bank_are_told_once(
    store: Store, see: See, ask: Ask, told: Run, post: Post
) -> None:
    see("KZT", str(YESTERDAY), "500", source="nbk")
    see("TJS", str(YESTERDAY), "9.3", source="nbt")
    see("UZS", str(TODAY - timedelta(days=8)), "12000", source="cbu")
    assert told() == []
    see("KZT", str(YESTERDAY), "499", source="nbk")
    see("TMT", str(TODAY), "19.5", source="cbt")
    print_a_figure(store, "nbt", "TJS", datetime(TODAY.year, TODAY.month, TODAY.day, tzinfo=UTC), "12.3")
    ask(f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "cbu")
    [body] = told()
    for sentence, page in (
        ("Central Bank of Turkmenistan: 19.5 TMT per dollar, 82.05 % weaker than the peg of 3.5", "/currency/TMT"),
        ("Unconfirmed: National Bank of Tajikistan published 12.3 TJS per dollar for", "/currency/TJS"),
        ("National Bank of Kazakhstan corrected KZT for", "/currency/KZT"),
        ("Central Bank of Uzbekistan: we have received nothing newer than the rate for", "/sources"),
    ):
        [paragraph] = [part for part in body.split("\n\n") if sentence in part]
        assert paragraph.endswith(f"\nhttp://127.0.0.1:8000{page}")
    assert post.sent[0][1].startswith("Central Bank of Turkmenistan: 19.5 TMT")  # The most important is the title.
    assert post.sent[0][1].endswith(f"(and {body.count('http') - 1} more)")
    assert told() == []


def test_failed_maintenance_is_told_once_until_it_succeeds_and_fails_again(see: See, told: Run) -> None:
    see("KZT", str(YESTERDAY), "500")
    failures.report("scrub", "known before anybody was to be told")
    assert told() == []
    failures.report("backup", "No space left on device")
    [body] = told()
    assert body.startswith(f"The backup failed at {datetime.now(UTC):%Y-%m-%d}")
    assert "No space left on device" in body
    failures.report("backup", "No space left on device")
    assert told() == []
    failures.report("backup", "Permission denied")
    assert "Permission denied" in told()[0]
    failures.clear("backup")
    assert told() == []
    assert [failure.work for failure in failures.reported()] == ["scrub"]
    (settings.load().failures / "scrub.json").write_text("{")
    assert "The scrub failed" in told()[0]


def test_nothing_is_configured_so_nothing_is_written(see: See, told: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    see("KZT", str(TODAY), "500")
    configure(monkeypatch, NOTIFY="")
    assert told() == []
    assert not settings.load().notified.exists()


# To whom, and when it fails ------------------------------------------------------------------------


def test_an_address_that_fails_gets_everything_later_and_the_other_one_nothing_twice(
    see: See, told: Run, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    no_pauses(monkeypatch)
    configure(monkeypatch, NOTIFY="json://desk json://chat")
    see("KZT", str(YESTERDAY), "500")
    see("KGS", str(YESTERDAY), "87")
    assert told() == []
    post.broken = {"json://chat"}
    see("KZT", str(TODAY), "520")
    assert [("KZT" in body, "KGS" in body) for body in told()] == [(True, False)]
    assert told() == []
    see("KGS", str(TODAY), "90")
    assert [("KZT" in body, "KGS" in body) for body in told()] == [(False, True)]
    post.broken = set()
    assert [("KZT" in body, "KGS" in body) for body in told()] == [(True, True)]
    assert [url for url, *_ in post.sent] == ["json://desk", "json://desk", "json://chat"]
    assert told() == []


def test_tries_are_further_and_further_apart_across_restarts(
    see: See, told: Run, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    see("KZT", str(YESTERDAY), "500")
    told()
    see("KZT", str(TODAY), "520")
    post.broken = {"json://desk"}
    told()
    told()  # Too early to try again.
    lines = [record.getMessage() for record in caplog.records if "notify" in record.getMessage()]
    assert len(lines) == 1
    assert re.fullmatch(
        r"notify: address 1 \(json\) was not reached: Connection refused; trying again after \d\d:\d\d UTC", lines[0]
    )
    now = datetime(2026, 5, 24, tzinfo=UTC)
    one = memory.Told(since=TODAY)
    assert [(one.fail(now) - now) / timedelta(minutes=1) for _ in range(6)] == [4, 8, 16, 32, 60, 60]


def test_a_corrected_password_gets_what_the_wrong_one_did_not(
    see: See, told: Run, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, NOTIFY="mailto://desk:wrong@example.org json://chat")
    see("KZT", str(YESTERDAY), "500")
    told()
    post.broken = {"mailto://desk:wrong@example.org"}
    see("KZT", str(TODAY), "520")
    assert len(told()) == 1
    configure(monkeypatch, NOTIFY="json://chat mailto://desk:right@example.org json://later")
    told()
    assert [url for url, *_ in post.sent] == ["json://chat", "mailto://desk:right@example.org", "json://later"]
    configure(monkeypatch, NOTIFY="json://chat mailto://desk:right@example.org json://later json://newest")
    assert told() == []  # One more address begins with what is new.
    assert "example" not in settings.load().notified.read_text()
    assert "right" not in settings.load().notified.read_text()


def test_a_killed_process_tells_again_what_it_had_not_noted(
    see: See, told: Run, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    see("KZT", str(YESTERDAY), "500")
    told()
    before = settings.load().notified.read_bytes()
    see("KZT", str(TODAY), "520")
    assert len(told()) == 1
    settings.load().notified.write_bytes(before)  # As if killed after sending and before noting.
    assert len(told()) == 1
    assert told() == []


def test_a_damaged_file_is_one_line_of_log_and_no_flood(see: See, told: Run, caplog: pytest.LogCaptureFixture) -> None:
    see("KZT", str(YESTERDAY), "500")
    told()
    see("KZT", str(TODAY), "520")
    for damage in (b"", b"[]", b'{"0123abcd": {}}', b'{"0123abcd": {"since": 5}}', b"\xff"):
        settings.load().notified.write_bytes(damage)
        caplog.clear()
        assert told() == []
        assert ["notifications begin anew" in record.getMessage() for record in caplog.records].count(True) == 1


def test_a_reason_is_logged_without_any_part_of_the_address() -> None:
    address = "mailto://desk:s%C3%A9cret@mail.example.org:2525?to=editor@example.org"
    line = "Failed to log in to MAIL.example.org as desk with s\u00e9cret or s%C3%A9cret, error=535 for editor"
    assert apprise_worker.redacted(line, address) == "Failed to log in to *** as *** with *** or ***, error=535 for ***"


# With Apprise itself -------------------------------------------------------------------------------


class Mailbox(socketserver.ThreadingTCPServer):
    """An SMTP server that keeps what it gets, or refuses each message."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.refusing = False
        super().__init__(("127.0.0.1", 0), _Session)


class _Session(socketserver.StreamRequestHandler):
    server: Mailbox

    def handle(self) -> None:
        self._say("220 ready")
        while line := self.rfile.readline().decode().strip():
            command = line.split()[0].upper()
            if command == "EHLO":
                self._say("250-localhost\r\n250 AUTH PLAIN LOGIN")
            elif command == "AUTH":
                self._say("535 wrong password" if self.server.refusing else "235 welcome")
            elif command == "DATA":
                self._say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.messages.append(b"".join(lines).decode())
                self._say("250 kept")
            elif command == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Webhook(ThreadingHTTPServer):
    """An HTTP server that keeps the JSON that is posted, and answers with a status after a pause."""

    daemon_threads = True

    def __init__(self) -> None:
        self.documents: list[dict[str, str]] = []
        self.status, self.pause = 200, 0.0
        super().__init__(("127.0.0.1", 0), _Hook)


class _Hook(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        time.sleep(self.server.pause)
        if self.server.status == 200:
            self.server.documents.append(document)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with Webhook() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.mark.process
def test_mail_and_webhook_get_plain_text_and_a_refused_mail_is_sent_later(
    store: Store,
    see: See,
    mailbox: Mailbox,
    webhook: Webhook,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "ratesvc")
    no_pauses(monkeypatch)
    mail = f"mailto://desk:hunter2@127.0.0.1:{mailbox.server_address[1]}?from=rates@example.org&to=editor@example.org"
    configure(monkeypatch, NOTIFY=f"{mail}, json://127.0.0.1:{webhook.server_port}/t0psecret")
    see("KZT", str(YESTERDAY), "500")
    publish.publish(store)
    notify.run()
    see("KZT", str(TODAY), "520")
    publish.publish(store)
    mailbox.refusing, webhook.status = True, 503
    notify.run()
    assert (mailbox.messages, webhook.documents) == ([], [])
    webhook.status = 200
    notify.run()
    mailbox.refusing = False
    notify.run()
    notify.run()
    title = f"KZT/USD -3.85%: 520 KZT per dollar on {TODAY.day} {TODAY:%b %Y}, currency-api"
    [document], [message] = webhook.documents, mailbox.messages
    assert document["title"] == title
    assert document["message"] == f"{title}\nhttp://127.0.0.1:8000/currency/KZT"
    assert title in message.replace("\r\n", "").replace("\n", "")
    assert "text/plain" in message
    assert "text/html" not in message
    assert re.search(r"^http://127.0.0.1:8000/currency/KZT\r$", message, re.MULTILINE)
    lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("notify: ")]
    assert [line.split(": ")[1] for line in lines if "not reached" not in line] == [
        "address 2 (json) was told",
        "address 1 (mailto) was told",
    ]
    assert sum("address 1 (mailto) was not reached" in line for line in lines) == 2
    assert any("address 2 (json) was not reached" in line and "503" in line for line in lines)
    assert not re.search("hunter2|t0psecret|editor@", caplog.text)


@pytest.mark.process
def test_a_server_that_hangs_costs_the_deadline_and_is_tried_again(
    store: Store, see: See, webhook: Webhook, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    no_pauses(monkeypatch)
    configure(monkeypatch, NOTIFY=f"json://127.0.0.1:{webhook.server_port}/?rto=30")
    see("KZT", str(YESTERDAY), "500")
    publish.publish(store)
    notify.run()
    see("KZT", str(TODAY), "520")
    publish.publish(store)
    monkeypatch.setattr(addresses, "DEADLINE_SECONDS", 3)
    webhook.pause, webhook.status = 10, 500
    started = time.monotonic()
    notify.run()
    assert time.monotonic() - started < 6
    assert "it took longer than 3 seconds" in caplog.text
    webhook.pause, webhook.status = 0, 200
    notify.run()
    assert len(webhook.documents) == 1


@pytest.mark.process
@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("json://127.0.0.1/s3cret nonsense://s3cret@example.org", "address 2 (nonsense)"),
        ("mailto://", "address 1 (mailto)"),
        ("s3cret@example.org", "address 1 (no scheme)"),
        ("s3cret json://127.0.0.1", "address 1 (no scheme)"),
        ("tgram://s3cret", "address 1 (tgram)"),
    ],
)
def test_a_wrong_address_is_named_without_its_secrets(text: str, named: str, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(monkeypatch, NOTIFY=text)
    with pytest.raises(UsageError) as wrong:
        addresses.configured()
    assert f"RATESVC_NOTIFY: {named} is none that Apprise knows" in str(wrong.value)
    assert "s3cret" not in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_a_wrong_address_ends_the_program_with_one_line(ratesvc_process: Callable[..., CompletedProcess[str]]) -> None:
    ended = ratesvc_process("jobs", RATESVC_NOTIFY="nonsense://s3cret")
    assert ended.returncode == 2
    assert ended.stderr.splitlines()[-1].startswith("ratesvc: RATESVC_NOTIFY: address 1 (nonsense) is none")
    assert "s3cret" not in ended.stderr
