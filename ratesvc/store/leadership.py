"""Of several machines one writes: the one that holds an advisory lock of a PostgreSQL database.

PostgreSQL ends a session that was silent for SILENT_SECONDS, and with it its lock. So a leader that is killed, cut off
or suspended is replaced. Each leader has a higher epoch than those before it, and before every commit it compares that
with the database's: one that was suspended, and wakes up, commits nothing. It ends as soon as it notices.
"""

import logging
import os
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

from ratesvc.core.errors import RatesvcError

if TYPE_CHECKING:
    import psycopg

SILENT_SECONDS = 5
BEAT_SECONDS = 1
PATIENCE_SECONDS = 4
"""How long a leader goes on without an answer from PostgreSQL: less than its session may be silent."""
_KEY = 0x7261746573

log = logging.getLogger("ratesvc")
_held: "Leadership | None" = None


class Leadership:
    """One candidate. epoch: the number of its leadership, 0 before it has led."""

    def __init__(self, url: str) -> None:
        """url: of the database, postgresql://user:password@host/name, or a connection string of libpq."""
        self.epoch = 0
        self._given_up = threading.Event()
        self._asking = threading.RLock()
        """Held while the connection is used, because closing it meanwhile crashes the process."""
        self._url = url
        self._connection: psycopg.Connection | None = None
        self._answered_at = 0.0

    def try_to_lead(self) -> bool:
        """Become the leader if there is none. Raises RatesvcError if PostgreSQL does not answer."""
        if not self._ask("SELECT pg_try_advisory_lock(%s)", _KEY):
            return False
        self._ask(_CREATE)
        self.epoch = self._ask(_BEGIN_EPOCH, socket.gethostname())
        return True

    def withdraw(self) -> None:
        """Give the lock back, if this candidate has it. It leads no longer, and may try again."""
        with self._asking:
            self.epoch = 0  # That of no leader, so that `check` refuses.
            if self._connection:
                self._connection.close()
                self._connection = None

    def check(self) -> None:
        """Raise RatesvcError unless this is still the leader."""
        if self._ask("SELECT epoch FROM ratesvc_leader") != self.epoch:
            raise RatesvcError("another machine leads now, so nothing is written here")

    def keep(self) -> None:
        """Keep the session alive in the background, and end this process when the leadership may be lost."""
        for work in (self._beat, self._watch):
            threading.Thread(target=work, name="leadership", daemon=True).start()

    def _ask(self, query: str, *values: object) -> Any:
        """Return the first column of the first row, if there is one."""
        import psycopg  # Only a stand-by needs it.

        with self._asking:
            try:
                if self._connection is None:
                    options = f"-c idle_session_timeout={SILENT_SECONDS}s -c statement_timeout={PATIENCE_SECONDS}s"
                    self._connection = psycopg.connect(
                        self._url,
                        autocommit=True,
                        connect_timeout=PATIENCE_SECONDS,
                        options=options,
                        application_name="ratesvc",
                    )
                cursor = self._connection.execute(query, values or None)
                row = cursor.fetchone() if cursor.description else None
            except psycopg.Error as failure:
                self.withdraw()
                reason = (str(failure).strip() or type(failure).__name__).splitlines()[0]
                raise RatesvcError(f"PostgreSQL does not answer: {reason}") from None
            self._answered_at = time.monotonic()
            return row and row[0]

    def give_up(self) -> None:
        """Stop keeping the session alive, and end it; if PostgreSQL does not answer, it ends the session itself."""
        self._given_up.set()
        if self._asking.acquire(timeout=PATIENCE_SECONDS):
            self.withdraw()
            self._asking.release()

    def _beat(self) -> None:
        while not self._given_up.wait(BEAT_SECONDS):
            try:
                self.check()
            except RatesvcError as loss:
                self._end(str(loss))

    def _watch(self) -> None:
        while not self._given_up.wait(BEAT_SECONDS / 4):
            if time.monotonic() - self._answered_at > PATIENCE_SECONDS:
                self._end(f"PostgreSQL has not answered for {PATIENCE_SECONDS} seconds")

    def _end(self, reason: str) -> None:
        if not self._given_up.is_set():
            log.critical("%s: ending, so that another machine can lead", reason)
            os._exit(1)


def hold(leadership: Leadership) -> None:
    """Have every commit of this process depend on a leadership, and end with it."""
    global _held
    _held = leadership
    leadership.keep()


def release() -> None:
    """Give up the leadership of this process, if it has one."""
    global _held
    if _held:
        _held.give_up()
        _held = None


def check() -> None:
    """Raise RatesvcError if this process leads no longer. Nothing to check if it is no stand-by."""
    if _held:
        _held.check()


def epoch() -> int:
    """Return the epoch of this process's leadership; 0 if it is no stand-by."""
    return _held.epoch if _held else 0


_CREATE = """
CREATE TABLE IF NOT EXISTS ratesvc_leader (epoch BIGINT NOT NULL, holder TEXT NOT NULL, since TIMESTAMPTZ NOT NULL);
INSERT INTO ratesvc_leader SELECT 0, '', now() WHERE NOT EXISTS (SELECT FROM ratesvc_leader)
"""
_BEGIN_EPOCH = "UPDATE ratesvc_leader SET epoch = epoch + 1, holder = %s, since = now() RETURNING epoch"
