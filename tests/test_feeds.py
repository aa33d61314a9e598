"""The feed and the calendar, as programs that people use read them."""

import os
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from flask.testing import FlaskClient
from icalendar import Calendar

from ratesvc.publish import publish
from ratesvc.publish.reader import Reader, newest
from ratesvc.store.database import Store
from ratesvc.web import create_app

from .conftest import Ask, See
from .serving import TODAY


def test_the_feed_tells_of_moves_and_corrections(client: FlaskClient, busy_year: Path) -> None:
    feed = feedparser.parse(client.get("/feeds/moves.atom").data)
    assert not feed.bozo
    views = Reader(newest(busy_year / "published"))
    [(moves,)] = views.query(
        "SELECT count(*) FROM changes JOIN headline USING (source, pair) JOIN pairs USING (pair) WHERE in_ticker"
        " AND period = 'previous' AND abs(inverse_change_pct) >= 1 AND changes.observed_on >= ?",
        [TODAY - timedelta(days=60)],
    ).fetchall()
    titles = [entry.title for entry in feed.entries]
    assert sum(entry.tags[0].term == "move" for entry in feed.entries) == moves > 0
    assert any(title.startswith("National Bank of Kazakhstan corrected KZT") for title in titles)
    assert any("from 517.3 to 516.95 per dollar" in title for title in titles)
    assert len({entry.id for entry in feed.entries}) == len(titles)
    told = [entry.updated for entry in feed.entries]
    assert told == sorted(told, reverse=True)
    assert feed.entries[0].link.startswith("http://127.0.0.1:8000/")
    large = feedparser.parse(client.get("/feeds/moves.atom?threshold=50").data)
    assert not any(entry.tags[0].term == "move" for entry in large.entries)


@pytest.mark.parametrize("threshold", ["0.05", "0.3", "1"])
def test_the_feed_takes_a_threshold_below_one_percent(client: FlaskClient, busy_year: Path, threshold: str) -> None:
    feed = feedparser.parse(client.get(f"/feeds/moves.atom?threshold={threshold}").data)
    changes = [
        abs(float(entry.title.split()[1].rstrip(":").rstrip("%")))
        for entry in feed.entries
        if entry.tags[0].term == "move"
    ]
    assert min(changes) >= float(threshold) - 0.005  # A title rounds to two decimals.
    assert any(change < 1 for change in changes) == (threshold != "1")
    assert feed.feed.links[0].href.endswith(f"?threshold={threshold}")


def test_the_feed_tells_of_a_peg_and_of_rates_that_do_not_come(store: Store, see: See, ask: Ask) -> None:
    see("TMT", str(TODAY), "19.5", source="cbt")
    see("KZT", str(TODAY - timedelta(days=30)), "517.30", source="nbk")
    ask(f"{datetime.now(UTC):%Y-%m-%d %H:%M}", "nbk")
    publish.publish(store)
    feed = feedparser.parse(create_app().test_client().get("/feeds/moves.atom").data)
    titles = " ".join(entry.title for entry in feed.entries)
    assert "weaker than the peg of 3.5" in titles
    assert "National Bank of Kazakhstan: we have received nothing newer than the rate for" in titles
    assert "more than ten days overdue" in titles


def test_the_calendar_has_what_is_due(client: FlaskClient, busy_year: Path) -> None:
    calendar = Calendar.from_ical(client.get("/feeds/publications.ics").data)
    events = {str(event["uid"]): event for event in calendar.walk("VEVENT")}
    views = Reader(newest(busy_year / "published"))
    [row] = views.rows("SELECT expected_next_on, expected_next_at FROM freshness WHERE source = 'nbt'")
    due = events[f"nbt-{row['expected_next_on']}@ratesvc"]
    assert due.decoded("dtstart") == row["expected_next_at"].replace(tzinfo=UTC)
    assert "National Bank of Tajikistan: rate for" in str(due["summary"])
    assert len(events) > 60


def test_no_event_ends_when_it_begins(client: FlaskClient) -> None:
    for event in Calendar.from_ical(client.get("/feeds/publications.ics").data).walk("VEVENT"):
        assert event.decoded("dtend") > event.decoded("dtstart")


@pytest.mark.skipif(
    shutil.which("calcurse") is None, reason="no calcurse is installed (on Debian: apt install calcurse)"
)
def test_calcurse_takes_every_event(client: FlaskClient, tmp_path: Path) -> None:
    file = tmp_path / "publications.ics"
    file.write_bytes(client.get("/feeds/publications.ics").data)
    events = file.read_bytes().count(b"BEGIN:VEVENT")
    command = ["calcurse", "-D", str(tmp_path), "-i", str(file)]
    done = subprocess.run(
        command, env={**os.environ, "LC_ALL": "C"}, capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[1] == f"{events} apps / 0 events / 0 todos / 0 skipped"


def test_nonsense_is_refused(client: FlaskClient) -> None:
    for path in ("/feeds/moves.atom?threshold=0.049", "/feeds/moves.atom?threshold=x", "/feeds/publications.ics?x=1"):
        assert client.get(path).status_code == 422


def test_pages_lead_to_the_feed(client: FlaskClient) -> None:
    assert 'type="application/atom+xml"' in client.get("/").text
