"""Snapshot every source, then publish.

The sources announce at all hours of the day, and asking again stores nothing unless the answer
changed, so one timetable serves all of them.
"""

import logging
from datetime import UTC, datetime

from ratesvc import ingest, publish, settings, sources
from ratesvc.store import writing
from ratesvc.timetable import next_run

SCHEDULE = "*/15 * * * *"

log = logging.getLogger("ratesvc")


def run() -> None:
    """Asks, stores, publishes; one line in the log per source."""
    with writing() as store:
        for fetch in ingest.snapshot(store, sources.chosen(settings.load().sources), "schedule"):
            log.log(logging.WARNING if fetch.failed else logging.INFO, "%s", fetch.sentence)
        version = publish.publish(store, next_run(SCHEDULE, datetime.now(UTC)))
        log.info("published %s", version)
