"""One source's rates of a pair as of a version, for a line."""

from typing import Any

from ratesvc.core.currencies import as_printed
from ratesvc.publish.reader import Reader
from ratesvc.render.ticker import Row, day_of
from ratesvc.web.charts.sparkline import Days
from ratesvc.web.http import past_versions
from ratesvc.web.http.ticker_rows import TickerRows

_SERIES = """
FROM series(?, ?, ?)
WHERE observed_on BETWEEN ?::DATE - ?::INTEGER AND ?::DATE
ORDER BY observed_on
"""


def series(newest: Reader, ticker: TickerRows, row: Row, days: int) -> list[dict[str, Any]]:
    """Return the rates of a row's source in the days up to its own, a row of None per gap; empty without a rate."""
    if row["observed_on"] is None:
        return []
    base, quote, last = *as_printed(row["pair"]).split("/"), day_of(row)
    version = past_versions.reader_of(newest, ticker.version)
    return version.rows(_SERIES, [base, quote, row["source"], last, days, last])


def line(rates: list[dict[str, Any]], row: Row) -> Days:
    """Return the points of the line by day, in the direction of a row."""
    if row["inverted"]:
        return [(each["observed_on"], each["inverse"]) for each in rates]
    return [(each["observed_on"], float(each["rate"]) if each["rate"] else None) for each in rates]
