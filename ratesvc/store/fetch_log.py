"""Log of fetches beside the kept documents, `raw/log.ndjson`: what each document is, and what became of it.

A line has the rows that one fetch, or one person's decision, added to the tables: the request with its source, URL,
times and headers, the rates stored, and the figures held, confirmed or set aside. `ratesvc restore --from-raw` inserts
these rows again. It judges nothing again: later rules and parsers would decide otherwise, and the past does not move.

The log follows the store. Lines are written after the commit, from the tables, for all fetches after the last line.
So a process that is killed in between leaves a log that is behind, and the next start completes it; a store of a
program that kept no log is the same case. A fetch that changed nothing has no line, unless it was for given days, so
that a backfill does not repeat it, or its document differs from the one before.

Every line ends with the CRC-32 of what precedes it. A damaged line is left out, never believed. A line of an older
program is inserted by the names of its columns; those that a migration renamed are renamed here too, in `_renamed`.
"""

import logging
import os
import threading
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import orjson

from ratesvc.core import settings
from ratesvc.core.disk import flush
from ratesvc.core.errors import RatesvcError
from ratesvc.store import migrations
from ratesvc.store.database import Store

NAME = "log.ndjson"
UNFINISHED = ".unfinished"
TABLES = ("snapshots", "fetches", "observations", "rejections", "decisions")
"""The tables whose rows are in the log. All others are derived from them or from the program."""
FETCHES_AT_ONCE = 1000
"""How many fetches to hold in memory while a log is written or read."""

PAIRS = 4
"""The first schema version with base and quote."""
REACH = 10_000
"""How many fetches back to look for the document before; two weeks of snapshots. Ten years would take a second."""

log = logging.getLogger("ratesvc")
_following = threading.Lock()
"""A snapshot and a backfill in one process may finish at the same time."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one fetch added: its rows by table. text: the line as it stands in the log."""

    rows: dict[str, list[dict[str, Any]]]
    schema: int
    text: bytes

    @property
    def fetch(self) -> dict[str, Any]:
        """The row of `fetches`."""
        return self.rows["fetches"][0]

    @property
    def number(self) -> int:
        """ID of the fetch."""
        return int(self.fetch["fetch_id"])


@dataclass(frozen=True, slots=True)
class Log:
    """The lines of a log by fetch, in order, and how many lines are damaged."""

    lines: dict[int, Line]
    damaged: int = 0

    @property
    def last(self) -> int:
        """ID of the last fetch, 0 if there is none."""
        return max(self.lines, default=0)

    def joined_with(self, other: "Log") -> "Log":
        """Return the lines of both. Raises RatesvcError if they contradict each other."""
        for number in self.lines.keys() & other.lines.keys():
            mine, theirs = self.lines[number].fetch, other.lines[number].fetch
            if (mine["source"], mine["started_at"]) != (theirs["source"], theirs["started_at"]):
                raise RatesvcError(
                    f"they are of two different stores: fetch {number} is {mine['source']}'s of {mine['started_at']}"
                    f" in one and {theirs['source']}'s of {theirs['started_at']} in the other"
                )
        return Log(dict(sorted((other.lines | self.lines).items())), min(self.damaged, other.damaged))


def follow(store: Store) -> None:
    """Append what the store has and the log lacks. Raises RatesvcError if the log is not of this store; OSError."""
    path = settings.load().raw / NAME
    with _following:
        last = _last_line(path)
        if last:
            _check(store, last, path)
        after = last.number if last else 0
        numbers = [number for (number,) in store.query(_TO_LOG, {"after": after, "reach": REACH})]
        if numbers:
            path.parent.mkdir(parents=True, exist_ok=True)
            _append(path, _lines(store, numbers))


def follow_later(store: Store) -> None:
    """Append to the log after a commit. What cannot be written now is logged as a warning, and written next time."""
    try:
        follow(store)
    except (RatesvcError, OSError) as failure:
        log.warning("the log of fetches is behind and will be completed: %s", failure)


def mend(store: Store) -> list[str]:
    """Write the lines that are damaged again, from the store; returns a sentence if there were any. Raises OSError."""
    path = settings.load().raw / NAME
    follow(store)
    with _following:
        whole = read(path.parent)
        if not whole.damaged:
            return []
        numbers = [number for (number,) in store.query(_TO_LOG, {"after": 0, "reach": 0})]
        lost = [number for number in numbers if number not in whole.lines]
        texts = {number: line.text for number, line in whole.lines.items()}
        texts.update(zip(lost, _lines(store, lost), strict=True))
        unfinished = path.with_name(f"{NAME}{UNFINISHED}")
        with unfinished.open("wb") as file:
            file.writelines(texts[number] for number in sorted(texts))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    return [f"{path} had {whole.damaged:,} damaged lines: {len(lost):,} were written again from the store"]


