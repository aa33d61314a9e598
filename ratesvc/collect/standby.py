"""Stand-by writer: `ratesvc jobs --standby`. It follows the leader, and takes over when that is gone.

What the leader has published and received is fetched into this machine's own data folder, so that a web server here
shows it. To take over is to restore the store from it, as after a lost disk. A machine that leads again, and no other
one did in between, goes on with the store that it has. With a lake there is nothing to restore, and the lake's own
database decides who leads.
"""

import logging
import time
from datetime import UTC, datetime

from ratesvc.collect.restore import restore
from ratesvc.core import settings
from ratesvc.core.errors import RatesvcError, UsageError
from ratesvc.publish import publish, raw_copies, reader, upload, versions
from ratesvc.publish.follow import Follower
from ratesvc.publish.object_store import ObjectStore
from ratesvc.store import leadership
from ratesvc.store.database import writing

EVERY_SECONDS = 1
FORMER_STORES = 2
"""How many files of former stores, and their logs, are kept."""

log = logging.getLogger("ratesvc")


def wait_and_lead() -> None:
    """Follow until no other machine leads, then take over; the store is current after that, and published.

    Raises UsageError if a setting is missing, RatesvcError if the store cannot be restored.
    """
    config = settings.load()
    database = config.store.removeprefix(settings.LAKE) or config.leader
    if not (database and config.publish_to):
        raise UsageError(
            "a stand-by needs RATESVC_LEADER, a PostgreSQL database, or RATESVC_STORE, a lake; and RATESVC_PUBLISH_TO,"
            " an object store"
        )
    candidate, followed, trouble = leadership.Leadership(database), _Followed(config.publish_to), ""
    log.info("stand-by: following %s until no other machine leads", config.publish_to)
    while True:
        try:
            followed.look()
            if candidate.try_to_lead():
                followed.look_last(candidate.epoch)
                break
        except (RatesvcError, OSError) as failure:
            candidate.withdraw()
            what = str(failure).partition(": ")[0]  # A server that starts again gives more than one reason.
            if what != trouble:
                log.error("stand-by: %s", failure)
            trouble = what
        else:
            trouble = ""
        time.sleep(EVERY_SECONDS)
    leadership.hold(candidate)
    log.info("this machine leads now (epoch %d)", candidate.epoch)
    _take_over(candidate.epoch)


class _Followed:
    """What the leader has published and received, as far as it has arrived in the object store."""

    def __init__(self, url: str) -> None:
        self._store = ObjectStore(url)
        self._follower = Follower(url, settings.load().published)
        self._led = _last_epoch() is not None
        self._etag: str | None = None

    def look(self) -> None:
        """Fetch what is new. Raises RatesvcError, OSError."""
        etag = self._store.etag(upload.POINTER)
        if etag == self._etag:
            return  # Nothing is new, or nobody has published yet.
        if self._led:
            _forget_what_nobody_got(upload.pointer(self._store)["version"])
            self._led = False
        raw_copies.download(self._store, settings.load().raw)
        if version := self._follower.look():
            log.info("fetched %s", version)
            versions.remove_old(datetime.now(UTC))
        self._etag = etag

    def look_last(self, epoch: int) -> None:
        """Fetch what the former leader did last; what it still does is refused. Raises RatesvcError, OSError."""
        upload.claim(self._store, epoch)
        raw_copies.download(self._store, settings.load().raw)  # Also what it sent for a version that has not arrived.
        self.look()


def _forget_what_nobody_got(newest: str) -> None:
    """Remove versions that this machine has published when it led, and that did not reach the object store."""
    for path in reader.versions(settings.load().published):
        if path.name > newest:
            versions.remove(path)


def _last_epoch() -> int | None:
    """Return the number of this machine's last leadership; None if it never led."""
    try:
        return int((settings.load().data / "epoch").read_text())
    except (FileNotFoundError, ValueError):  # Its writer may have been killed.
        return None


def _take_over(epoch: int) -> None:
    config = settings.load()
    # The first leader of all may be a machine that was alone until now.
    led_last = config.database.exists() and (_last_epoch() or 0) == epoch - 1
    if reader.versions(config.published) and not led_last:
        raw_copies.join(config.raw)
    if reader.versions(config.published) and not led_last and not config.store:
        log.info("%s", restore(forced=True))
        for path in sorted(config.data.glob(f"{config.database.name}.before-*"))[:-FORMER_STORES]:
            path.unlink()
        with writing() as store:
            log.info("published %s", publish.publish(store))
    config.data.mkdir(parents=True, exist_ok=True)
    (config.data / "epoch").write_text(str(epoch))
