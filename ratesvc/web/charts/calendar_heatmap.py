"""Calendar heat map of a year of daily changes: a column per week, a square per day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from ratesvc.render.i18n import Words

WEEKS = 53
LEVELS = (0.1, 0.5, 1.0)
"""Percent: thresholds at which a square is a step darker."""


class Square(NamedTuple):
    """The square of a day with a rate: its column and row, its shade, and its tooltip."""

    week: int
    weekday: int
    shade: str
    title: str


class CalendarMap(NamedTuple):
    """The squares, and the month labels above their columns."""

    squares: list[Square]
    months: list[tuple[int, str]]


def calendar_map(changes: Sequence[dict[str, Any]], last: date, words: Words) -> CalendarMap:
    """Lay out the changes of the 53 weeks up to a day. Each has observed_on, change_pct, and change as displayed."""
    first = last - timedelta(days=last.weekday()) - timedelta(weeks=WEEKS - 1)
    squares = [
        Square(
            (row["observed_on"] - first).days // 7,
            row["observed_on"].weekday(),
            _shade(row["change_pct"]),
            f"{words.day(row['observed_on'])}: {words.percent(row['change']) if row['change'] else '—'}",
        )
        for row in changes
        if row["observed_on"] >= first
    ]
    mondays = [first + timedelta(weeks=week) for week in range(WEEKS)]
    months = [
        (week, words.tick(monday, "MMM")) for week, monday in enumerate(mondays) if monday.day <= 7 and week < WEEKS - 1
    ]
    return CalendarMap(squares, months)


def _shade(change_pct: float | None) -> str:
    if change_pct is None:
        return "unknown"
    level = sum(abs(change_pct) >= least for least in LEVELS)
    return f"{'up' if change_pct > 0 else 'down'}-{level}" if level else "flat"
