"""Read-only access to the latest published version, for web pages, dashboards and `ratesvc sql`.

A version never changes, so a Reader stays consistent for as long as it is used. It attaches the file to
an in-memory connection, because `duckdb.connect(path)` may return an older file that is still open under
the same path.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from ratesvc import sql
from ratesvc.core import extensions, settings
from ratesvc.core.errors import RatesvcError
from ratesvc.core.seals import sealed, unsealed
from ratesvc.core.sql_text import literal
from ratesvc.publish import manifest

if TYPE_CHECKING:
    import pandas as pd  # A quarter of a second for every command, and few need it.

POINTER = "latest.json"
TICKERS = ("ticker.json", "ticker.txt", "ticker.html")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A published version, whose files have been checked. Times are aware, UTC.

    checked_at: when the jobs last found that it is still the newest, after the snapshot checked_snapshot_id (0: none).
    next_snapshot_at: when they look again; None if that is not known.
    """

    version: str
    folder: Path
    published_at: datetime
    checked_at: datetime
    checked_snapshot_id: int
    next_snapshot_at: datetime | None
    manifest: dict[str, Any]

    @property
    def pointer(self) -> bytes:
        """The pointer to it: its manifest, and when it was checked."""
        checked = {name: getattr(self, name) for name in ("checked_at", "checked_snapshot_id", "next_snapshot_at")}
        return sealed({**self.manifest, **checked})

    @property
    def months(self) -> list[str]:
        """The names of the Parquet files of months that are over, in order."""
        return sorted(filter(manifest.is_month, self.manifest.get("files", ())))

    @property
    def history(self) -> str:
        """Where those files are: its folder, or its address at RATESVC_HISTORY if they were left there."""
        if any(manifest.is_kept_elsewhere(self.folder / name) for name in self.months):
            return f"{settings.load().history}/data/{self.folder.name}"
        return str(self.folder.absolute())


def newest(published: Path) -> Published:
    """Return the version that the pointer names. Raises RatesvcError if either is missing or damaged."""
    pointer = published / POINTER
    try:
        told = unsealed(pointer.read_bytes())
        due = told["next_snapshot_at"]
        times = {
            "checked_at": datetime.fromisoformat(told.get("checked_at", told["published_at"])),
            "checked_snapshot_id": told.get("checked_snapshot_id", _snapshot_id(told)),
            "next_snapshot_at": due and datetime.fromisoformat(due),
        }
        folder = published / told["version"]
    except FileNotFoundError:
        if versions(published):
            raise RatesvcError(f"the pointer {pointer} is missing: `ratesvc publish` writes a new one") from None
        raise RatesvcError(
            f"nothing is published in {published.absolute()} yet: `ratesvc snapshot` takes and publishes rates"
        ) from None
    except (OSError, ValueError, LookupError, TypeError):
        raise RatesvcError(f"the pointer {pointer} is damaged: `ratesvc publish` writes a new one") from None
    return replace(verify(folder), **times)


def newest_whole(published: Path) -> tuple[Published | None, list[str]]:
    """Return the newest version whose files are all as published, and why later ones were passed over."""
    passed_over: list[str] = []
    for folder in reversed(versions(published)):
        try:
            return verify(folder), passed_over
        except RatesvcError as damage:
            passed_over.append(str(damage))
    return None, passed_over


def is_whole(folder: Path) -> bool:
    """Whether all files of a version are as they were published."""
    try:
        manifest.verified(folder)
    except RatesvcError:
        return False
    return True


def versions(published: Path) -> list[Path]:
    """List the folders of all versions, latest last."""
    return sorted(path for path in published.glob("2*Z") if is_version(path.name))


def is_version(name: object) -> bool:
    """Whether this can be the name of a version."""
    return isinstance(name, str) and bool(re.fullmatch(r"2\d{7}T\d{9}Z", name, re.ASCII))


def verify(folder: Path) -> Published:
    """Return a version after checking every file of it. Raises RatesvcError if one is not what was published."""
    facts = manifest.verified(folder)
    published_at = datetime.fromisoformat(facts["published_at"])
    return Published(
        version=folder.name,
        folder=folder,
        published_at=published_at,
        checked_at=published_at,
        checked_snapshot_id=_snapshot_id(facts),
        next_snapshot_at=None,
        manifest=facts,
    )


