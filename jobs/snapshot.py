"""Snapshot every source, then publish.

The sources announce at all hours of the day, and asking again stores nothing unless the answer
changed, so one timetable serves all of them.
"""

import logging
from datetime import UTC, datetime

from ratesvc import sources
from ratesvc.collect import snapshot
from ratesvc.core import settings
from ratesvc.publish import publish
from ratesvc.run.scheduler import next_run
from ratesvc.store.database import writing

SCHEDULE = "*/15 * * * *"
MAY_OVERRUN = False

log = logging.getLogger("ratesvc")


def run() -> None:
    """Asks, stores, publishes; one line in the log per source, or one for all where none could be reached."""
    with writing() as store:
        fetches = snapshot.take_snapshot(store, sources.select(settings.load().sources), "schedule")
        if snapshot.nobody_reached(fetches):
            log.warning("no source could be reached, so the problem is probably on our side: %s", fetches[0].sentence)
        else:
            for fetch in fetches:
                log.log(logging.WARNING if fetch.failed else logging.INFO, "%s", fetch.sentence)
        version = publish.publish(store, next_run(SCHEDULE, datetime.now(UTC)))
        log.info("published %s", version)
