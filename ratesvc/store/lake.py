"""A store on DuckLake: its catalog in a PostgreSQL database, its data as Parquet in a folder or an object store.

The lake belongs to one process at a time, as a file does. Whoever opens it takes the advisory lock of leadership.py in
the lake's own PostgreSQL. The fence, a table of one row that every transaction updates first, keeps out a leader that
was suspended: it has a lower epoch than the one after it, and of two transactions at once DuckLake refuses the second.

Small appends are rows in PostgreSQL until the maintenance writes them to files. DuckLake keeps no comments of views and
macros; a published file has them. Its time travel is used for nothing, and old snapshots are removed.
"""

import os
import re
import time
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import duckdb

from ratesvc import sql
from ratesvc.core import extensions, settings
from ratesvc.core.errors import BusyError, RatesvcError
from ratesvc.core.sql_text import literal
from ratesvc.store import leadership

FENCE = "fence"
INLINED_ROWS = 1000
"""Up to how many rows one insert keeps in PostgreSQL. A snapshot has a hundred, a file of ten rows takes 2 kB."""
NOT_INLINED = ("ticker_rows", "schema_version")
"""Tables with a column whose name DuckLake reserves for rows in PostgreSQL, and the one that a migration writes beside
those that it changes: at two with rows there DuckLake 1.5.5 fails (`ducklake_inlined_data_... does not exist`)."""
KEPT_FOR = timedelta(days=1)
"""How long DuckLake's snapshots, and files that no snapshot has, are kept."""
RELEASE_SECONDS = 2
"""How long PostgreSQL may take to notice that the last writer has ended."""