def read(raw: Path) -> Log:
    """Read the log in a folder of documents; empty if there is none."""
    lines: dict[int, Line] = {}
    damaged = 0
    try:
        with (raw / NAME).open("rb") as file:
            for text in file:
                line = _parse(text)
                if line:
                    lines[line.number] = line
                elif text.endswith(b"\n"):  # Otherwise its writer was killed, and writes it again.
                    damaged += 1
    except FileNotFoundError:
        pass
    return Log(dict(sorted(lines.items())), damaged)


def after(number: int) -> list[Line]:
    """Return the lines here of the fetches after one, in order."""
    found: list[Line] = []
    for line in filter(None, map(_parse, _backwards(settings.load().raw / NAME))):
        if line.number <= number:
            break
        found.append(line)
    return found[::-1]


def parse(texts: Iterable[bytes]) -> list[Line]:
    """Return the lines that are whole."""
    return [line for text in texts if (line := _parse(text))]


def insert(store: Store, lines: Iterable[Line]) -> int:
    """Insert the rows that the store lacks, in the order of the log; returns the number of fetches inserted."""
    inserted = 0
    lines = iter(lines)
    while batch := list(islice(lines, FETCHES_AT_ONCE)):
        newer = max(line.schema for line in batch)
        if newer > migrations.NEWEST:
            raise RatesvcError(
                f"the log has schema version {newer}, and this ratesvc knows versions up to {migrations.NEWEST}:"
                " install the version of ratesvc that wrote it, or a newer one"
            )
        with store.transaction() as connection:
            _refuse_another_store(connection, batch)
            [(before,)] = connection.execute("SELECT count(*) FROM fetches").fetchall()
            for table in TABLES:
                _insert(connection, table, [row for line in batch for row in line.rows.get(table, ())])
            [(after,)] = connection.execute("SELECT count(*) FROM fetches").fetchall()
            inserted += after - before
    return inserted


def _check(store: Store, last: Line, path: Path) -> None:
    row = store.query("SELECT source, started_at FROM fetches WHERE fetch_id = ?", [last.number])
    if [(source, at.isoformat()) for source, at in row] != [(last.fetch["source"], last.fetch["started_at"])]:
        raise RatesvcError(
            f"{path} has the fetch {last.number} of {last.fetch['started_at']}, and the store lacks it: it is an"
            " older or another store; `ratesvc restore --replace` rebuilds it, and keeps the present file"
        )


def _refuse_another_store(connection: duckdb.DuckDBPyConnection, lines: Sequence[Line]) -> None:
    other = connection.execute(
        "SELECT fetch_id, fetches.started_at, line.started_at FROM fetches JOIN ("
        "SELECT unnest($numbers::BIGINT[]) AS fetch_id, unnest($sources::VARCHAR[]) AS source,"
        " unnest($times::TIMESTAMP[]) AS started_at) AS line USING (fetch_id)"
        " WHERE fetches.source <> line.source OR fetches.started_at <> line.started_at LIMIT 1",
        {
            "numbers": [line.number for line in lines],
            "sources": [line.fetch["source"] for line in lines],
            "times": [line.fetch["started_at"] for line in lines],
        },
    ).fetchone()
    if other:
        raise RatesvcError(
            f"the version and the log are of two different stores: fetch {other[0]} is of {other[1]} in one and of"
            f" {other[2]} in the other; restore from a backup, or from the log alone with `--from-raw`"
        )


def _lines(store: Store, numbers: Sequence[int]) -> Iterator[bytes]:
    numbers_left = iter(numbers)
    while batch := list(islice(numbers_left, FETCHES_AT_ONCE)):
        bounds = {"first": batch[0], "last": batch[-1], "numbers": batch}
        rows: dict[int, dict[str, list[dict[str, Any]]]] = {number: {} for number in batch}
        for table in TABLES:
            columns = [name for name, *_ in store.query(f"DESCRIBE {table}")]
            for number, *values in store.query(_ROWS[table], bounds):
                row = {name: value for name, value in zip(columns, values, strict=True) if value is not None}
                rows[number].setdefault(table, []).append(row)
        for number in batch:
            yield _text(rows[number])


def _text(rows: dict[str, list[dict[str, Any]]]) -> bytes:
    body = orjson.dumps({"schema": migrations.NEWEST, **rows}, default=_digits)
    return body[:-1] + _CHECK % zlib.crc32(body)


def _parse(text: bytes) -> Line | None:
    body = text[: -len(_CHECK % 0)] + b"}"
    if text[len(body) - 1 :] != _CHECK % zlib.crc32(body):
        return None
    rows = orjson.loads(body)
    schema = rows.pop("schema")
    return Line(rows if schema >= PAIRS else _renamed(rows), schema, text)


