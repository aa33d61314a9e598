"""What every writer does first: clean up after one that was killed, and fill an empty store."""

from collections.abc import Iterator
from contextlib import contextmanager

from ratesvc.collect import snapshot
from ratesvc.publish import publish
from ratesvc.store import raw_documents
from ratesvc.store.database import Store, writing


@contextmanager
def writer() -> Iterator[Store]:
    """This process's Store, in order and never empty: an empty one gets the bundled history, and publishes it."""
    with writing() as store:
        raw_documents.recover()
        publish.recover(store)
        if snapshot.load_archive(store):
            publish.publish(store)
        yield store
