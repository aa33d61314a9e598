"""Makes the tables `currencies`, `sources` and `calendar` say what currencies.py, sources/ and the settings say."""

from datetime import UTC, date, datetime, timedelta

import duckdb

from ratesvc import settings, sources
from ratesvc.currencies import CURRENCIES
from ratesvc.errors import AskedWrongly

FIRST_EXPECTED = date(2026, 1, 1)
"""Where the calendar begins: whoever has published nothing since is dead, however long ago that was."""
AHEAD = timedelta(days=400)
"""How far the calendar reaches. A published file tells how stale it is for so long."""


def write(connection: duckdb.DuckDBPyConnection) -> None:
    """Replaces the rows of the tables, so that SQL can join them.

    Raises AskedWrongly for a setting that names a source that there is not.
    """
    chosen = settings.load()
    asked = sources.chosen(chosen.sources)
    for name in chosen.origin:
        if name not in sources.load():
            raise AskedWrongly(f"RATESVC_ORIGIN_{name.upper()} names no source; there are {', '.join(sources.load())}")
    connection.execute("DELETE FROM currencies; DELETE FROM sources")
    for position, currency in enumerate(CURRENCIES, start=1):
        peg = currency.peg
        connection.execute(
            "INSERT INTO currencies VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                position,
                currency.code,
                currency.name,
                currency.official,
                currency.market,
                # A market feed that wobbles around a peg is noise, whatever is preferred.
                "official" if peg else chosen.headline,
                peg and peg.units_per_usd,
                peg and peg.since,
                peg and peg.authority,
                currency.colour,
            ],
        )
    connection.execute("INSERT INTO sources VALUES ('peg', 'official', 'announced peg', NULL, NULL, false)")
    for name, source in sources.load().items():
        connection.execute(
            "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?)",
            [name, source.KIND, source.TITLE, source.SITE, source.TERMS, name in asked],
        )
    extend_calendar(connection, datetime.now(UTC).date())


def extend_calendar(connection: duckdb.DuckDBPyConnection, today: date) -> None:
    """Writes the days on which each source is expected to publish, up to AHEAD of today."""
    names, days, due = [], [], []
    for name, source in sources.load().items():
        for day in source.RHYTHM.days(FIRST_EXPECTED, today + AHEAD):
            names.append(name)
            days.append(day)
            due.append(source.RHYTHM.due_at(day).replace(tzinfo=None))
    connection.execute("DELETE FROM calendar")
    connection.execute(
        "INSERT INTO calendar SELECT unnest($names), unnest($days), unnest($due)",
        {"names": names, "days": days, "due": due},
    )
