"""Carry out what a person decided about held figures by `ratesvc held accept` or `reject`, then publish."""

import logging
from datetime import UTC, datetime

from jobs import snapshot
from ratesvc import decisions, publish
from ratesvc.errors import CouldNot
from ratesvc.store import writing
from ratesvc.timetable import next_run

SCHEDULE = "* * * * *"
MAY_OVERRUN = False

log = logging.getLogger("ratesvc")


def run() -> None:
    """Takes up the decisions, the oldest first; one line in the log for each."""
    paths = decisions.handed_over()
    if not paths:
        return
    with writing() as store:
        for path in paths:
            try:
                log.warning("%s", decisions.take_up(store, path))
            except CouldNot as failure:
                log.error("%s", failure)
        publish.publish(store, next_run(snapshot.SCHEDULE, datetime.now(UTC)))
