"""Calendar heat map of a year of daily changes: a column per week, a square per day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from ratesvc.render.i18n import MINUS, Words

WEEKS = 53
LEVELS = ("0.01", "0.05", "0.1"), ("0.05", "0.2", "0.5"), ("0.1", "0.5", "1"), ("0.5", "2", "5")
"""Percent: thresholds at which a square is a step darker, for a quiet currency and for livelier ones."""
DARKEST = 0.02
"""So large a share of the squares is the darkest at least; else the scale is finer."""

Levels = tuple[str, str, str]


class Square(NamedTuple):
    """The square of a day with a rate: its column and row, its shade, and its tooltip."""

    week: int
    weekday: int
    shade: str
    title: str


class CalendarMap(NamedTuple):
    """The squares, the month labels above their columns, and what each shade means, from losses to gains."""

    squares: list[Square]
    months: list[tuple[int, str]]
    shades: list[tuple[str, str]]


def calendar_map(changes: Sequence[dict[str, Any]], last: date, words: Words) -> CalendarMap:
    """Lay out the changes of the 53 weeks up to a day. Each has observed_on, change_pct, and change as displayed."""
    first = last - timedelta(days=last.weekday()) - timedelta(weeks=WEEKS - 1)
    year = [row for row in changes if row["observed_on"] >= first]
    levels = _levels([abs(row["change_pct"]) for row in year if row["change_pct"] is not None])
    squares = [
        Square(
            (row["observed_on"] - first).days // 7,
            row["observed_on"].weekday(),
            _shade(row["change_pct"], levels),
            f"{words.day(row['observed_on'])}: {words.percent(row['change']) if row['change'] else '—'}",
        )
        for row in year
    ]
    mondays = [first + timedelta(weeks=week) for week in range(WEEKS)]
    months = [
        (week, words.tick(monday, "MMM")) for week, monday in enumerate(mondays) if monday.day <= 7 and week < WEEKS - 1
    ]
    return CalendarMap(squares, months, _shades(levels, words))


def _levels(changes: list[float]) -> Levels:
    """Choose the coarsest scale that has enough of the darkest squares."""
    fitting = [
        levels for levels in LEVELS if sum(change >= float(levels[2]) for change in changes) > DARKEST * len(changes)
    ]
    return fitting[-1] if fitting else LEVELS[0]


def _shades(levels: Levels, words: Words) -> list[tuple[str, str]]:
    low, middle, high = (words.percent(level) for level in levels)
    return [
        ("down-3", words.gettext("{percent} or lower", percent=MINUS + high)),
        ("down-2", MINUS + middle),
        ("down-1", MINUS + low),
        ("flat", words.gettext("under {percent}", percent=low)),
        ("up-1", low),
        ("up-2", middle),
        ("up-3", words.gettext("{percent} or higher", percent=high)),
    ]


def _shade(change_pct: float | None, levels: Levels) -> str:
    if change_pct is None:
        return "unknown"
    level = sum(abs(change_pct) >= float(least) for least in levels)
    return f"{'up' if change_pct > 0 else 'down'}-{level}" if level else "flat"
