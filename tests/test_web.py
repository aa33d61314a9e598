"""The pages and the health of the service."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ratesvc import sources
from ratesvc.publish import publish
from ratesvc.store.database import Store
from ratesvc.web import create_app
from ratesvc.web.ops import health

from .conftest import showing


@pytest.fixture(scope="module")
def client(archive: Path) -> FlaskClient:
    return showing(archive)


@pytest.mark.proof
def test_the_overview_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    answer = client.get("/")
    for address in re.findall(r'(?:src|href)="([^"]*)"', answer.text):
        if "://" in address:
            # A link that a reader may follow, or the page itself in a language.
            assert f'<a href="{address}"' in answer.text or address.startswith("http://127.0.0.1:8000/")
        elif address.startswith("#"):
            assert f'id="{address[1:]}"' in answer.text
        else:
            address, _, anchor = address.replace("&amp;", "&").partition("#")
            with client.get(address) as found:
                assert found.status_code == 200, address
                assert not anchor or f'id="{anchor}"' in found.get_data(as_text=True)
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_plotly_comes_from_here_compressed_and_for_ever(client: FlaskClient) -> None:
    [address] = re.findall(r'data-plotly="(/plotly-[^"]*)"', client.get("/compare").text)
    sizes = {}
    for encoding in ("identity", "gzip", "br"):
        answer = client.get(address, headers={"Accept-Encoding": encoding})
        assert answer.status_code == 200
        assert "immutable" in answer.headers["Cache-Control"]
        sizes[encoding] = len(answer.data)
    assert sizes["br"] < sizes["gzip"] < sizes["identity"] / 3
    assert client.get("/plotly-0000000000000000.js").status_code == 404
    assert client.get("/dashboards/nothing.json").status_code == 404


def test_healthz_is_about_this_process_alone() -> None:
    answer = create_app().test_client().get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"ok": ["web"]})
    assert answer.headers["Cache-Control"] == "no-store"


def minutes_after_the_check(minutes: int, client: FlaskClient) -> type[datetime]:
    """A clock that shows so many minutes after the jobs were there."""
    checked_at: datetime = client.application.extensions["current"].reader.published.checked_at

    class Clock(datetime):
        @classmethod
        def now(cls, _: object = None) -> datetime:  # type: ignore[override]
            return checked_at + timedelta(minutes=minutes)

    return Clock


def test_readyz_lists_what_is_ok(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "datetime", minutes_after_the_check(59, client))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["failing"] == []
    assert answer.json["ok"][0].endswith(" opens")
    assert answer.json["ok"][1] == "checked 59 minutes ago"
    assert set(answer.json["sources"]) == set(sources.select())
    archived = answer.json["sources"]["currency_api"]
    # Nobody was asked yet, so nobody is late.
    assert (archived["state"], archived["last_observed_on"], archived["missed"]) == ("unknown", "2026-09-29", 0)
    assert datetime.fromisoformat(archived["expected_next_at"]) > datetime.now(UTC)
    silent = answer.json["sources"]["nbk"]
    assert datetime.fromisoformat(silent.pop("expected_next_at")) > datetime.now(UTC)
    assert silent == {
        "state": "unknown",
        "missed": None,
        "last_observed_on": None,
        "overdue_since": None,
        "last_error": None,
    }


def test_readyz_without_a_version_says_so() -> None:
    answer = create_app().test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert "nothing is published" in answer.json["failing"][0]


def test_readyz_tells_that_the_jobs_have_fallen_silent(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "datetime", minutes_after_the_check(61, client))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["failing"] == ["checked 61 minutes ago"]


def test_readyz_tells_of_a_damaged_pointer(store: Store, data: Path) -> None:
    publish.publish(store)
    (data / "published" / "latest.json").write_text("{")
    answer = create_app().test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert "is damaged" in answer.json["failing"][0]


def test_before_the_first_version_the_page_says_what_to_do() -> None:
    page = create_app().test_client().get("/")
    assert page.status_code == 503
    assert "No rates yet" in page.text
    assert create_app().test_client().get("/dashboards/side_by_side.json").status_code == 503
