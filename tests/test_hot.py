"""The ticker's addresses, as a browser, a cache and a CMS ask for them."""

import gzip
import json
import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import brotli
import pytest
from werkzeug.test import Client, TestResponse

from ratesvc.core.observation import Observation
from ratesvc.publish import publish
from ratesvc.store.database import Store
from ratesvc.web import create_app
from ratesvc.web.http.current_version import Current
from ratesvc.web.http.responses import file_time

from .conftest import See
from .serving import record_unjudged

PATHS = ("/ticker.json", "/ticker.txt", "/ticker.html")


@pytest.fixture
def client(see: See, store: Store) -> Client:
    see("KGS", "2026-05-23", "87.45")
    see("KGS", "2026-05-24", "87.40")
    publish.publish(store)
    return create_app().test_client()


def body(answer: TestResponse) -> bytes:
    undo: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "br": brotli.decompress}
    return undo.get(answer.headers.get("Content-Encoding", ""), bytes)(answer.data)


@pytest.mark.parametrize("path", PATHS)
def test_the_published_bytes_in_every_encoding(client: Client, path: str, data: Path) -> None:
    [version] = (data / "published").glob("*Z")
    etags = set()
    for accepted, encoding in (
        ("", None),
        ("identity", None),
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0, gzip;q=0.5", "gzip"),
        ("br;q=0.5, gzip;q=1.0", "gzip"),
        ("identity;q=1, gzip;q=0.5", None),
        ("*", "br"),
    ):
        answer = client.get(path, headers={"Accept-Encoding": accepted})
        assert answer.status_code == 200
        assert answer.headers.get("Content-Encoding") == encoding, accepted
        assert body(answer) == (version / path[1:]).read_bytes()
        assert answer.headers["Content-Length"] == str(len(answer.data))
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["ETag"].startswith('"')
        etags.add(answer.headers["ETag"])
    assert len(etags) == 3  # Strong: one for each sequence of bytes.


@pytest.mark.parametrize("path", PATHS)
def test_head_is_get_without_the_body(client: Client, path: str) -> None:
    got, headed = client.get(path), client.head(path)
    assert headed.data == b""
    assert headed.headers == got.headers