def _snapshot_id(facts: dict[str, Any]) -> int:
    return facts["snapshot"]["snapshot_id"] if facts["snapshot"] else 0


class Reader:
    """One published version, open for queries from any thread."""

    settled = False
    """Whether it is a past version, whose answers never change."""
    _home = "ratesvc"
    """Name of the attached database with the views."""

    def __init__(self, published: Published) -> None:
        """Open a version. Raises RatesvcError if it cannot be read, or if its views are not those of this release."""
        self.published = published
        if published.manifest.get("layout") != sql.LAYOUT:
            raise RatesvcError(
                f"the version {published.version} is of another release of ratesvc: `ratesvc publish` makes a new one"
            )
        self._connection = duckdb.connect()
        self._attach(published.folder / "rates.duckdb", self._home)
        self.tickers = _tickers(published)
        """The documents of the ticker, by name; none while the version is being written."""

    def _attach(self, path: Path, name: str) -> None:
        try:
            self._connection.execute("SET GLOBAL TimeZone = 'UTC'")
            self._connection.execute(sql.RETURN_MEMORY)
            extensions.reach(self._connection, self.published.history)
            self._connection.execute(f"ATTACH {literal(path)} AS {name} (READ_ONLY)")
        except duckdb.Error as damage:
            raise RatesvcError(
                f"{path} cannot be opened ({first_line(damage)}): `ratesvc publish` makes a new version"
            ) from None

    def query(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> duckdb.DuckDBPyConnection:
        """Run a query; returns a cursor. The values replace question marks or $names. Raises duckdb.Error."""
        return self.cursor().execute(sql, values)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor in which the views need no prefix, and read the months that are not in the file."""
        return self._prepared(self._connection.cursor())

    def _prepared(self, cursor: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        cursor.execute("SET VARIABLE history = ?", [self.published.history])  # Cursors do not inherit these.
        return cursor.execute(f"USE {self._home}")

    def rows(self, sql: str, values: Sequence[object] | Mapping[str, object] = ()) -> list[dict[str, Any]]:
        """Return the rows of a query as dictionaries by column name."""
        answer = self.query(sql, values)
        names = [column[0] for column in answer.description or ()]
        return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]

    def frame(self, sql: str, values: Mapping[str, object]) -> "pd.DataFrame":
        """Return the result of a query as a pandas DataFrame; decimals become floats, for charts."""
        return self.query(sql, values).df()

    def bank(self, source: str, *codes: str | None) -> str:
        """Return the publisher of a source's rate, in English; for a peg of one of the codes, who announced it."""
        titles, authorities = self._publishers
        pegs = (authorities[code] for code in codes if code in authorities) if source == "peg" else ()
        return next(iter(pegs), titles.get(source, source))

    def with_banks(self, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Add `bank` and `unconfirmed_bank`, the publishers in English, to rows of the ticker, including old ones."""
        extended = []
        for row in rows:
            sources = {"bank": row["source"], "unconfirmed_bank": row.get("unconfirmed_source")}
            codes = row["pair"].split("/")
            extended.append(row | {name: source and self.bank(source, *codes) for name, source in sources.items()})
        return extended

    @cached_property
    def _publishers(self) -> tuple[dict[str, str], dict[str | None, str]]:
        """The title of each source, and the authority of each currency's peg."""
        titles = self.query("SELECT source, title FROM sources").fetchall()
        return dict(titles), dict(
            self.query("SELECT quote, peg_authority FROM pairs WHERE peg_rate IS NOT NULL").fetchall()
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def _tickers(published: Published) -> dict[str, bytes]:
    """Read the documents of the ticker when a version is opened, because it stays open after its folder is removed."""
    files = published.manifest.get("files", ())
    try:
        return {name: (published.folder / name).read_bytes() for name in TICKERS if name in files}
    except OSError as missing:
        raise RatesvcError(f"the version {published.version} cannot be opened ({missing})") from None


def first_line(error: Exception) -> str:
    """Return the first line of an error message."""
    return (str(error).splitlines() or [type(error).__name__])[0]
