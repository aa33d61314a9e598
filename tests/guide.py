"""Writes the answers of the bundled history into the analysts' guide: `make guide`."""

import os
import tempfile

from ratesvc.collect import snapshot
from ratesvc.core import settings
from ratesvc.publish import publish, reader
from ratesvc.publish.reader import Reader
from ratesvc.query import guide
from ratesvc.store.database import Store, writing

from . import clock
from .clock import set_clock

CLOCK = "2026-09-29 12:00"
"""The last day of that history, so that the answers stay the same."""


def publish_as_of_its_end(store: Store) -> None:
    """Publishes that history on its last day."""
    snapshot.load_archive(store)
    set_clock(store, CLOCK)
    publish.publish(store)


def filled(store: Store) -> str:
    """The guide as it should be."""
    publish_as_of_its_end(store)
    return guide.filled(Reader(reader.newest(settings.load().published)))


def main() -> None:
    clock.install()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RATESVC_DATA"] = folder
        with writing() as store:
            text = filled(store)
    guide.PATH.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
