"""Past versions of the database: made anew from the newest one when they are asked for, the last few kept open."""

import threading
from collections import OrderedDict

from ratesvc.publish import as_of
from ratesvc.publish.reader import Reader
from ratesvc.web.http.params import Refused

MOST_KEPT = 8
PATIENCE_SECONDS = 10

_kept: OrderedDict[str, Reader] = OrderedDict()
_looking = threading.Lock()
_making = threading.Lock()


def reader_of(newest: Reader, version: str) -> Reader:
    """Everything as it stood when a version was published; one past is made at a time.

    Raises Refused where too many different ones are asked for, and NeverPublished for a version that never was.
    """
    if version == newest.published.version:
        return newest
    with _looking:
        if version in _kept:
            _kept.move_to_end(version)
            return _kept[version]
    if not _making.acquire(timeout=PATIENCE_SECONDS):
        raise Refused(503, "too many moments of the past are asked for: try again in a few seconds")
    try:
        # Only who makes one takes one away, so what is here now stays until the end of this.
        if version not in _kept:
            made = as_of.as_known(newest, as_of.of(newest, version))
            with _looking:
                while len(_kept) >= MOST_KEPT:
                    _kept.popitem(last=False)  # Whoever asks it at this moment holds it still.
                _kept[version] = made
        return _kept[version]
    finally:
        _making.release()
