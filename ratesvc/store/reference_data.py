"""Write the tables `currencies`, `pairs`, `sources` and `calendar` from currencies.py, sources/ and the settings."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import duckdb

from ratesvc import sources
from ratesvc.core import settings
from ratesvc.core.currencies import BASES, BY_CODE, DOLLAR, PAIRS
from ratesvc.core.errors import UsageError
from ratesvc.core.publication_calendar import Row, each_day, learned

FIRST_EXPECTED = date(2026, 1, 1)
"""First day of the calendar: a source whose latest document is older is dead."""
AHEAD = timedelta(days=400)
"""How far ahead the calendar reaches. A published file can compute its own staleness for that long."""
LEARN_FROM = timedelta(days=400)
"""How far back rows are used to learn a source's rhythm; the newest of them decide."""


def write(connection: duckdb.DuckDBPyConnection) -> None:
    """Replace the rows of the tables, so that SQL can join them.

    Raises UsageError for a setting that names an unknown source.
    """
    config = settings.load()
    collected = sources.select(config.sources)
    for name in config.origin:
        if name not in sources.load():
            raise UsageError(f"RATESVC_ORIGIN_{name.upper()} names no source; there are {', '.join(sources.load())}")
    currencies = [each for each in BY_CODE.values() if each not in BASES or each.code in config.bases]
    _replace(
        connection,
        "currencies",
        [
            (position, each.code, each.name, each.number, each.country, each.colour, each in BASES)
            for position, each in enumerate(currencies, start=1)
        ],
    )
    known = {each.code for each in currencies}
    pairs = [(base, quote) for base, quote in PAIRS if {base, quote} <= known]
    _replace(connection, "pairs", [_pair(place, *pair, config.headline) for place, pair in enumerate(pairs, start=1)])
    _replace(
        connection,
        "sources",
        [
            ("peg", "official", "TMT", "announced peg", None, None, False, None),
            *(
                (
                    name,
                    source.KIND,
                    source.MONEY,
                    source.TITLE,
                    source.SITE,
                    source.TERMS,
                    name in collected,
                    source.COUNTRY,
                )
                for name, source in sources.load().items()
            ),
        ],
    )
    extend_calendar(connection, datetime.now(UTC).date())


def extend_calendar(connection: duckdb.DuckDBPyConnection, today: date) -> None:
    """Write the days for which each source is expected to publish a document, up to AHEAD from today."""
    rows: dict[str, list[Row]] = {}
    for name, *row in connection.execute(_ROWS, [today - LEARN_FROM]).fetchall():
        rows.setdefault(name, []).append(Row(*row))
    rhythms = {name: learned(source.RHYTHM, rows.get(name, [])) for name, source in sources.load().items()}
    _replace(
        connection,
        "calendar",
        [
            (name, day, rhythm.due_at(day).replace(tzinfo=None), rhythm.publishes_for(day))
            for name, rhythm in rhythms.items()
            for day in filter(rhythm.prints_for, each_day(FIRST_EXPECTED, today + AHEAD))
        ],
    )


def _pair(position: int, base: str, quote: str, headline: str) -> tuple[object, ...]:
    currency = BY_CODE[quote]
    peg = currency.peg if base == DOLLAR.code else None
    return (
        position,
        f"{base}/{quote}",
        base,
        quote,
        base == DOLLAR.code and currency not in BASES,
        BY_CODE[base].unit,
        "peg" if peg else currency.official,
        currency.market,
        # Market fluctuations around a peg are noise, whatever is preferred.
        "official" if peg else headline if currency.official else "market",
        peg and peg.rate,
        peg and peg.since,
        peg and peg.until,
        peg and peg.authority,
    )


def _replace(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Replace the rows of a table, unless it has these: to a lake every statement is slow, and may add a file."""
    if Counter(connection.execute(f"FROM {table}").fetchall()) != Counter(rows):
        columns = list(zip(*rows, strict=True))
        connection.execute(f"DELETE FROM {table}")
        if columns:
            connection.execute(f"INSERT INTO {table} SELECT {', '.join('unnest(?)' for _ in columns)}", columns)


# Documents of the official sources by day. The market feed publishes every day, so it has no rhythm to learn.
_ROWS = """
SELECT
    source, observed_on,
    bool_or(coalesce(close <> before, false)) AS changed,
    bool_or(seen_at < observed_on + INTERVAL 3 DAYS) AS prompt
FROM (
    SELECT
        source, observed_on, close, seen_at,
        lag(close) OVER (PARTITION BY source, base, quote ORDER BY observed_on) AS before
    FROM daily
    WHERE observed_on >= ? AND source IN (SELECT source FROM sources WHERE kind = 'official')
)
GROUP BY ALL
ORDER BY source, observed_on
"""
