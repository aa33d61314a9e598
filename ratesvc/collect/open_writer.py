"""Start of every writer: refuse a store that is lost, clean up after a killed writer, and fill a new store."""

from collections.abc import Iterator
from contextlib import contextmanager

from ratesvc.collect import restore, snapshot
from ratesvc.publish import publish
from ratesvc.store import fetch_log, raw_documents
from ratesvc.store.database import Store, writing


@contextmanager
def writer() -> Iterator[Store]:
    """Yield this process's Store, cleaned up; a new one is filled with the bundled history and published.

    Raises RatesvcError if there was a store that is lost, and names the command that brings it back.
    """
    restore.refuse_a_lost_one()
    with writing() as store:
        raw_documents.recover()
        fetch_log.follow(store)
        publish.recover(store)
        if snapshot.load_archive(store):
            publish.publish(store)
        yield store
