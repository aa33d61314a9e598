"""Carry out decisions made with `ratesvc held accept` or `reject`, then publish."""

import logging
from datetime import UTC, datetime

from ratesvc.core.errors import RatesvcError
from ratesvc.jobs import snapshot
from ratesvc.publish import publish
from ratesvc.run.scheduler import next_run
from ratesvc.store import decisions
from ratesvc.store.database import writing

SCHEDULE = "* * * * *"
MAY_OVERRUN = False

log = logging.getLogger("ratesvc")


def run() -> None:
    """Carry out waiting decisions, oldest first; log one line each."""
    paths = decisions.handed_over()
    if not paths:
        return
    with writing() as store:
        for path in paths:
            try:
                log.warning("%s", decisions.take_up(store, path))
            except RatesvcError as failure:
                log.error("%s", failure)
        publish.publish(store, next_run(snapshot.SCHEDULE, datetime.now(UTC)))