def _renamed(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    """Convert rows of a program that knew the dollar only: `currency` and `units_per_usd`."""
    names = {"currency": "quote", "units_per_usd": "rate"}
    return {
        table: [
            {names.get(name, name): value for name, value in row.items()}
            | ({"base": "USD"} if "currency" in row else {})
            for row in of_table
        ]
        for table, of_table in rows.items()
    }


def _append(path: Path, lines: Iterable[bytes]) -> None:
    new = not path.exists()
    with path.open("ab") as file:
        file.truncate(_whole(path))
        file.writelines(lines)
        file.flush()
        os.fsync(file.fileno())
    if new:
        flush(path.parent)


def _whole(path: Path) -> int:
    """Return the size of a log without the line that a killed process has not finished."""
    size = path.stat().st_size
    for text in _backwards(path):
        return size - (0 if text.endswith(b"\n") else len(text))
    return size


def _last_line(path: Path) -> Line | None:
    """Return the last line that is whole."""
    return next(filter(None, map(_parse, _backwards(path))), None)


def _backwards(path: Path) -> Iterator[bytes]:
    """Yield the lines of a file, the last one first."""
    try:
        with path.open("rb") as file:
            place, rest = file.seek(0, os.SEEK_END), b""
            while place:
                step = min(place, max(1 << 16, len(rest)))
                place = file.seek(place - step)
                first, *lines = (file.read(step) + rest).splitlines(keepends=True)
                yield from reversed(lines)
                rest = first
            if rest:
                yield rest
    except FileNotFoundError:
        return


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    types = dict(connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall())
    unknown = {name for row in rows for name in row} - types.keys()
    if unknown:
        raise RatesvcError(
            f"the log has columns of {table} that this ratesvc does not know: {', '.join(sorted(unknown))}"
        )
    # The fetches of one snapshot all have its row.
    rows = list({tuple(row.get(name) for name in _KEYS[table]): row for row in rows}.values())
    values = ", ".join(f"unnest(${name}::VARCHAR[])::{kind} AS {name}" for name, kind in types.items())
    same = " AND ".join(f"there.{name} IS NOT DISTINCT FROM new.{name}" for name in _KEYS[table])
    connection.execute(
        f"INSERT INTO {table} BY NAME FROM (SELECT {values}) AS new"
        f" WHERE NOT EXISTS (FROM {table} AS there WHERE {same})",
        {name: [None if row.get(name) is None else str(row[name]) for row in rows] for name in types},
    )


def _digits(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    raise TypeError(f"a {type(value).__name__} cannot be in the log")


_CHECK = b',"crc32":"%08x"}\n'

_KEYS = {
    "snapshots": ("snapshot_id",),
    "fetches": ("fetch_id",),
    "observations": ("fetch_id", "confirmed_by", "source", "base", "quote", "observed_at", "rate"),
    "rejections": ("rejection_id",),
    "decisions": ("fetch_id", "source", "base", "quote", "observed_at", "rate", "decision"),
}
"""What makes a row the same row, in tables that have no keys."""

# The fetches after the last line that have a line. A document counts as new if it differs from the one before of the
# same source and URL, as for `ratesvc reparse`.
_TO_LOG = """
WITH new AS (FROM fetches WHERE fetch_id > $after),
documents AS (
    SELECT source, url, max(fetch_id) AS fetch_id, max_by(payload_sha256, fetch_id) AS sha256
    FROM fetches SEMI JOIN new USING (source, url)
    WHERE fetch_id BETWEEN $after - $reach AND $after AND payload_sha256 IS NOT NULL
    GROUP BY source, url
    UNION ALL
    SELECT source, url, fetch_id, payload_sha256 FROM new WHERE payload_sha256 IS NOT NULL
)
SELECT fetch_id FROM new
WHERE asked_to IS NOT NULL AND outcome <> 'failed'
OR fetch_id IN (SELECT fetch_id FROM observations WHERE fetch_id > $after AND confirmed_by IS NULL)
OR fetch_id IN (SELECT confirmed_by FROM observations WHERE confirmed_by > $after)
OR fetch_id IN (SELECT fetch_id FROM rejections WHERE fetch_id > $after)
OR fetch_id IN (SELECT fetch_id FROM decisions WHERE fetch_id > $after)
OR fetch_id IN (
    SELECT fetch_id FROM documents
    QUALIFY sha256 IS DISTINCT FROM lag(sha256) OVER (PARTITION BY source, url ORDER BY fetch_id)
)
ORDER BY fetch_id
"""

_OF = "fetch_id BETWEEN $first AND $last AND fetch_id IN (SELECT unnest($numbers::BIGINT[]))"
_ROWS = {
    "snapshots": f"SELECT fetch_id, snapshots.* FROM snapshots JOIN fetches USING (snapshot_id) WHERE {_OF}",
    "fetches": f"SELECT fetch_id, fetches.* FROM fetches WHERE {_OF}",
    "observations": f"""
        SELECT fetch_id, observations.* FROM observations WHERE confirmed_by IS NULL AND {_OF}
        UNION ALL
        SELECT confirmed_by, observations.* FROM observations WHERE {_OF.replace("fetch_id", "confirmed_by")}
        ORDER BY 1, observed_at, base, quote
    """,
    "rejections": f"SELECT fetch_id, rejections.* FROM rejections WHERE {_OF} ORDER BY rejection_id",
    "decisions": f"SELECT fetch_id, decisions.* FROM decisions WHERE {_OF} ORDER BY ALL",
}
"""The rows of each table by the number of their fetch: for a confirmed rate the one that confirmed it."""
