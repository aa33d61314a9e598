"""Start of every writer: clean up after a killed one, and fill an empty store."""

from collections.abc import Iterator
from contextlib import contextmanager

from ratesvc.collect import snapshot
from ratesvc.publish import publish
from ratesvc.store import raw_documents
from ratesvc.store.database import Store, writing


@contextmanager
def writer() -> Iterator[Store]:
    """Yield this process's Store, cleaned up; an empty one is filled with the bundled history and published."""
    with writing() as store:
        raw_documents.recover()
        publish.recover(store)
        if snapshot.load_archive(store):
            publish.publish(store)
        yield store
