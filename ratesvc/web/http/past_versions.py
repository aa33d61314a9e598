"""Past versions of the database, rebuilt from the newest one on request; the last few stay open."""

import threading
from collections import OrderedDict

from ratesvc.publish import as_of
from ratesvc.publish.reader import Reader
from ratesvc.web.http.params import ParameterError

MAX_OPEN = 8
PATIENCE_SECONDS = 10

_open_versions: OrderedDict[str, Reader] = OrderedDict()
_access = threading.Lock()
_building = threading.Lock()


def reader_of(newest: Reader, version: str) -> Reader:
    """Return the database as of a version. Only one is rebuilt at a time.

    Raises ParameterError (503) when too many different versions are requested, and NeverPublishedError for an
    unknown one.
    """
    if version == newest.published.version:
        return newest
    with _access:
        if version in _open_versions:
            _open_versions.move_to_end(version)
            return _open_versions[version]
    if not _building.acquire(timeout=PATIENCE_SECONDS):
        raise ParameterError(503, "too many past versions are being requested: try again in a few seconds")
    try:
        # Versions are removed only while `_building` is held, so what is here stays until we return.
        if version not in _open_versions:
            reader = as_of.as_known(newest, as_of.of(newest, version))
            with _access:
                # What was rebuilt from a version that is gone holds its file, and the file its space on the disk.
                for name in [name for name, past in _open_versions.items() if not past.published.folder.exists()]:
                    del _open_versions[name]
                while len(_open_versions) >= MAX_OPEN:
                    _open_versions.popitem(last=False)  # Requests that use it still hold a reference.
                _open_versions[version] = reader
        return _open_versions[version]
    finally:
        _building.release()
