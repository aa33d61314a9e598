"""Read everything that is kept, so that a bit that has rotted is found while a good copy may still exist.

A damaged version is set aside, and published anew if it was the newest. A damaged document is fetched again if its
source still has it. Damaged lines of the log of fetches are written again from the store.
"""

import logging
from datetime import UTC, datetime

import duckdb

from ratesvc.core import failures
from ratesvc.core.errors import RatesvcError
from ratesvc.jobs import snapshot
from ratesvc.publish import publish
from ratesvc.publish.reader import first_line
from ratesvc.run.scheduler import next_run
from ratesvc.store import fetch_log, raw_documents
from ratesvc.store.database import writing

SCHEDULE = "37 3 * * *"
MAY_OVERRUN = False
TOLD = 5
"""How many damages a notification names; the log has all."""

log = logging.getLogger("ratesvc")


def run() -> None:
    """Check versions, documents and the store; log one line for each damage, and have operators notified."""
    with writing() as store:
        damages = publish.set_damaged_aside()
        try:
            store.read_everything()
            damages += raw_documents.damages(store)
            damages += fetch_log.mend(store)
            if damages:
                publish.publish_changes(store, next_run(snapshot.SCHEDULE, datetime.now(UTC)))
        except (RatesvcError, duckdb.Error) as failure:
            damages.append(first_line(failure))
    for damage in damages:
        log.error("%s", damage)
    if damages:
        failures.report("scrub", f"{len(damages)} damaged: {'; '.join(damages[:TOLD])}")
    else:
        failures.clear("scrub")
        log.info("everything that is kept is whole")
