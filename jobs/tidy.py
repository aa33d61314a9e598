"""Remove published versions that are older than a day, but never the last three."""

import logging
from datetime import UTC, datetime

from ratesvc import publish

SCHEDULE = "7 * * * *"

log = logging.getLogger("ratesvc")


def run() -> None:
    """Removes what is old, with a line in the log when there was something."""
    removed = publish.remove_old(datetime.now(UTC))
    if removed:
        log.info("removed %d old versions", removed)
