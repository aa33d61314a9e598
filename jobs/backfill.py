"""Fill in history: the year before a central bank's first answer, recent missing days, and orders.

`ratesvc backfill` places orders too. An order is a file in the folder `orders/` of the data.
"""

import logging
from datetime import UTC, datetime, timedelta

from ratesvc.collect import backfill, backfill_queue
from ratesvc.collect.backfill import Progress
from ratesvc.collect.backfill_queue import Order
from ratesvc.core.errors import RatesvcError
from ratesvc.jobs import snapshot
from ratesvc.run.scheduler import next_run
from ratesvc.store.database import writing

SCHEDULE = "* * * * *"
MAY_OVERRUN = True

FORGOTTEN = timedelta(days=1)
"""Time after which a finished order is removed if its command did not collect it."""

log = logging.getLogger("ratesvc")


def run() -> None:
    """Carry out the orders, oldest first."""
    with writing() as store:
        for order in map(Order, backfill.by_itself(store)):
            if not order.exists:  # A failed one stays for a day, and is then tried again.
                order.write()
    for path in backfill_queue.placed():
        try:
            order = Order.read(path)
        except RatesvcError as strange:
            log.error("%s: it is removed", strange)
            path.unlink(missing_ok=True)
            continue
        if "failure" not in order.note:
            _fill(order)
        elif order.age > FORGOTTEN.total_seconds():
            order.remove()


def _fill(order: Order) -> None:
    progress = Progress(total=0)

    def report(now: Progress) -> None:
        nonlocal progress
        progress = now
        if order.exists:
            order.write(now)

    log.info("backfill of %s", order.span)
    try:
        with writing() as store:
            backfill.fill(
                store,
                order.span,
                report,
                stopped=lambda: not order.exists,
                next_snapshot_at=lambda: next_run(snapshot.SCHEDULE, datetime.now(UTC)),
            )
        failure = None
    except RatesvcError as failed:
        failure = str(failed)
    if not order.exists:
        log.info("backfill of %s: cancelled after %s", order.span, progress)
        return
    order.write(progress, failure=failure)
    log.log(logging.WARNING if failure else logging.INFO, "backfill of %s: %s", order.span, failure or progress)