def test_who_has_it_already_gets_304(client: Client) -> None:
    etag = client.get("/ticker.json").headers["ETag"]
    for condition in (etag, f'"other", {etag}', f"W/{etag}", "*"):
        answer = client.get("/ticker.json", headers={"If-None-Match": condition})
        assert (answer.status_code, answer.data) == (304, b""), condition
        assert answer.headers["ETag"] == etag
        assert "Cache-Control" in answer.headers
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert client.get("/ticker.json", headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_page_may_be_framed_by_anybody_and_runs_nothing(client: Client) -> None:
    answer = client.get("/ticker.html")
    assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
    assert "<script" not in answer.text
    assert answer.text.count("KGS/USD = 0.01144") == 8
    assert answer.text.count('<ul aria-hidden="true"') == 7


def test_a_parameter_is_an_error_that_names_it(client: Client) -> None:
    answer = client.get("/ticker.json?callback=x")
    assert answer.status_code == 422
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json == {
        "error": {
            "status": 422,
            "message": "unknown parameter 'callback';"
            " the parameters are pairs, direction, digits, per, sign, change, lang, unconfirmed, labels, as_known_at",
            "parameter": "callback",
        }
    }


def test_other_methods_are_refused(client: Client) -> None:
    assert client.post("/ticker.json").status_code == 405


def test_before_the_first_version_it_says_so() -> None:
    answer = create_app().test_client().get("/ticker.txt")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert "nothing is published" in answer.text


def test_an_answer_may_be_kept_for_a_minute_and_says_nothing_that_grows_old(client: Client) -> None:
    for path in (*PATHS, "/embed/ticker"):
        answer = client.get(path)
        assert answer.headers["Cache-Control"] == "public, max-age=60"
        assert "Expires" not in answer.headers


def test_the_etag_is_what_nginx_makes_of_time_and_size(client: Client, tmp_path: Path) -> None:
    answer = client.get("/ticker.json")
    seconds, size = (int(digits, 16) for digits in answer.headers["ETag"].strip('"').split("-"))
    assert (seconds, size) == (file_time(answer.data), len(answer.data))
    assert 0 <= seconds < 2**31


def test_a_new_version_is_shown_at_the_next_look_and_a_damaged_pointer_changes_nothing(
    see: See, store: Store, data: Path
) -> None:
    publish.publish(store)
    current, look = looking()
    assert look() == "KGS/USD = — —"
    see("KGS", "2026-05-24", "87.45")
    publish.publish(store)
    assert look() == "KGS/USD = 0.01144 —"
    (data / "published" / "latest.json").write_text("{")
    assert look() == "KGS/USD = 0.01144 —"
    assert "is damaged" in (current.problem or "")
    see("KGS", "2026-05-25", "80")
    publish.publish(store)
    assert look() == "KGS/USD = 0.01250 9.31%"
    assert current.problem is None


def looking() -> tuple[Current, Callable[[], str]]:
    """What an application watches, and the first line of its ticker after it has looked."""
    app = create_app(watch=False)
    current: Current = app.extensions["current"]
    client = app.test_client()

    def look() -> str:
        current.poll()
        return client.get("/ticker.txt").text.splitlines()[0]

    return current, look


def test_a_ticker_that_cannot_be_read_is_a_problem_until_it_can(see: See, store: Store, data: Path) -> None:
    publish.publish(store)
    current, look = looking()
    see("KGS", "2026-05-24", "87.45")
    page = data / "published" / publish.publish(store) / "ticker.html"
    page.rename(data / "elsewhere")
    assert look() == "KGS/USD = — —"
    assert "cannot be read" in (current.problem or "")
    (data / "elsewhere").rename(page)
    assert look() == "KGS/USD = 0.01144 —"
    assert current.problem is None


def test_a_version_that_is_open_answers_after_its_folder_is_removed(client: Client, data: Path) -> None:
    published = client.get("/ticker.json").data
    version = json.loads(published)["version"]
    shutil.rmtree(data / "published" / version)
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    assert client.get(f"/ticker.json?as_known_at={now}").data == published
    rates = client.get(f"/api/rates?currency=KGS&as_known_at={now}")
    assert (rates.status_code, json.loads(rates.data)["version"]) == (200, version)
    for address in (*PATHS, "/", f"/embed/value.json?pair=KGS&pin={version}"):
        assert client.get(address).status_code == 200, address


@pytest.mark.process
def test_a_row_becomes_stale_although_nobody_publishes_any_more(store: Store, data: Path) -> None:
    moment = datetime.now(UTC) - timedelta(hours=72)
    rate = Observation(source="currency_api", base="USD", quote="KGS", observed_at=moment, rate=Decimal("87.45"))
    record_unjudged(store, "currency_api", [rate], moment)
    # A row is stale two days after the next publication was due; here that is in a moment.
    with store.transaction() as connection:
        due_at = datetime.now(UTC).replace(tzinfo=None) - timedelta(hours=48) + timedelta(seconds=5)
        connection.execute("DELETE FROM calendar")
        connection.execute("INSERT INTO calendar VALUES ('currency_api', current_date, ?, true)", [due_at])
    publish.publish(store)
    app = create_app(watch=False)
    client = app.test_client()

    def first_row() -> dict[str, object]:
        app.extensions["current"].poll()
        row: dict[str, object] = json.loads(client.get("/ticker.json").data)["rows"][0]
        return row

    assert first_row()["stale"] is False
    deadline = time.monotonic() + 30
    while not first_row()["stale"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert first_row()["stale"] is True
    assert str(first_row()["note"]).startswith(f"we have received nothing newer than {moment:%Y-%m-%d}")
