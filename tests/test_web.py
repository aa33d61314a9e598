"""The pages and the health of the service."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from ratesvc import ingest, publish, sources
from ratesvc.store import Store
from ratesvc.web import create_app, health


@pytest.fixture
def client(store: Store) -> FlaskClient:
    ingest.load_archive(store)
    publish.publish(store)
    return create_app().test_client()


def test_the_overview_shows_what_the_view_says(client: FlaskClient, store: Store) -> None:
    page = client.get("/").text
    cards = re.findall(r'<article class="card">.*?</article>', page, re.DOTALL)
    rows = store.query("SELECT pair, rate_precise, change, units_per_usd, observed_on, previous_on, pegged FROM ticker")
    assert len(cards) == len(rows) == 5
    for card, (pair, rate, change, units, observed_on, previous_on, pegged) in zip(cards, rows, strict=True):
        words = " ".join(re.sub(r"<[^>]*>", " ", card).split())
        assert pair in words
        assert f" {rate} " in words
        assert f" {change} " in words
        assert f"per dollar {units}" in words
        if pegged:
            assert "Peg since 1 Jan 2015" in words
        else:
            assert f"{previous_on:%-d %b} → {observed_on:%-d %b %Y}" in words
            assert "stale" in words


def test_the_overview_loads_nothing_from_elsewhere(client: FlaskClient) -> None:
    answer = client.get("/")
    for address in re.findall(r'(?:src|href)="([^"]*)"', answer.text):
        if "://" in address:
            assert f'<a href="{address}"' in answer.text
        else:
            with client.get(address) as found:
                assert found.status_code == 200, address
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


def test_the_chart_draws_what_the_views_say_with_holes_as_gaps(client: FlaskClient, store: Store) -> None:
    answer = client.get("/dashboards/against_the_dollar.json")
    figure = json.loads(answer.data)
    assert [trace["name"] for trace in figure["data"]] == ["KGS", "KZT", "TJS", "UZS", "TMT"]
    kzt = figure["data"][1]
    assert kzt["x"][0] == "2024-03-02"
    assert kzt["y"][0] == 0
    assert kzt["x"][-1] == "2026-09-29"
    [(expected,)] = store.query(
        "SELECT change_of(min_by(units_per_usd, observed_on), max_by(units_per_usd, observed_on))"
        " FROM history WHERE currency = 'KZT'"
    )
    assert kzt["y"][-1] == pytest.approx(expected, abs=1e-4)
    assert None in kzt["y"]
    assert kzt["text"][-1] == "2.28%, 29 Sep 2026"
    assert kzt["connectgaps"] is False
    assert set(figure["data"][4]["y"]) == {0}
    buttons = figure["layout"]["xaxis"]["rangeselector"]["buttons"]
    assert [button["label"] for button in buttons] == ["1M", "3M", "6M", "YTD", "1Y", "All"]
    again = client.get("/dashboards/against_the_dollar.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_plotly_comes_from_here_compressed_and_for_ever(client: FlaskClient) -> None:
    [address] = re.findall(r'src="(/plotly-[^"]*)"', client.get("/").text)
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


def test_readyz_lists_what_is_ok(client: FlaskClient) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["failing"] == []
    assert answer.json["ok"][0].endswith(" opens")
    assert answer.json["ok"][1] == "published 0 minutes ago"
    assert set(answer.json["sources"]) == set(sources.chosen())
    archived = answer.json["sources"]["currency_api"]
    assert (archived["state"], archived["last_observed_on"]) == ("dead", "2026-09-29")
    assert archived["missed"] > 10
    assert archived["expected_next_at"] == "2026-10-01T04:00:00Z"
    assert answer.json["sources"]["nbk"] == {
        "state": "dead",
        "missed": None,
        "last_observed_on": None,
        "expected_next_at": None,
        "last_error": None,
    }


def test_readyz_without_a_version_says_so() -> None:
    answer = create_app().test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert "nothing is published" in answer.json["failing"][0]


def test_readyz_tells_that_the_jobs_have_fallen_silent(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    class Later(datetime):
        @classmethod
        def now(cls, _: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + timedelta(minutes=61)

    monkeypatch.setattr(health, "datetime", Later)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["failing"] == ["published 61 minutes ago"]


def test_readyz_tells_of_a_damaged_pointer(store: Store, data: Path) -> None:
    publish.publish(store)
    (data / "published" / "latest.json").write_text("{")
    answer = create_app().test_client().get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert "is damaged" in answer.json["failing"][0]


def test_an_empty_store_looks_deliberate(store: Store) -> None:
    publish.publish(store)
    page = create_app().test_client().get("/")
    assert page.status_code == 200
    assert page.text.count('<article class="card">') == 5
    chart = create_app().test_client().get("/dashboards/against_the_dollar.json")
    assert chart.status_code == 200
    assert "No rates yet" in chart.text
    assert page.text.count("no rate yet") == 4  # All but the peg.


def test_before_the_first_version_the_page_says_what_to_do() -> None:
    page = create_app().test_client().get("/")
    assert page.status_code == 503
    assert "No rates yet" in page.text
    assert create_app().test_client().get("/dashboards/against_the_dollar.json").status_code == 503