class Lake:
    """The place of a store, as File in database.py is."""

    def __init__(self, place: str, data: str) -> None:
        """place: ducklake:postgres:<address>. data: an absolute path, or s3://bucket/prefix."""
        self._place = place
        self._address = place.removeprefix(settings.LAKE)
        self._data = data
        self._shown = shown(place)
        self._leads = False

    def __str__(self) -> str:
        return f"the lake {self._shown}"

    def attach(self, connection: duckdb.DuckDBPyConnection, name: str = "ratesvc", *, read_only: bool = False) -> None:
        """Attach the lake under a name, with its lock. Raises BusyError if another process has it, RatesvcError."""
        connection.execute("SET autoinstall_known_extensions = false")
        extensions.load(connection, "ducklake", "postgres_scanner")
        self._lead()
        try:
            if self._data.startswith("s3://"):
                extensions.load(connection, "httpfs")
                connection.execute(_secret())
            only = ", READ_ONLY" if read_only else ""
            connection.execute(f"ATTACH {literal(self._place)} AS {name} (DATA_PATH {literal(self._data)}{only})")
            if not read_only:
                _begin_fence(connection, name)
        except duckdb.Error as failure:
            self.close()
            raise self.why_not_open(failure) from None

    def close(self) -> None:
        """Release the lock, unless this process had it before."""
        if self._leads:
            leadership.release()
            self._leads = False

    def run(self, connection: duckdb.DuckDBPyConnection, *names: str) -> None:
        """Run scripts as far as DuckLake takes them: no comments, and no parameter that is NULL by default."""
        for name in names:
            lines = [line for line in sql.text(name).splitlines() if not line.startswith("COMMENT ON")]
            connection.execute(_without_null_defaults("\n".join(lines)))

    def arrange(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Set how DuckLake stores the tables that are new. It refuses that in the transaction that creates them."""
        arranged = {name for (name,) in connection.execute(_ARRANGED).fetchall()}
        for table in {*map(sql.name_of, sql.TABLES)} - {*NOT_INLINED} - arranged:
            _inline(connection, "ratesvc", table)
            if table == "observations":
                connection.execute(f"ALTER TABLE {table} SET PARTITIONED BY (year(observed_at), month(observed_at))")

    def begin(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Pass the fence, inside a transaction. Raises RatesvcError if another machine has passed it since."""
        [(passed,)] = connection.execute(_PASS, [leadership.epoch()]).fetchall()
        if not passed:
            raise RatesvcError("another machine leads now, so nothing is written here")

    def maintenance(self, now: datetime) -> list[str]:
        """Return what to run: write rows to files, merge these, remove what is not needed."""
        before = (now - KEPT_FOR).astimezone(UTC).isoformat()
        return [step.format(before=before) for step in _MAINTENANCE]

    def settle(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Nothing: what was committed is in PostgreSQL or in a file."""

    def check(self) -> None:
        """Nothing: a lake cannot be replaced while its lock is held."""

    def why_not_open(self, failure: Exception) -> RatesvcError:
        """Return the error for a lake that DuckLake or PostgreSQL refuses."""
        reason = self._one_line(failure)
        if other := re.search('match existing data path in the catalog "(.*?)"', str(failure)):
            reason = f"its data are in {other[1]}, and RATESVC_STORE_DATA is {self._data}"
        return RatesvcError(f"cannot open {self}: {reason}")

    def trouble(self, failure: duckdb.Error) -> RatesvcError | None:
        """Return the error for a failure of the lake; None for one of the query."""
        if isinstance(failure, duckdb.TransactionException) and "onflict" in str(failure):
            return RatesvcError(f"another process has written to {self} meanwhile, so nothing is written here")
        if isinstance(failure, duckdb.IOException | duckdb.TransactionException | duckdb.FatalException):
            return RatesvcError(f"{self}: {self._one_line(failure)}")
        return None

    def _lead(self) -> None:
        if leadership.epoch():
            return  # As a stand-by that has taken over.
        candidate = leadership.Leadership(self._address)
        until = time.monotonic() + RELEASE_SECONDS
        while not candidate.try_to_lead():
            if time.monotonic() > until:
                candidate.withdraw()
                raise BusyError(
                    f"{self} is being written by another process, and there can be one writer: stop that one first"
                )
            time.sleep(0.05)
        leadership.hold(candidate)
        self._leads = True

    def _one_line(self, failure: Exception) -> str:
        """Return the reason without the address, which may have a password."""
        text = str(failure).replace(self._address, self._shown)
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if told := re.search(r"ERROR: +(.*)", text):  # Of PostgreSQL, after the whole query.
            return told[1].strip()
        # DuckLake's own first line says only that it has failed.
        return lines[1] if lines[0].endswith("transaction.") and len(lines) > 1 else lines[0]


def shown(place: str) -> str:
    """Return the host and the database of a lake's address, which may have a password; a path as it is."""
    if not settings.is_lake(place):
        return place
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(place.removeprefix(settings.LAKE))
    except ProgrammingError:
        return "in PostgreSQL"
    return f"{parts.get('host', 'localhost')}/{parts.get('dbname', '')}"


_MAINTENANCE = (
    "CALL ducklake_flush_inlined_data('ratesvc')",
    "CALL ducklake_expire_snapshots('ratesvc', older_than => TIMESTAMPTZ '{before}')",
    "CALL ducklake_merge_adjacent_files('ratesvc')",
    "CALL ducklake_rewrite_data_files('ratesvc')",
    "CALL ducklake_cleanup_old_files('ratesvc', older_than => TIMESTAMPTZ '{before}')",
    # A writer may just be writing the newer ones.
    "CALL ducklake_delete_orphaned_files('ratesvc', older_than => TIMESTAMPTZ '{before}')",
)
_ARRANGED = (
    "SELECT split_part(scope_entry, '.', 2) FROM ratesvc.options()"
    " WHERE option_name = 'data_inlining_row_limit' AND scope = 'TABLE'"
)
_PASS = "UPDATE ratesvc.fence SET epoch = $1, commits = commits + 1 WHERE epoch <= $1"  # noqa: S105 - no password


def _without_null_defaults(script: str) -> str:
    """Give the parameters of a macro another default than NULL, of which DuckLake would make the text 'NULL'."""
    for name in re.findall(r"(\w+) := NULL", script):
        script = re.sub(rf"\b{name}\b(?! :=)", f"nullif({name}, '-')", script)
    return script.replace(":= NULL", ":= '-'")


def _begin_fence(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Create the fence in a new lake."""
    tables = "SELECT count(*) FROM duckdb_tables() WHERE database_name = ?"
    if connection.execute(f"{tables} AND table_name = ?", [name, FENCE]).fetchall() == [(0,)]:
        # Not for all tables, but in `arrange` for each that can have it.
        connection.execute(f"CALL {name}.set_option('data_inlining_row_limit', 0)")
        connection.execute(f"CREATE TABLE {name}.{FENCE} (epoch BIGINT NOT NULL, commits BIGINT NOT NULL)")
        _inline(connection, name, FENCE)
    connection.execute(f"INSERT INTO {name}.{FENCE} SELECT 0, 0 WHERE NOT EXISTS (FROM {name}.{FENCE})")


def _inline(connection: duckdb.DuckDBPyConnection, name: str, table: str) -> None:
    connection.execute(f"CALL {name}.set_option('data_inlining_row_limit', {INLINED_ROWS}, table_name => '{table}')")


def _secret() -> str:
    """Return the statement that gives DuckDB the credentials of the environment, as obstore reads them."""
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "")
    options = {
        "KEY_ID": os.environ.get("AWS_ACCESS_KEY_ID"),
        "SECRET": os.environ.get("AWS_SECRET_ACCESS_KEY"),
        "SESSION_TOKEN": os.environ.get("AWS_SESSION_TOKEN"),
        "REGION": os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION"),
        "ENDPOINT": endpoint.netloc + endpoint.path.rstrip("/"),
        "URL_STYLE": "path" if endpoint.netloc else None,
        "USE_SSL": "false" if endpoint.scheme == "http" else None,
    }
    given = [f", {name} {literal(text)}" for name, text in options.items() if text]
    return f"CREATE OR REPLACE SECRET lake (TYPE s3{''.join(given)})"
