"""Remove published versions that are older than a day, but never the last three; daily, old quiet fetches too."""

import logging
from datetime import UTC, datetime

from ratesvc.publish import versions
from ratesvc.store import reference_data
from ratesvc.store.database import writing
from ratesvc.store.roll_up import roll_up

SCHEDULE = "7 * * * *"
MAY_OVERRUN = False

log = logging.getLogger("ratesvc")


def run() -> None:
    """Remove old versions and log their number; at midnight UTC also roll up the log and extend the calendar."""
    now = datetime.now(UTC)
    removed = versions.remove_old(now)
    if removed:
        log.info("removed %d old versions", removed)
    if now.hour == 0:
        with writing() as store:
            roll_up(store, now)
            # A process may run for years, and the calendar reaches a year ahead.
            with store.transaction() as connection:
                reference_data.extend_calendar(connection, now.date())
