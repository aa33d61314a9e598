"""What every writer does first: clean up after one that was killed, and fill an empty store."""

from collections.abc import Iterator
from contextlib import contextmanager

from ratesvc import ingest, publish, raw
from ratesvc.store import Store, writing


@contextmanager
def writer() -> Iterator[Store]:
    """This process's Store, in order and never empty: an empty one gets the bundled history, and publishes it."""
    with writing() as store:
        raw.recover()
        publish.recover(store)
        if ingest.load_archive(store):
            publish.publish(store)
        yield store
