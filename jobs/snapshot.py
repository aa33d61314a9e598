"""Snapshot every source, then publish what has changed.

The sources publish at all hours, and a repeated fetch stores nothing unless the answer changed,
so one schedule serves them all.
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
    """Fetch, store and publish; log one line per source, or one for all if none could be reached."""
    with writing() as store:
        fetches = snapshot.take_snapshot(store, sources.select(settings.load().sources), "schedule")
        if snapshot.nobody_reached(fetches):
            log.warning("no source could be reached, so the problem is probably on our side: %s", fetches[0].sentence)
        else:
            for fetch in fetches:
                log.log(logging.WARNING if fetch.failed else logging.INFO, "%s", fetch.sentence)
        version = publish.publish_changes(store, next_run(SCHEDULE, datetime.now(UTC)))
        log.info("published %s", version) if version else log.info("nothing has changed")
