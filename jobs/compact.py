"""Merge the small files of a lake (RATESVC_STORE), and remove what it no longer needs; daily.

A store in a file needs nothing of it.
"""

from datetime import UTC, datetime

from ratesvc.core import settings
from ratesvc.store.database import writing

SCHEDULE = "23 2 * * *"
MAY_OVERRUN = False


def run() -> None:
    """Maintain the lake, if the store is one."""
    if settings.load().store:
        with writing() as store:
            store.maintain(datetime.now(UTC))
