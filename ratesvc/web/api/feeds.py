"""Subscriptions: an Atom feed of events, and an iCalendar of expected publications."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

from flask import Blueprint, Response
from icalendar import Calendar, Event
from lxml import etree
from lxml.builder import ElementMaker

from ratesvc.core import settings
from ratesvc.publish.reader import Reader
from ratesvc.render import news
from ratesvc.render.i18n import Words
from ratesvc.web.http import ticker_rows
from ratesvc.web.http.params import Params, between
from ratesvc.web.http.responses import cacheable, seconds_left

blueprint = Blueprint("feeds", __name__)

ATOM = "http://www.w3.org/2005/Atom"
NEWS_DAYS, AHEAD_DAYS = 60, 30
EVENT_LENGTH = timedelta(minutes=15)
"""Length of a calendar event: calendar apps skip events of no length."""
MAX_ENTRIES = 100
_AHEAD = """
SELECT source, title, site, expected_on, due_at
FROM calendar JOIN sources USING (source), clock
WHERE collected AND publication AND due_at BETWEEN now_utc - INTERVAL 7 DAYS AND now_utc + ? * INTERVAL 1 DAY
ORDER BY due_at, source
"""


class MovesParams(Params):
    """Parameters of the feed."""

    threshold: Annotated[Decimal, between(settings.SMALLEST_MOVE, 50)] = Decimal(1)


@blueprint.get("/feeds/moves.atom")
def moves() -> Response:
    """Serve the Atom feed.

    Moves of at least `threshold` percent (0.05 to 50; default: 1), unconfirmed figures, corrections, events, overdue
    sources.
    """
    threshold = MovesParams.parse().threshold
    reader, origin = ticker_rows.reader(), settings.load().address
    today = datetime.now(UTC).date()
    rows = reader.rows("FROM news(?, ?) LIMIT ?", [today - timedelta(days=NEWS_DAYS), threshold, MAX_ENTRIES])
    E = ElementMaker(namespace=ATOM, nsmap={None: ATOM})  # noqa: N806 - lxml's name for it
    updated = max((row["told_at"] for row in rows), default=reader.published.published_at)
    feed = E.feed(
        E.title("Exchange rates of Central Asia: news"),
        E.id(f"{origin}/feeds/moves.atom"),
        E.link(rel="self", href=f"{origin}/feeds/moves.atom?threshold={threshold}"),
        E.link(rel="alternate", href=f"{origin}/"),
        E.updated(_moment(updated)),
        E.author(E.name("ratesvc")),
        *(_entry(E, row, reader, origin) for row in rows),
    )
    body = etree.tostring(feed, xml_declaration=True, encoding="utf-8", pretty_print=True)
    return cacheable(body, "application/atom+xml; charset=utf-8", seconds_left(reader.published))


@blueprint.get("/feeds/publications.ics")
def publications() -> Response:
    """Serve the calendar of expected publications; an event begins when the rate is due (UTC)."""
    Params.parse()
    reader = ticker_rows.reader()
    body = _calendar(reader).to_ical()
    return cacheable(body, "text/calendar; charset=utf-8", seconds_left(reader.published))


def _entry(E: ElementMaker, row: dict[str, Any], reader: Reader, origin: str) -> etree._Element:  # noqa: N803
    bank = reader.bank(row["source"], row["quote"])
    moment = _moment(row["told_at"])
    # An event keeps its ID in every version. Several figures of one day may be held or decided, so add the figure.
    name = [row["kind"], row["source"], news.subject(row), str(row["observed_on"]), moment]
    if row["kind"] not in ("move", "correction", "peg", "silence"):
        name.append(row["rate"])
    return E.entry(
        E.title(news.title(row, bank)),
        E.id(f"{origin}/feeds/{'/'.join(name)}"),
        E.link(rel="alternate", href=origin + news.path(row)),
        E.updated(moment),
        E.category(term=row["kind"]),
        E.summary(news.summary(row, bank)),
    )


def _calendar(reader: Reader) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//ratesvc//publications//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Exchange rates of Central Asia: expected publications")
    for row in reader.rows(_AHEAD, [AHEAD_DAYS]):
        event = Event()
        due = row["due_at"].replace(tzinfo=UTC)
        event.add("uid", f"{row['source']}-{row['expected_on']}@ratesvc")
        event.add("summary", f"{row['title']}: rate for {Words('en').day(row['expected_on'])}")
        event.add("dtstart", due)
        event.add("dtend", due + EVENT_LENGTH)
        event.add("dtstamp", reader.published.published_at)
        event.add("url", row["site"])
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    return calendar


def _moment(moment: datetime) -> str:
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"
