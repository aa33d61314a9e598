"""Upload to RATESVC_PUBLISH_TO what a publication could not, and hourly remove old versions there."""

import logging
from datetime import UTC, datetime

from ratesvc.core import settings

SCHEDULE = "* * * * *"
MAY_OVERRUN = False
TIDY_MINUTE = 9

log = logging.getLogger("ratesvc")


def run() -> None:
    """Do nothing if there is no such place, or if it is up to date."""
    if not settings.load().publish_to:
        return
    from ratesvc.publish import upload

    now = datetime.now(UTC)
    upload.bring_up_to_date()
    if now.minute == TIDY_MINUTE and (removed := upload.remove_old(now)):
        log.info("removed %d old versions from %s", removed, settings.load().publish_to)
