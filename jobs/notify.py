"""Tell the addresses of RATESVC_NOTIFY what is new: moves, figures under review, silent banks, failures.

Each address gets everything once, as one message a run. One that cannot be reached is tried again after 5, 10, 20, ...
minutes and then every hour, also after a restart.
"""

import logging
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import closing
from datetime import UTC, datetime

from ratesvc.core import settings
from ratesvc.notify import addresses, digest
from ratesvc.notify.memory import Memory
from ratesvc.publish.reader import Reader, newest

SCHEDULE = "2-57/5 * * * *"
MAY_OVERRUN = False

log = logging.getLogger("ratesvc")


def run() -> None:
    """Send what is new, to all addresses at once; log one line for each message."""
    config, now = settings.load(), datetime.now(UTC)
    configured = addresses.configured()
    if not configured:
        return
    with closing(Reader(newest(config.published))) as version:
        items = digest.items(version, config.notify_move, now.date())
    memory = Memory(config.notified)
    memory.admit([address.name for address in configured], items, now.date())
    with ThreadPoolExecutor(len(configured)) as pool:
        sending = {}
        for address in configured:
            told = memory.told[address.name]
            unknown = told.unknown(items)
            if not unknown:
                told.learn(items, now.date())
            elif told.retry_at is None or told.retry_at <= now:
                sending[pool.submit(addresses.send, address, *digest.message(unknown))] = address, unknown
        memory.write()
        for sent in as_completed(sending):
            (address, unknown), told = sending[sent], memory.told[sending[sent][0].name]
            if failure := sent.result():
                retry_at = told.fail(datetime.now(UTC))
                log.warning(
                    "notify: %s was not reached: %s; trying again after %s UTC", address, failure, f"{retry_at:%H:%M}"
                )
            else:
                told.learn(items, now.date())
                log.info("notify: %s was told: %s", address, digest.message(unknown)[0])
            memory.write()  # At once: what was sent and is not noted is sent again.
