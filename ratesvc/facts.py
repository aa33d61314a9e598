"""Makes the tables `currencies` and `sources` say what currencies.py, sources/ and the settings say."""

import duckdb

from ratesvc import settings, sources
from ratesvc.currencies import CURRENCIES
from ratesvc.errors import AskedWrongly


def write(connection: duckdb.DuckDBPyConnection) -> None:
    """Replaces the rows of both tables, so that SQL can join them.

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
    connection.execute("INSERT INTO sources VALUES ('peg', 'official', 'announced peg', NULL, NULL, NULL, false)")
    for name, source in sources.load().items():
        connection.execute(
            "INSERT INTO sources VALUES (?, ?, ?, ?, ?, ?, ?)",
            [name, source.KIND, source.TITLE, source.SITE, source.TERMS, source.DUE_HOURS, name in asked],
        )
