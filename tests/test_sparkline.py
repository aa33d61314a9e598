"""A line in a small box."""

import re
from datetime import date, timedelta

from ratesvc.web.charts.sparkline import Box, sparkline

WIDTH, HEIGHT = 200, 40
BOX = Box(3, 3, 194, 34)
DAY = date(2026, 5, 1)


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](\S+) ([\d.]+)", path)]


def test_time_runs_to_the_right_and_value_upwards() -> None:
    drawn = points(sparkline([(DAY, 1.0), (DAY + timedelta(1), 2.0), (DAY + timedelta(4), 3.0)], BOX))
    assert [x for x, _ in drawn] == sorted(x for x, _ in drawn)
    assert [y for _, y in drawn] == sorted((y for _, y in drawn), reverse=True)
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in drawn)
    assert drawn[1][0] - drawn[0][0] < drawn[2][0] - drawn[1][0]


def test_a_hole_is_a_gap() -> None:
    path = sparkline([(DAY, 1.0), (DAY + timedelta(1), None), (DAY + timedelta(20), 1.0)], BOX)
    assert path.count("M") == 2
    assert "L" not in path


def test_a_quiet_currency_looks_quiet() -> None:
    drawn = points(sparkline([(DAY, 1.0), (DAY + timedelta(1), 1.001)], BOX))
    assert 0 < drawn[0][1] - drawn[1][1] < HEIGHT / 10


def test_a_flat_line_a_single_day_and_nothing() -> None:
    assert points(sparkline([(DAY, 1.0), (DAY + timedelta(1), 1.0)], BOX))[0][1] == HEIGHT / 2
    assert sparkline([(DAY, 1.0)], BOX) == f"M3.0 {HEIGHT / 2:.1f}h0"
    assert sparkline([], BOX) == ""
