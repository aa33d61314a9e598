"""The table `daily`: one row from the sightings of each day.

It is updated when rates are stored, when the past is reconstructed, and from scratch by `ratesvc rebuild`.
"""

from datetime import date

import duckdb

from ratesvc import sources
from ratesvc.core.publication_calendar import ONE_DAY, each_day

SIGHTINGS_AT_ONCE = 2_000_000
"""From how many sightings on a span is divided: each of them takes about 100 bytes of memory."""


def sum_up(connection: duckdb.DuckDBPyConnection, source: str, first: date, after: date) -> None:
    """Replace the rows of one source from first to after, exclusive."""
    bounds = {"source": source, "first": first, "after": after}
    connection.execute(
        "DELETE FROM daily WHERE source = $source AND observed_on >= $first AND observed_on < $after", bounds
    )
    connection.execute(_SUM_UP, bounds)
    # The first day after these may have become a copy, or ceased to be one.
    [(reach,)] = connection.execute("SELECT reach()").fetchall()
    last = after + reach * ONE_DAY
    days_off = [day for day in each_day(first, last) if not _publishes_for(source, day)]
    printed = connection.execute(
        "SELECT 1 FROM daily WHERE source = ? AND list_contains(?::DATE[], observed_on) LIMIT 1", [source, days_off]
    ).fetchone()
    if printed:  # Rare for rates that arrive day by day.
        connection.execute(_MARK_CARRIED, {"source": source, "first": first, "last": last, "days_off": days_off})


def sum_up_all(connection: duckdb.DuckDBPyConnection) -> int:
    """Replace all rows; returns their number."""
    connection.execute("DELETE FROM daily")
    for source, first, after in connection.execute(_SPANS, {"most": SIGHTINGS_AT_ONCE}).fetchall():
        sum_up(connection, source, first, after)
    [(days,)] = connection.execute("SELECT count(*) FROM daily").fetchall()
    return int(days)


def _publishes_for(source: str, day: date) -> bool:
    known = sources.load()
    return source not in known or known[source].RHYTHM.publishes_for(day)


# Whole months of a source, as many as have that number of sightings together.
_SPANS = """
SELECT source, min(first_on), max(after)
FROM (
    SELECT
        source, first_on, after,
        sum(sightings) OVER (PARTITION BY source ORDER BY first_on) // $most AS part
    FROM (
        SELECT
            source, date_trunc('month', observed_at) AS month, count(*) AS sightings,
            min(observed_at)::DATE AS first_on, max(observed_at)::DATE + 1 AS after
        FROM observations
        GROUP BY source, month
    )
)
GROUP BY source, part
ORDER BY source, part
"""

_SUM_UP = """
INSERT INTO daily BY NAME
SELECT
    source, base, quote, observed_at::DATE AS observed_on,
    min_by(rate, observed_at) AS open,
    max(rate) AS high,
    min(rate) AS low,
    max_by(rate, observed_at) AS close,
    max(observed_at) AS observed_at,
    max_by(seen_at, observed_at) AS seen_at,
    sum(sightings) AS sightings,
    count(*) AS moments,
    false AS carried
FROM (
    -- Only the latest sighting of each moment is used, but `sightings` counts all. The latest is the one with the
    -- highest fetch_id, because the clock may have been set back.
    SELECT
        source, base, quote, observed_at,
        max_by(rate, fetch_id) AS rate,
        max_by(seen_at, fetch_id) AS seen_at,
        count(*) AS sightings
    FROM standing
    WHERE source = $source AND observed_at >= $first AND observed_at < $after
    GROUP BY source, base, quote, observed_at
)
GROUP BY source, base, quote, observed_on
ORDER BY observed_on, source, base, quote
"""

# Marks days off on which the last figure is printed again.
_MARK_CARRIED = """
UPDATE daily SET carried = marked.carried
FROM (
    SELECT
        base AS of_base, quote AS of_quote, observed_on AS on_day,
        list_contains($days_off::DATE[], observed_on)
        AND coalesce(close = lag(close) OVER days AND observed_on - lag(observed_on) OVER days <= reach(), false)
        AS carried
    FROM daily
    WHERE source = $source AND observed_on BETWEEN $first::DATE - reach() AND $last
    WINDOW days AS (PARTITION BY base, quote ORDER BY observed_on)
) AS marked
WHERE source = $source AND base = of_base AND quote = of_quote AND observed_on = on_day AND observed_on >= $first
AND daily.carried IS DISTINCT FROM marked.carried
"""
